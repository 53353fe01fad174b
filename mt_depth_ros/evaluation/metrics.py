"""Errors of predicted depth where the truth is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class DepthErrors:
    """Errors over a set of pixels (MT-Depth Eq. 13 and 14, and relative error).

    Attributes:
        count: pixels with a truth.
        answered: of those, pixels with a finite prediction > 0; the errors are over these.
        mae_m: mean absolute error, metres.
        rmse_m: root of the mean squared error, metres.
        mean_relative: mean of |error| / truth.
        median_relative: median of |error| / truth.
    """

    count: int
    answered: int
    mae_m: float
    rmse_m: float
    mean_relative: float
    median_relative: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DepthPairs:
    """Predicted and true depth of the same pixels.

    Attributes:
        predicted_m: (N,) float32, may be NaN or infinite where there is no answer.
        truth_m: (N,) float32, finite and > 0.
    """

    predicted_m: FloatArray
    truth_m: FloatArray

    @staticmethod
    def joined(parts: Iterable[DepthPairs]) -> DepthPairs:
        """All pixels of several frames, pooled."""
        listed = list(parts)
        empty = np.empty(0, np.float32)
        return DepthPairs(
            predicted_m=np.concatenate([empty, *(part.predicted_m for part in listed)]),
            truth_m=np.concatenate([empty, *(part.truth_m for part in listed)]),
        )


def pairs_where_known(
    predicted_m: FloatArray, truth_m: FloatArray, *, max_depth_m: float = np.inf
) -> DepthPairs:
    """Picks the pixels whose truth is finite, > 0 and at most ``max_depth_m``.

    Args:
        predicted_m: (H, W) float32 metres.
        truth_m: (H, W) float32 metres; 0 or NaN = unknown, +Inf = sky.
        max_depth_m: the cap, metres.
    """
    with np.errstate(invalid='ignore'):
        known = np.isfinite(truth_m) & (truth_m > 0.0) & (truth_m <= max_depth_m)
    return DepthPairs(predicted_m=predicted_m[known], truth_m=truth_m[known])


def depth_errors(pairs: DepthPairs) -> DepthErrors:
    """Computes the errors over one pool of pixels; NaN where there are none."""
    with np.errstate(invalid='ignore'):
        answered = np.isfinite(pairs.predicted_m) & (pairs.predicted_m > 0.0)
    truth = pairs.truth_m[answered].astype(np.float64)
    error = np.abs(pairs.predicted_m[answered] - truth)
    if not len(error):
        nan = float('nan')
        return DepthErrors(
            count=len(pairs.truth_m),
            answered=0,
            mae_m=nan,
            rmse_m=nan,
            mean_relative=nan,
            median_relative=nan,
        )
    return DepthErrors(
        count=len(pairs.truth_m),
        answered=len(error),
        mae_m=float(error.mean()),
        rmse_m=float(np.sqrt(np.mean(error**2))),
        mean_relative=float(np.mean(error / truth)),
        median_relative=float(np.median(error / truth)),
    )
