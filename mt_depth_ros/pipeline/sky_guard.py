"""Where a network may say sky: nowhere that a measurement speaks against it."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.core.arrays import BoolImage, FloatImage

REACH_PX = 2
"""Neighbouring columns that a measurement speaks for: scan lines have gaps between points."""


def without_sky_under_measurements(sky: BoolImage, sparse_depth_m: FloatImage) -> BoolImage:
    """Takes sky back that is not above everything measured in its columns.

    What looks like sky below a measured surface is a pale wall, a wet road or a pane; calling it
    infinitely far would hide an obstacle. Columns without any measurement, where the LiDAR lost
    its points, follow the higher of the measured ones on both sides.

    Args:
        sky: (h, w) bool, what the network says.
        sparse_depth_m: (h, w) float32 metres, 0 = no measurement.

    Returns:
        (h, w) bool.
    """
    height, width = sky.shape
    measured = sparse_depth_m > 0.0
    top_row = np.where(measured.any(axis=0), measured.argmax(axis=0), height)
    padded = np.pad(top_row, REACH_PX, constant_values=height)
    top_row = np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH_PX + 1).min(axis=1)
    columns = np.flatnonzero(top_row < height)
    if not columns.size:
        return sky
    after = np.searchsorted(columns, np.arange(width)).clip(max=columns.size - 1)
    before = (np.searchsorted(columns, np.arange(width), side='right') - 1).clip(min=0)
    limit = np.minimum(top_row[columns[before]], top_row[columns[after]])
    allowed: BoolImage = np.arange(height)[:, None] < limit[None, :]
    return sky & allowed
