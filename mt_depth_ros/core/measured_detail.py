"""Detail that a coarser grid lost, from the measurements on the camera's own."""

from __future__ import annotations

import cv2
import numpy as np

from mt_depth_ros.core.arrays import BoolImage, FloatImage

REACH_PX = 2.0
"""Standard deviation of the weight of a measurement around it, pixels of the camera."""
WITHIN_PX = round(3 * REACH_PX)
"""It has none farther than this, along rows or columns."""
SAME_SURFACE = 0.07
"""A measurement that differs by more than about this share is of another surface, or wrong."""
DEPTH_WEIGHT = 0.15
"""What the depth before counts, where a measurement on the very pixel counts 1."""


def with_measured_detail(depth_m: FloatImage, sparse_depth_m: FloatImage) -> FloatImage:
    """Moves depth to measurements that are close to it, and what is around them with it.

    What is around may be of another surface: beside an edge a far one moves with a near one, by
    less than :data:`SAME_SURFACE`. The logarithm of the ratio of both is averaged around every
    pixel, by distance and by how close the two are (normalised convolution, Knutsson and Westin
    1993).

    Args:
        depth_m: (H, W) float32 metres; NaN and +Inf stay.
        sparse_depth_m: (H, W) float32 metres, 0 = no measurement.

    Returns:
        (H, W) float32 metres; nothing is moved beyond the farthest measurement.
    """
    moved_m = depth_m.copy()
    is_measured = sparse_depth_m > 0
    measured_rows = np.flatnonzero(is_measured.any(axis=1))
    if measured_rows.size:
        # A LiDAR seldom looks as high as a camera, and what is above stays.
        rows = slice(max(0, measured_rows[0] - WITHIN_PX), measured_rows[-1] + WITHIN_PX + 1)
        moved_m[rows] = _moved(depth_m[rows], sparse_depth_m[rows], is_measured[rows])
    return moved_m


def _moved(depth_m: FloatImage, sparse_depth_m: FloatImage, is_measured: BoolImage) -> FloatImage:
    at = np.flatnonzero(is_measured)
    before = depth_m.take(at)
    has_depth = np.isfinite(before) & (before > 0)
    at, before = at[has_depth], before[has_depth]
    ratio = np.log(sparse_depth_m.take(at) / before)
    # Tukey's biweight: what is of another surface counts nothing at all.
    weight = np.square(np.maximum(1 - np.square(ratio / np.float32(SAME_SURFACE)), 0))
    weights, moves = np.zeros_like(depth_m), np.zeros_like(depth_m)
    np.put(weights, at, weight)
    np.put(moves, at, weight * ratio)
    # In place from here on: of two megapixels every new array costs as much as its arithmetic.
    weights, moved_m = _summed_around(weights), _summed_around(moves)
    weights += np.float32(DEPTH_WEIGHT)
    moved_m /= weights
    np.exp(moved_m, out=moved_m)
    moved_m *= depth_m
    np.maximum(depth_m, sparse_depth_m.max(), out=weights)
    np.minimum(moved_m, weights, out=moved_m)
    return moved_m


def _summed_around(values: FloatImage) -> FloatImage:
    """The sum around every pixel, which itself counts 1."""
    kernel = np.exp(-np.square(np.arange(-WITHIN_PX, WITHIN_PX + 1) / REACH_PX) / 2)
    summed = cv2.sepFilter2D(values, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(summed, np.float32)
