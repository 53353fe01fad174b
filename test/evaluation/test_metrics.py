from __future__ import annotations

import math

import numpy as np
import pytest

from mt_depth_ros.evaluation.metrics import depth_errors, DepthPairs, pairs_where_known


def pairs(predicted: list[float], truth: list[float]) -> DepthPairs:
    return DepthPairs(
        predicted_m=np.array(predicted, np.float32), truth_m=np.array(truth, np.float32)
    )


def test_errors_equal_the_ones_worked_by_hand() -> None:
    # Errors 1, 1, 4 m at 10, 20, 40 m: MAE 2; RMSE sqrt(18 / 3); relative 0.1, 0.05, 0.1.
    errors = depth_errors(pairs([11.0, 19.0, 44.0], [10.0, 20.0, 40.0]))
    assert errors.mae_m == pytest.approx(2.0)
    assert errors.rmse_m == pytest.approx(math.sqrt(6.0))
    assert errors.mean_relative == pytest.approx(0.25 / 3)
    assert errors.median_relative == pytest.approx(0.1)
    assert (errors.count, errors.answered) == (3, 3)


def test_pixels_without_an_answer_are_counted_but_not_scored() -> None:
    errors = depth_errors(pairs([math.nan, math.inf, 11.0], [10.0, 10.0, 10.0]))
    assert (errors.count, errors.answered) == (3, 1)
    assert errors.mae_m == pytest.approx(1.0)


def test_no_pixels_give_nan_and_no_warning() -> None:
    errors = depth_errors(pairs([], []))
    assert errors.count == 0
    assert math.isnan(errors.mae_m)


def test_sky_unknown_and_capped_truth_do_not_enter() -> None:
    truth = np.array([[0.0, math.nan, math.inf], [5.0, 80.0, 81.0]], np.float32)
    known = pairs_where_known(np.ones_like(truth), truth, max_depth_m=80.0)
    assert known.truth_m.tolist() == [5.0, 80.0]


def test_frames_pool_their_pixels() -> None:
    joined = DepthPairs.joined([pairs([1.0], [2.0]), pairs([3.0, 4.0], [5.0, 6.0])])
    assert joined.predicted_m.tolist() == [1.0, 3.0, 4.0]
    assert joined.truth_m.tolist() == [2.0, 5.0, 6.0]
