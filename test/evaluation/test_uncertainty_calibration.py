from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import auc

from mt_depth_ros.evaluation.uncertainty_calibration import (
    area_under_sparsification_error,
    DROPPED_SHARES,
    interval_half_width,
    Sparsification,
)


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_the_intervals_of_a_laplace_error_are_b_ln_2_and_b_ln_10() -> None:
    scale = np.array([1.0, 3.0])
    np.testing.assert_allclose(interval_half_width(scale, 0.5), scale * math.log(2))
    np.testing.assert_allclose(interval_half_width(scale, 0.9), scale * math.log(10))


@pytest.mark.parametrize('share', [0.5, 0.9])
def test_the_intervals_hold_their_share_of_drawn_laplace_errors(share: float) -> None:
    rng = np.random.default_rng(0)
    scale = rng.uniform(0.1, 5.0, 100_000)
    within = np.abs(rng.laplace(0.0, scale)) <= interval_half_width(scale, share)
    assert within.mean() == pytest.approx(share, abs=0.005)


def test_dropping_the_least_certain_quarter_leaves_the_error_worked_by_hand() -> None:
    # The least certain pixel has error 4; 1, 2 and 3 are left: MAE 2, RMSE sqrt(14 / 3).
    pixels = Sparsification.sorted_by(floats(0.1, 0.2, 0.3, 0.9), floats(1, 2, 3, 4))
    mae_m, rmse_m = pixels.remaining(np.array([0.0, 0.25, 0.5]))
    np.testing.assert_allclose(mae_m, [2.5, 2.0, 1.5], rtol=1e-6)
    np.testing.assert_allclose(rmse_m, np.sqrt([30 / 4, 14 / 3, 5 / 2]), rtol=1e-6)


def test_an_uncertainty_that_ranks_as_the_error_does_has_no_area() -> None:
    error = np.random.default_rng(0).exponential(1.0, 5000).astype(np.float32)
    by_error = Sparsification.sorted_by(error, error)
    area = area_under_sparsification_error(Sparsification.sorted_by(3 * error, error), by_error)
    assert area.mae == pytest.approx(0.0, abs=1e-3)
    assert area.rmse == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize('power', [1, 2])
def test_the_area_equals_that_of_sorted_pixels_under_scikit_learns_trapezoids(power: int) -> None:
    rng = np.random.default_rng(1)
    error = rng.exponential(1.0, 20_000).astype(np.float32)
    uncertainty = (error * np.exp(rng.normal(0.0, 1.0, len(error)))).astype(np.float32)

    def curve(criterion: np.ndarray) -> np.ndarray:
        ordered = error[np.argsort(criterion)].astype(np.float64) ** power
        kept = np.round((1 - DROPPED_SHARES[:-1]) * len(ordered)).astype(int)
        left = (np.cumsum(ordered)[kept - 1] / kept) ** (1 / power)
        return np.append(left / left[0], 0.0)

    expected = auc(DROPPED_SHARES, curve(uncertainty) - curve(error))
    area = area_under_sparsification_error(
        Sparsification.sorted_by(uncertainty, error), Sparsification.sorted_by(error, error)
    )
    assert (area.mae if power == 1 else area.rmse) == pytest.approx(expected, abs=1e-3)


def test_a_random_ranking_has_the_area_of_what_the_oracle_gains() -> None:
    rng = np.random.default_rng(2)
    error = rng.uniform(0.0, 1.0, 50_000).astype(np.float32)
    area = area_under_sparsification_error(
        Sparsification.sorted_by(rng.random(len(error), np.float32), error),
        Sparsification.sorted_by(error, error),
    )
    # The oracle keeps uniform errors up to 1 - d: relative MAE 1 - d. The random one keeps 1.
    assert area.mae == pytest.approx(0.5, abs=0.01)


def test_pixels_of_parts_pool() -> None:
    rng = np.random.default_rng(3)
    error = rng.exponential(1.0, 1000).astype(np.float32)
    parts = Sparsification.sorted_by(error[:300], error[:300])
    parts += Sparsification.sorted_by(error[300:], error[300:])
    whole = Sparsification.sorted_by(error, error)
    np.testing.assert_allclose(parts.sums, whole.sums, rtol=1e-12)
    assert parts.num_pixels == 1000


def test_zero_and_huge_criteria_are_sorted_too() -> None:
    pixels = Sparsification.sorted_by(floats(0.0, 1.0, 1e9), floats(1, 2, 3))
    assert pixels.num_pixels == 3
    assert pixels.remaining(np.array([1 / 3]))[0] == pytest.approx(1.5)


def test_no_pixel_gives_nan_and_no_warning() -> None:
    empty = Sparsification.zero()
    assert math.isnan(area_under_sparsification_error(empty, empty).mae)
