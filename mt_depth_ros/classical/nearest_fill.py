"""Depth of the nearest measurement."""

from __future__ import annotations

from mt_depth_ros.classical.measured_grid import MeasuredGrid
from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.nearest_known import nearest_known


def nearest_fill(grid: MeasuredGrid) -> FloatImage:
    """Gives every pixel the depth of the nearest measured pixel.

    Args:
        grid: the sparse depth.

    Returns:
        (h, w) float32 metres, known everywhere.
    """
    depth_m, _ = nearest_known(grid.depth_m, grid.is_measured)
    return depth_m
