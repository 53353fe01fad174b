"""Whether a stated uncertainty holds: intervals of a Laplace error, and sparsification.

Sparsification drops the pixels in the order of their uncertainty and watches the error of the
rest. The oracle drops them in the order of their true error. AUSE, the area between the two curves
(Ilg et al. 2018), is 0 for an uncertainty that ranks the pixels as the error does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import AnyArray, FloatArray, Matrix

INTERVALS = (0.5, 0.9)
"""Shares of pixels that the scored intervals should hold."""

DROPPED_SHARES: AnyArray = np.linspace(0.0, 1.0, 101)
"""Shares of pixels dropped, at which the curves are read; the last one, all, has error 0."""

# Pixels are sorted into 256 bins a decade: two in one bin differ by at most 0.9 %.
_BINS_PER_DECADE = 256
_LOWEST, _HIGHEST = -5, 5
_NUM_BINS = _BINS_PER_DECADE * (_HIGHEST - _LOWEST)


def interval_half_width(scale: Matrix, share: float) -> Matrix:
    """Half the width of the interval that holds a share of a Laplace error of scale b.

    P(|e| <= q) = 1 - exp(-q / b), so q = -b ln(1 - share): b ln 2 for a half, b ln 10 for 90 %.

    Args:
        scale: b, any shape.
        share: in [0, 1).
    """
    return np.asarray(-np.log1p(-share) * scale, np.float64)


@dataclass(frozen=True, kw_only=True, slots=True)
class SparsificationCurve:
    """The error of the pixels that are left, relative to that of all pixels.

    Attributes:
        mae: (101,) mean absolute error after dropping each of :data:`DROPPED_SHARES`.
        rmse: (101,) root of the mean squared error, likewise.
    """

    mae: Matrix
    rmse: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Sparsification:
    """Pixels sorted by a criterion, as sums per bin; add them to pool pixels.

    Attributes:
        sums: (3, bins) float64: pixels, sum of |e| and sum of e^2 in each bin of the criterion.
    """

    sums: Matrix

    def __add__(self, other: Sparsification) -> Sparsification:
        return Sparsification(self.sums + other.sums)

    @classmethod
    def zero(cls) -> Sparsification:
        """No pixel yet."""
        return cls(np.zeros((3, _NUM_BINS)))

    @classmethod
    def sorted_by(cls, criterion: FloatArray, error_m: FloatArray) -> Sparsification:
        """Sorts pixels; those with the highest criterion are dropped first.

        Args:
            criterion: (N,) >= 0; below 1e-5 and above 1e5 it no longer tells pixels apart.
            error_m: (N,) absolute error, metres.
        """
        error = error_m.astype(np.float64)
        clipped = np.clip(criterion.astype(np.float64), 10.0**_LOWEST, 10.0**_HIGHEST)
        position = (np.log10(clipped) - _LOWEST) * _BINS_PER_DECADE
        place = np.minimum(position.astype(np.int64), _NUM_BINS - 1)
        weights = (None, error, error**2)
        return cls(np.stack([np.bincount(place, each, _NUM_BINS) for each in weights]))

    @property
    def num_pixels(self) -> int:
        """How many pixels were sorted."""
        return int(self.sums[0].sum())

    def remaining(self, dropped: AnyArray) -> tuple[Matrix, Matrix]:
        """Errors of what is left, metres; NaN where nothing is.

        Args:
            dropped: (D,) shares of pixels dropped, in [0, 1].

        Returns:
            mae_m and rmse_m, (D,) float64 each.
        """
        added = np.concatenate([np.zeros((3, 1)), np.cumsum(self.sums, axis=1)], axis=1)
        kept = (1.0 - dropped) * added[0, -1]
        absolute, squared = (np.interp(kept, added[0], row) for row in added[1:])
        with np.errstate(invalid='ignore', divide='ignore'):
            return absolute / kept, np.sqrt(squared / kept)

    def curve(self) -> SparsificationCurve:
        """The sparsification curve; all NaN where there is no pixel."""
        mae_m, rmse_m = self.remaining(DROPPED_SHARES)
        mae_m[-1] = rmse_m[-1] = 0.0
        with np.errstate(invalid='ignore', divide='ignore'):
            return SparsificationCurve(mae=mae_m / mae_m[0], rmse=rmse_m / rmse_m[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class AreasUnderSparsificationError:
    """AUSE, relative to the error of all pixels: 0 is perfect.

    Attributes:
        mae: by mean absolute error.
        rmse: by root mean squared error.
    """

    mae: float
    rmse: float


def area_under_sparsification_error(
    by_criterion: Sparsification, by_error: Sparsification
) -> AreasUnderSparsificationError:
    """Area between the curve of a criterion and the oracle's.

    Args:
        by_criterion: the pixels sorted by the criterion.
        by_error: the same pixels sorted by their absolute error.
    """
    curve, oracle = by_criterion.curve(), by_error.curve()
    return AreasUnderSparsificationError(
        mae=_area(curve.mae - oracle.mae), rmse=_area(curve.rmse - oracle.rmse)
    )


def _area(height: Matrix) -> float:
    """By trapezoids over the shares dropped."""
    step = np.diff(DROPPED_SHARES)
    return float(np.sum(step * (height[1:] + height[:-1]) / 2.0))
