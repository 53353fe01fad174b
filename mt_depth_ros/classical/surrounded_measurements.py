"""Measurements that show through: far ones with much nearer ones on both sides.

A LiDAR beside or above its camera looks past the edge of what the camera sees, and its points on
the background then lie between those on the object. A fill that joins neighbours would comb the
object's edge with them. Asking for nearer points on *opposite* sides spares the background beside
an object (but for the 2 pixels next to it), which a window around the point would take as well.
"""

from __future__ import annotations

import cv2
import numpy as np

from mt_depth_ros.core.arrays import AnyArray, FloatImage

# In an image of KITTI's width: 6 pixels reach the next ring of a 64-beam LiDAR, 2 pixels aside
# bridge the gaps within a ring.
_REFERENCE_WIDTH = 1242
_REACH_PX = 6
_HALF_BREADTH_PX = 2

_NEARER_RATIO = np.float32(1.15)


def drop_surrounded(sparse_depth_m: FloatImage) -> FloatImage:
    """Leaves out measurements with nearer ones both left and right, or both above and below.

    Args:
        sparse_depth_m: (h, w) float32 metres, 0 = no measurement.

    Returns:
        (h, w) float32 metres, 0 = no measurement; at least the nearest of all stays.
    """
    height, width = sparse_depth_m.shape
    reach_px = max(1, round(_REACH_PX * width / _REFERENCE_WIDTH))
    half_breadth_px = round(_HALF_BREADTH_PX * width / _REFERENCE_WIDTH)
    known = np.flatnonzero(sparse_depth_m > 0)
    v_px, u_px = np.divmod(known, width)
    surface_m = np.full((height, width), np.inf, np.float32)
    surface_m[v_px, u_px] = depth_m = sparse_depth_m[v_px, u_px]

    beside_m = _nearest_on_both_sides(surface_m, u_px, v_px, reach_px, half_breadth_px)
    upright_m = np.asarray(cv2.transpose(surface_m), np.float32)
    along_m = _nearest_on_both_sides(upright_m, v_px, u_px, reach_px, half_breadth_px)
    is_surrounded = depth_m > _NEARER_RATIO * np.minimum(beside_m, along_m)

    kept_m = sparse_depth_m.copy()
    kept_m[v_px[is_surrounded], u_px[is_surrounded]] = 0
    return kept_m


def _nearest_on_both_sides(
    surface_m: FloatImage,
    u_px: AnyArray,
    v_px: AnyArray,
    reach_px: int,
    half_breadth_px: int,
) -> FloatImage:
    """The nearest depth left and the nearest right of each point, the farther of the two.

    Returns:
        (N,) float32 metres, +Inf where a side is empty.
    """
    empty = float('inf')
    padded = cv2.copyMakeBorder(
        surface_m, 0, 0, reach_px, reach_px, cv2.BORDER_CONSTANT, value=empty
    )
    window = np.ones((2 * half_breadth_px + 1, reach_px), np.uint8)
    # Anchored at its first column: the smallest of the columns u ... u + reach - 1.
    ahead = np.asarray(
        cv2.erode(
            padded,
            window,
            anchor=(0, half_breadth_px),
            borderType=cv2.BORDER_CONSTANT,
            borderValue=empty,
        ),
        np.float32,
    )
    left_m = ahead[v_px, u_px]
    right_m = ahead[v_px, u_px + reach_px + 1]
    farther_m: FloatImage = np.maximum(left_m, right_m)
    return farther_m
