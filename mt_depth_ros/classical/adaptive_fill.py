"""The default fill: linear where measurements are neighbours, smoothed nearest elsewhere.

It works in inverse depth, which is affine in the image on every plane, so that roads and walls
come out straight, and whose mean leans to the nearer surface across an edge.

1. *Bridge* rows, then columns: two measurements that follow each other in a row (or column) are
   joined linearly when the circle between them is empty. A circle on the segment as its diameter
   with no point inside makes it an edge of the Gabriel graph, hence of the Delaunay triangulation
   (Gabriel, Sokal 1969): the bridge is what linear interpolation gives there, without
   triangulating. Rows close the gaps within a LiDAR's ring, columns those between its rings.
2. What is left takes the nearest known value, averaged over a window as wide as the distance to
   it: cells of the nearest fill blend into each other, and edges stay where they are sharp.

The image is not used: choosing the strongest image edge as the place of a jump was measured worse
on withheld LiDAR points than the plain bridge.
"""

from __future__ import annotations

import cv2
import numpy as np

from mt_depth_ros.classical.measured_grid import MeasuredGrid
from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.nearest_known import nearest_known

# The emptiness of the circle is asked at its centre only. A ring of a LiDAR is not straight in
# the pixel raster, and its own points lie beside the segment: 0.6 of the radius has to be empty.
_EMPTY_SHARE = 0.6

# Along a row, neighbours whose depths differ more are two objects with another ring between them.
_SAME_SURFACE_RATIO = 1.2

_LARGEST_RADIUS_PX = 32


def adaptive_fill(grid: MeasuredGrid) -> FloatImage:
    """Completes depth in real time: about 9 ms for a full LiDAR scan at 1242x375.

    Measured pixels keep their depth bit for bit.

    Args:
        grid: the sparse depth.

    Returns:
        (h, w) float32 metres, known everywhere.
    """
    inverse_depth = np.zeros_like(grid.depth_m)
    np.divide(np.float32(1), grid.depth_m, out=inverse_depth, where=grid.is_measured)
    _bridge_rows(inverse_depth, grid.distance_px, largest_ratio=_SAME_SURFACE_RATIO)
    _bridge_columns(inverse_depth, grid.distance_px)
    depth_m = _blend_nearest(inverse_depth)
    np.divide(np.float32(1), depth_m, out=depth_m)
    cv2.copyTo(grid.depth_m, grid.is_measured.view(np.uint8), depth_m)
    return depth_m


def _bridge_columns(values: FloatImage, distance_px: FloatImage) -> None:
    upright = np.asarray(cv2.transpose(values), np.float32)
    upright_distance_px = np.asarray(cv2.transpose(distance_px), np.float32)
    _bridge_rows(upright, upright_distance_px, largest_ratio=float('inf'))
    cv2.transpose(upright, values)


def _bridge_rows(values: FloatImage, distance_px: FloatImage, *, largest_ratio: float) -> None:
    """Joins known pixels that follow each other in a row by a line, where nothing lies between.

    Args:
        values: (h, w) float32, 0 = unknown; contiguous, the bridges are written into it.
        distance_px: (h, w) float32, distance to the nearest measurement.
        largest_ratio: of the two values, above which they stay apart.
    """
    flat = values.reshape(-1)
    known = np.flatnonzero(flat > 0)
    row = known // values.shape[1]
    gap = np.diff(known)
    open_gaps = np.flatnonzero((gap > 1) & (row[1:] == row[:-1]))
    start, gap = known[open_gaps], gap[open_gaps]
    first, last = flat[start], flat[start + gap]

    needed_px = np.float32(_EMPTY_SHARE / 2) * gap
    is_neighbour = distance_px.reshape(-1)[start + gap // 2] >= needed_px
    is_neighbour &= np.maximum(first, last) <= np.float32(largest_ratio) * np.minimum(first, last)
    start, gap = start[is_neighbour], gap[is_neighbour]
    first, last = first[is_neighbour], last[is_neighbour]

    count = gap - 1
    step = np.arange(1, count.sum() + 1) - np.repeat(np.cumsum(count) - count, count)
    slope = ((last - first) / gap).astype(np.float32)
    bridge = step.astype(np.float32) * np.repeat(slope, count)
    bridge += np.repeat(first, count)
    flat[np.repeat(start, count) + step] = bridge


def _blend_nearest(values: FloatImage) -> FloatImage:
    """Fills 0 with the nearest value, averaged over a window that grows with its distance."""
    nearest, distance_px = nearest_known(values, values > 0)
    blended, averaged = nearest.copy(), np.empty_like(nearest)
    radius_px = 1
    while radius_px <= _LARGEST_RADIUS_PX:
        side = 2 * radius_px + 1
        cv2.blur(nearest, (side, side), averaged, borderType=cv2.BORDER_REPLICATE)
        # 0 up to half the radius, 1 from the whole radius on: no ring where a level begins.
        share = distance_px * np.float32(2 / radius_px)
        share -= np.float32(1)
        np.clip(share, 0, 1, out=share)
        averaged -= blended
        averaged *= share
        blended += averaged
        radius_px *= 2
    return blended
