"""Measured points between the image and space, and choices among them."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.core.arrays import AnyArray, FloatArray, FloatImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.types import DepthMeasurements


def points_of(measurements: DepthMeasurements, camera: RectifiedCamera) -> FloatArray:
    """(N, 3) float32 metres in the rectified frame."""
    depth_m = measurements.depth_m
    x = (measurements.u_px - np.float32(camera.cx)) / np.float32(camera.fx) * depth_m
    y = (measurements.v_px - np.float32(camera.cy)) / np.float32(camera.fy) * depth_m
    return np.stack([x, y, depth_m], axis=1)


def measured_in_view(points_m: FloatArray, camera: RectifiedCamera) -> DepthMeasurements:
    """Projects points of the rectified frame and keeps those that fall on the grid.

    Args:
        points_m: (N, 3) float32 metres.
        camera: the grid; it covers [-0.5, W - 0.5) and [-0.5, H - 0.5).
    """
    u_px, v_px = camera.project(points_m).T
    with np.errstate(invalid='ignore'):
        inside = (u_px >= -0.5) & (u_px < camera.width - 0.5)
        inside &= (v_px >= -0.5) & (v_px < camera.height - 0.5)
    return DepthMeasurements(
        u_px=u_px[inside], v_px=v_px[inside], depth_m=points_m[inside, 2].copy()
    )


def measured_at(depth_m: FloatImage, row: AnyArray, column: AnyArray) -> DepthMeasurements:
    """The depth of some pixels, at their centres.

    Args:
        depth_m: (H, W) float32 metres; finite and > 0 at the chosen pixels.
        row: (N,) integers.
        column: (N,) integers.
    """
    return DepthMeasurements(
        u_px=column.astype(np.float32),
        v_px=row.astype(np.float32),
        depth_m=depth_m[row, column],
    )


def chosen(measurements: DepthMeasurements, which: AnyArray) -> DepthMeasurements:
    """Some of the measurements: ``which`` is a mask or holds indices."""
    return DepthMeasurements(
        u_px=measurements.u_px[which],
        v_px=measurements.v_px[which],
        depth_m=measurements.depth_m[which],
    )


def with_depth(measurements: DepthMeasurements, depth_m: FloatArray) -> DepthMeasurements:
    """The same places with another depth, (N,) metres; depths not above 0 are left out."""
    kept = np.isfinite(depth_m) & (depth_m > 0.0)
    return DepthMeasurements(
        u_px=measurements.u_px[kept],
        v_px=measurements.v_px[kept],
        depth_m=depth_m[kept].astype(np.float32),
    )
