"""What the self-check says over a window of frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.pipeline.patch_errors import DISTANCE_EDGES_PX, PatchErrors

EDGE_WEIGHT = 0.25
"""Of a measurement at the upper or lower edge of the view, to one inside it. A ring at the edge
stands for half as many pixels; and without it the prediction there has to go on beyond what is
measured, which doubles its error. Chosen on tuning drives, see ``docs/SELF_CHECK.md``."""

MIN_PATCHES = 30
"""Fewer patches say nothing: the errors of depth are heavy-tailed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DistanceBin:
    """The error so far from the nearest input.

    Attributes:
        above_px, up_to_px: bounds of the distance; the last bin is open, +Inf.
        num_points: measurements in it.
        rmse_m: root of their mean squared error, metres; NaN where there are none.
    """

    above_px: float
    up_to_px: float
    num_points: int
    rmse_m: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfCheckReport:
    """Errors over a window; NaN where too few patches were scored to say.

    Attributes:
        live_mae_m: estimate of the mean absolute error between the measurements, metres.
        patch_mae_m: mean absolute error at the scored measurements themselves, metres.
        rmse_by_distance: by distance to the nearest kept input.
        coverage: share of scored measurements inside the 90 % interval of the prediction.
        answered_share: of what could be scored, where there was an answer (not sky).
        num_points, num_patches, num_frames: what it rests on.
        span_s: from the oldest to the newest frame, by their stamps.
    """

    live_mae_m: float
    patch_mae_m: float
    rmse_by_distance: tuple[DistanceBin, ...]
    coverage: float
    answered_share: float
    num_points: int
    num_patches: int
    num_frames: int
    span_s: float

    @property
    def is_enough(self) -> bool:
        """Whether there were patches enough to tell anything."""
        return self.num_patches >= MIN_PATCHES


def pooled_report(frames: Sequence[PatchErrors], *, span_s: float) -> SelfCheckReport:
    """Pools the errors of frames.

    Args:
        frames: any number.
        span_s: from the oldest to the newest.
    """
    by_place = np.sum([frame.moments for frame in frames], axis=0) if frames else np.zeros((2, 6))
    moments = by_place.sum(axis=0)
    binned = np.sum([frame.binned for frame in frames], axis=0) if frames else None
    num_points = int(moments[0])
    num_patches = sum(frame.num_patches for frame in frames)
    unanswered = sum(frame.num_unanswered for frame in frames)
    is_enough = num_patches >= MIN_PATCHES
    return SelfCheckReport(
        live_mae_m=live_mae_m(by_place, _view_distance_px(frames)) if is_enough else math.nan,
        patch_mae_m=float(moments[1] / num_points) if is_enough else math.nan,
        rmse_by_distance=_bins(binned),
        coverage=sum(f.num_covered for f in frames) / num_points if is_enough else math.nan,
        answered_share=num_points / (num_points + unanswered) if is_enough else math.nan,
        num_points=num_points,
        num_patches=num_patches,
        num_frames=len(frames),
        span_s=span_s,
    )


def live_mae_m(by_place: Matrix, view_distance_px: float) -> float:
    """The mean absolute error of the pixels between the measurements, estimated.

    A ring inside the view stands for the pixels up to half way to the rings above and below, one
    at its edge for fewer (:data:`EDGE_WEIGHT`). What was kept out also lies a little farther
    from the input than those pixels do. So |e| = a + slope d is fitted by least squares and read
    at their mean distance. The slope is kept between 0 and |e| proportional to d, which is all
    that depth edges do.

    Args:
        by_place: as :attr:`PatchErrors.moments`, at least one measurement in all.
        view_distance_px: mean distance of the pixels between the measurements.
    """
    moments = by_place[0] + EDGE_WEIGHT * by_place[1]
    mean, mean_distance = moments[1] / moments[0], moments[3] / moments[0]
    variance = moments[4] / moments[0] - mean_distance**2
    covariance = moments[5] / moments[0] - mean * mean_distance
    if not (variance > 0 and mean_distance > 0 and math.isfinite(view_distance_px)):
        return float(mean)
    slope = min(max(covariance / variance, 0.0), mean / mean_distance)
    return float(max(mean + slope * (view_distance_px - mean_distance), 0.0))


def _view_distance_px(frames: Sequence[PatchErrors]) -> float:
    known = [f.view_distance_px for f in frames if math.isfinite(f.view_distance_px)]
    return float(np.mean(known)) if known else math.nan


def _bins(binned: Matrix | None) -> tuple[DistanceBin, ...]:
    edges = (0.0, *DISTANCE_EDGES_PX, math.inf)
    if binned is None:
        binned = np.zeros((2, len(edges) - 1))
    return tuple(
        DistanceBin(
            above_px=low,
            up_to_px=high,
            num_points=int(number),
            rmse_m=math.sqrt(squares / number) if number else math.nan,
        )
        for low, high, number, squares in zip(edges[:-1], edges[1:], *binned, strict=True)
    )
