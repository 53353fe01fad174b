"""Errors of dense depth, added up pixel by pixel so that no data set has to fit into memory.

Every metric is a function of sums over pixels. Sums of several images add: the metrics of the sum
are those of all pixels *pooled*. The *mean over images* is of each image's own metrics
(:class:`ImageMeans`), as KITTI's depth completion benchmark reports them; for RMSE the two differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import AnyArray, BoolImage, FloatArray, Matrix
from mt_depth_ros.evaluation.uncertainty_calibration import interval_half_width, INTERVALS

DELTA_THRESHOLDS = (1.025, 1.05, 1.25, 1.25**2, 1.25**3)
"""Ratios max(predicted / true, true / predicted) that count as right."""

METRIC_NAMES = (
    'mae_m',
    'rmse_m',
    'imae_per_km',
    'irmse_per_km',
    'abs_rel',
    'sq_rel_m',
    'silog',
    'delta_1_025',
    'delta_1_05',
    'delta_1_25',
    'delta_1_25_2',
    'delta_1_25_3',
    'coverage_50',
    'coverage_90',
)
"""The metrics in the order of :class:`DepthMetrics`."""

_NUM_TERMS = 10 + len(DELTA_THRESHOLDS) + 1 + len(INTERVALS)
_FIRST_DELTA, _WITH_INTERVAL = 10, 10 + len(DELTA_THRESHOLDS)
_PIXELS_AT_ONCE = 1 << 18


@dataclass(frozen=True, kw_only=True, slots=True)
class DepthMetrics:
    """Errors over one set of pixels; NaN where nothing is answered.

    With prediction p and truth t in metres, and e = p - t:

    Attributes:
        count: pixels with a truth.
        answered: of those, pixels with a finite prediction > 0; all else is over these.
        mae_m: mean |e|, metres (MT-Depth Eq. 13).
        rmse_m: root of the mean e^2, metres (MT-Depth Eq. 14).
        imae_per_km: mean |1/p - 1/t|, 1/km.
        irmse_per_km: root of the mean (1/p - 1/t)^2, 1/km.
        abs_rel: mean |e| / t.
        sq_rel_m: mean e^2 / t, metres.
        silog: 100 times the standard deviation of ln p - ln t (Eigen et al. 2014, as KITTI has
            it).
        delta_1_025, delta_1_05, delta_1_25, delta_1_25_2, delta_1_25_3: share of pixels with
            max(p/t, t/p) below 1.025, 1.05, 1.25, 1.25^2, 1.25^3.
        coverage_50, coverage_90: share of the pixels with an uncertainty whose |e| is within the
            interval that should hold 50 % or 90 % of them.
    """

    count: int
    answered: int
    mae_m: float
    rmse_m: float
    imae_per_km: float
    irmse_per_km: float
    abs_rel: float
    sq_rel_m: float
    silog: float
    delta_1_025: float
    delta_1_05: float
    delta_1_25: float
    delta_1_25_2: float
    delta_1_25_3: float
    coverage_50: float
    coverage_90: float


@dataclass(frozen=True, slots=True, eq=False)
class ErrorSums:
    """Sums of error terms over S sets of pixels; add them to pool pixels.

    Attributes:
        terms: (S, K) float64.
    """

    terms: Matrix

    def __add__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(self.terms + other.terms)

    @classmethod
    def zero(cls, num_sets: int) -> ErrorSums:
        """No pixel in any of the sets."""
        return cls(np.zeros((num_sets, _NUM_TERMS)))

    @classmethod
    def over(
        cls,
        members: BoolImage,
        predicted_m: FloatArray,
        truth_m: FloatArray,
        uncertainty_m: FloatArray,
    ) -> ErrorSums:
        """Adds up the errors of N pixels in each of S sets.

        Args:
            members: (S, N) bool, which pixels are in which set.
            predicted_m: (N,) float32 metres; not finite or <= 0 where there is no answer.
            truth_m: (N,) float32 metres, finite and > 0.
            uncertainty_m: (N,) float32 metres, Laplace scale; NaN where there is none.
        """
        sums = np.zeros((len(members), _NUM_TERMS))
        for first in range(0, len(truth_m), _PIXELS_AT_ONCE):
            part = slice(first, first + _PIXELS_AT_ONCE)
            terms = _pixel_terms(predicted_m[part], truth_m[part], uncertainty_m[part])
            sums += members[:, part].astype(np.float64) @ terms.T
        return cls(sums)

    @property
    def counts(self) -> AnyArray:
        """(S,) int64 pixels with a truth."""
        return self.terms[:, 0].astype(np.int64)

    @property
    def answered(self) -> AnyArray:
        """(S,) int64 pixels with an answer."""
        return self.terms[:, 1].astype(np.int64)

    @property
    def values(self) -> Matrix:
        """(S, M) float64, the metrics in the order of :data:`METRIC_NAMES`; NaN where none."""
        with np.errstate(invalid='ignore', divide='ignore'):
            means = self.terms[:, 2:_WITH_INTERVAL] / self.terms[:, 1:2]
            within = self.terms[:, _WITH_INTERVAL + 1 :] / self.terms[:, [_WITH_INTERVAL]]
        absolute, squared, inverse, inverse_squared, relative, squared_relative, log, log2 = (
            means.T[: _FIRST_DELTA - 2]
        )
        silog = 100.0 * np.sqrt(np.maximum(log2 - log**2, 0.0))
        first = [absolute, np.sqrt(squared), inverse, np.sqrt(inverse_squared)]
        first += [relative, squared_relative, silog]
        return np.column_stack([*first, means[:, _FIRST_DELTA - 2 :], within])

    def metrics(self, index: int = 0) -> DepthMetrics:
        """The metrics of one of the sets."""
        named = dict(zip(METRIC_NAMES, self.values[index].tolist(), strict=True))
        return DepthMetrics(
            count=int(self.counts[index]), answered=int(self.answered[index]), **named
        )


@dataclass(frozen=True, slots=True, eq=False)
class ImageMeans:
    """Sums of the metrics of images, for their mean; an image without a metric is left out of it.

    Attributes:
        total: (S, M) float64, sums of metrics.
        images: (S, M) float64, how many images have each.
    """

    total: Matrix
    images: Matrix

    def __add__(self, other: ImageMeans) -> ImageMeans:
        return ImageMeans(self.total + other.total, self.images + other.images)

    @classmethod
    def zero(cls, num_sets: int) -> ImageMeans:
        """No image yet."""
        empty = np.zeros((num_sets, len(METRIC_NAMES)))
        return cls(empty, empty)

    @classmethod
    def of_image(cls, sums: ErrorSums) -> ImageMeans:
        """The metrics of one image."""
        values = sums.values
        known = np.isfinite(values)
        return cls(np.where(known, values, 0.0), known.astype(np.float64))

    @property
    def values(self) -> Matrix:
        """(S, M) float64, the means in the order of :data:`METRIC_NAMES`; NaN where none."""
        return np.where(self.images > 0, self.total / np.maximum(self.images, 1.0), np.nan)


def measure_errors(
    predicted_m: FloatArray, truth_m: FloatArray, uncertainty_m: FloatArray | None = None
) -> DepthMetrics:
    """All metrics over one pool of pixels.

    Args:
        predicted_m: any shape, float32 metres; not finite or <= 0 where there is no answer.
        truth_m: same shape, float32 metres; only finite depth > 0 enters, sky (+Inf) never.
        uncertainty_m: same shape, float32 metres, Laplace scale; None: there is none.
    """
    with np.errstate(invalid='ignore'):
        known = np.isfinite(truth_m) & (truth_m > 0.0)
    unknown = np.full(truth_m.shape, np.nan, np.float32)
    given = unknown if uncertainty_m is None else uncertainty_m
    everything = np.ones((1, int(known.sum())), np.bool_)
    return ErrorSums.over(everything, predicted_m[known], truth_m[known], given[known]).metrics()


def _pixel_terms(
    predicted_m: FloatArray, truth_m: FloatArray, uncertainty_m: FloatArray
) -> Matrix:
    """(K, N) float64: what each pixel adds to each sum; 0 where there is no answer."""
    with np.errstate(invalid='ignore'):
        answered = np.isfinite(predicted_m) & (predicted_m > 0.0)
        has_interval = answered & np.isfinite(uncertainty_m) & (uncertainty_m > 0.0)
    truth = truth_m.astype(np.float64)
    # An unanswered pixel has no error: it is told by the share of answers.
    predicted = np.where(answered, predicted_m, truth_m).astype(np.float64)
    error = np.abs(predicted - truth)
    inverse = np.abs(1e3 / predicted - 1e3 / truth)
    log = np.log(predicted / truth)
    ratio = np.exp(np.abs(log))
    scale = np.where(has_interval, uncertainty_m, np.float32(0.0)).astype(np.float64)
    terms = [np.ones_like(truth), answered, error, error**2, inverse, inverse**2]
    terms += [error / truth, error**2 / truth, log, log**2]
    terms += [answered & (ratio < threshold) for threshold in DELTA_THRESHOLDS]
    terms += [has_interval]
    terms += [has_interval & (error <= interval_half_width(scale, share)) for share in INTERVALS]
    return np.stack([term.astype(np.float64) for term in terms])
