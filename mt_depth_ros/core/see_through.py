"""Background measurements that show through foreground, found and left out.

A LiDAR that sits beside or above its camera looks past the near objects the camera sees. Its
points on the background then project between the points on the object: wrong by metres, at
pixels that show the object.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.projection import grid_pixels, rasterize_nearest
from mt_depth_ros.core.types import DepthMeasurements

WINDOW_TANGENT = 5 / 721.5
"""Width of the window as seen from the camera: 5 pixels of KITTI's, 0.4 degrees, which is the
spacing of a 64-beam LiDAR. Twice as wide, and the filter takes the far ground away."""


def drop_see_through(
    measurements: DepthMeasurements,
    camera: RectifiedCamera,
    *,
    window_px: int | None = None,
    min_ratio: float = 0.1,
    min_gap_m: float = 0.7,
) -> DepthMeasurements:
    """Leaves out what :func:`find_see_through` finds; takes the same arguments."""
    keep = ~find_see_through(
        measurements, camera, window_px=window_px, min_ratio=min_ratio, min_gap_m=min_gap_m
    )
    return DepthMeasurements(
        u_px=measurements.u_px[keep],
        v_px=measurements.v_px[keep],
        depth_m=measurements.depth_m[keep],
    )


def find_see_through(
    measurements: DepthMeasurements,
    camera: RectifiedCamera,
    *,
    window_px: int | None = None,
    min_ratio: float = 0.1,
    min_gap_m: float = 0.7,
) -> NDArray[np.bool_]:
    """Finds measurements well behind the nearest one in a window around them.

    Both gaps must be exceeded: the ratio spares far ground, which is steep in the image, and the
    distance spares near relief.

    Args:
        measurements: points of the camera's image.
        camera: the grid they are measured on.
        window_px: width of the window in pixels of that grid, odd; None takes
            :func:`window_for`.
        min_ratio: how much farther than the nearest one, as a part of its depth.
        min_gap_m: how much farther than the nearest one, metres.

    Returns:
        (N,) bool, True where the measurement shows through.

    Raises:
        ValueError: the window is even or not positive.
    """
    window_px = window_for(camera) if window_px is None else window_px
    if window_px < 1 or window_px % 2 == 0:
        raise ValueError(f'window_px: expected an odd number of pixels, got {window_px}')
    size = (camera.height, camera.width)
    depth_m = rasterize_nearest(measurements, camera, size)
    depth_m[depth_m == 0] = np.inf
    nearest_m = cv2.erode(depth_m, np.ones((window_px, window_px), np.uint8))
    nearest_m = np.asarray(nearest_m, np.float32).ravel()[grid_pixels(measurements, camera, size)]
    is_much_farther = measurements.depth_m > nearest_m * np.float32(1 + min_ratio)
    is_apart = measurements.depth_m > nearest_m + np.float32(min_gap_m)
    return np.asarray(is_much_farther & is_apart, np.bool_)


def window_for(camera: RectifiedCamera) -> int:
    """The odd number of pixels nearest to :data:`WINDOW_TANGENT` in this camera, at least 3."""
    return max(3, 2 * int(WINDOW_TANGENT * camera.fx / 2) + 1)
