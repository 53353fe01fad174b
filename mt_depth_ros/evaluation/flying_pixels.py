"""Flying pixels: depth between the two sides of an edge, where nothing is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import BoolImage, FloatArray, FloatImage
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.evaluation.pixel_sets import EDGE_LOG_RATIO, is_dense

WINDOW_RADIUS_PX = 2
"""The sides of an edge are looked for so far away, in a square window."""

GAP_SHARE = 0.1
"""A depth on neither side by more than this share of the gap between them flies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FlyingPixels:
    """How many predictions at depth edges are on neither side; add them to pool pixels.

    Attributes:
        scored: pixels at edges with an answer.
        flying: of those, pixels on neither side.
    """

    scored: int = 0
    flying: int = 0

    def __add__(self, other: FlyingPixels) -> FlyingPixels:
        return FlyingPixels(scored=self.scored + other.scored, flying=self.flying + other.flying)

    @property
    def share(self) -> float:
        """Flying pixels among those scored; NaN where none is."""
        return self.flying / self.scored if self.scored else float('nan')


def count_flying_pixels(predicted_m: FloatImage, truth_m: FloatImage) -> FlyingPixels:
    """Counts the answers at depth edges that are on neither side of the edge.

    In the 5x5 window around a pixel, the nearest and the farthest known depth are the two sides,
    n and f; sky is none. The pixel is at an edge if ln(f / n) > 0.1. A prediction d flies if
    min(|d - n|, |d - f|) > 0.1 (f - n). Pixels whose true depth itself is on neither side, on
    slanted surfaces, are not scored, so the truth has no flying pixels.

    Args:
        predicted_m: (H, W) float32 metres; not finite or <= 0 where there is no answer.
        truth_m: (H, W) float32 metres; 0 or NaN = unknown, +Inf = sky. Sparse truth has no edges
            and gives no pixel.
    """
    check_array(truth_m, name='truth_m', shape=(None, None), dtype='f4')
    check_array(predicted_m, name='predicted_m', shape=truth_m.shape, dtype='f4')
    if not is_dense(truth_m):
        return FlyingPixels()
    with np.errstate(invalid='ignore'):
        is_known = np.isfinite(truth_m) & (truth_m > 0.0)
        answered = np.isfinite(predicted_m) & (predicted_m > 0.0)
    side = 2 * WINDOW_RADIUS_PX + 1
    window = np.ones((side, side), np.uint8)
    highest = np.float32(np.finfo(np.float32).max)
    nearest_m = cv2.erode(np.where(is_known, truth_m, highest), window)
    farthest_m = cv2.dilate(np.where(is_known, truth_m, np.float32(0.0)), window)
    near_m, far_m = np.asarray(nearest_m, np.float32), np.asarray(farthest_m, np.float32)
    scored = is_known & answered
    near_m, far_m, true_m, answer_m = (
        image[scored] for image in (near_m, far_m, truth_m, predicted_m)
    )
    at_edge = far_m > near_m * np.float32(np.exp(EDGE_LOG_RATIO))
    on_a_side = at_edge & ~_is_on_neither(true_m, near_m, far_m)
    flying = on_a_side & _is_on_neither(answer_m, near_m, far_m)
    return FlyingPixels(scored=int(on_a_side.sum()), flying=int(flying.sum()))


def _is_on_neither(depth_m: FloatArray, near_m: FloatArray, far_m: FloatArray) -> BoolImage:
    """(N,) bool: which depths are on neither side."""
    apart = np.minimum(np.abs(depth_m - near_m), np.abs(depth_m - far_m))
    return np.asarray(apart > np.float32(GAP_SHARE) * (far_m - near_m), np.bool_)
