"""IP-Basic: depth completion by morphology.

Ku, Harakeh, Waslander: In Defense of Classical Image Processing: Fast Depth Completion on the
CPU (2018), section III; kernels and thresholds are the paper's.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from mt_depth_ros.classical.measured_grid import MeasuredGrid
from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatImage

_LARGEST_DEPTH_M = 100.0
_SMALLEST_VALID = 0.1

_DIAMOND_5 = np.array(
    [
        [0, 0, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [1, 1, 1, 1, 1],
        [0, 1, 1, 1, 0],
        [0, 0, 1, 0, 0],
    ],
    np.uint8,
)
_FULL_5 = np.ones((5, 5), np.uint8)
_FULL_7 = np.ones((7, 7), np.uint8)
_FULL_31 = np.ones((31, 31), np.uint8)


def ip_basic_gaussian_fill(grid: MeasuredGrid) -> FloatImage:
    """Fills by morphology and smooths with a 5x5 Gaussian, the paper's most accurate variant.

    Args:
        grid: the sparse depth.

    Returns:
        (h, w) float32 metres, NaN where no measurement is within reach of the kernels.
    """
    return _fill(grid, _smooth_gaussian)


def ip_basic_bilateral_fill(grid: MeasuredGrid) -> FloatImage:
    """Fills by morphology and smooths with a bilateral filter, which keeps edges sharper.

    Args:
        grid: the sparse depth.

    Returns:
        (h, w) float32 metres, NaN where no measurement is within reach of the kernels.
    """
    return _fill(grid, _smooth_bilateral)


def _fill(grid: MeasuredGrid, smooth: Callable[[FloatImage], FloatImage]) -> FloatImage:
    # Dilation takes the largest value, so depth is inverted for near surfaces to win. The paper
    # inverts at 100 m; farther measurements, which it would turn negative, move the limit out.
    ceiling_m = np.float32(max(_LARGEST_DEPTH_M, float(grid.depth_m.max()) + 1.0))
    closeness = np.where(grid.is_measured, ceiling_m - grid.depth_m, np.float32(0))
    closeness = _dilate(closeness, _DIAMOND_5)
    closeness = _close(closeness, _FULL_5)
    closeness = _fill_empty(closeness, _dilate(closeness, _FULL_7))
    closeness = _extend_to_top(closeness)
    closeness = _fill_empty(closeness, _dilate(closeness, _FULL_31))
    closeness = smooth(np.asarray(cv2.medianBlur(closeness, 5), np.float32))
    return np.where(_is_valid(closeness), ceiling_m - closeness, np.float32(np.nan))


def _dilate(closeness: FloatImage, kernel: ByteImage) -> FloatImage:
    return np.asarray(cv2.dilate(closeness, kernel), np.float32)


def _close(closeness: FloatImage, kernel: ByteImage) -> FloatImage:
    return np.asarray(cv2.morphologyEx(closeness, cv2.MORPH_CLOSE, kernel), np.float32)


def _is_valid(closeness: FloatImage) -> BoolImage:
    return closeness > np.float32(_SMALLEST_VALID)


def _fill_empty(closeness: FloatImage, filled: FloatImage) -> FloatImage:
    return np.where(_is_valid(closeness), closeness, filled)


def _extend_to_top(closeness: FloatImage) -> FloatImage:
    """Copies the highest value of each column up to the top of the image."""
    is_valid = _is_valid(closeness)
    top_row = np.argmax(is_valid, axis=0)
    rows = np.arange(len(closeness))[:, None]
    is_above = (rows < top_row) & is_valid.any(axis=0)
    return np.where(is_above, closeness[top_row, np.arange(closeness.shape[1])], closeness)


def _smooth_gaussian(closeness: FloatImage) -> FloatImage:
    blurred = np.asarray(cv2.GaussianBlur(closeness, (5, 5), 0), np.float32)
    return np.where(_is_valid(closeness), blurred, closeness)


def _smooth_bilateral(closeness: FloatImage) -> FloatImage:
    return np.asarray(cv2.bilateralFilter(closeness, 5, 1.5, 2.0), np.float32)
