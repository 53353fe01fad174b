from __future__ import annotations

import math

import numpy as np
import pytest

from mt_depth_ros.evaluation.flying_pixels import count_flying_pixels, FlyingPixels


def step(near_m: float = 10.0, far_m: float = 20.0) -> np.ndarray:
    truth = np.full((1, 20), near_m, np.float32)
    truth[:, 10:] = far_m
    return truth


def answered(truth: np.ndarray, **depths: float) -> np.ndarray:
    predicted = truth.copy()
    for column, depth_m in depths.items():
        predicted[0, int(column[1:])] = depth_m
    return predicted


def test_depth_between_or_beyond_the_sides_of_an_edge_flies() -> None:
    truth = step()
    # The gap is 10 m, so 1 m from a side is still on it. Columns 8 to 11 see both sides.
    predicted = answered(truth, c8=10.9, c9=15.0, c10=19.2, c11=22.0)
    assert count_flying_pixels(predicted, truth) == FlyingPixels(scored=4, flying=2)


def test_what_is_wrong_away_from_edges_does_not_fly() -> None:
    truth = step()
    assert count_flying_pixels(answered(truth, c2=15.0, c17=15.0), truth).flying == 0


def test_the_wrong_side_of_an_edge_does_not_fly() -> None:
    truth = step()
    assert count_flying_pixels(answered(truth, c9=20.0, c10=10.0), truth).flying == 0


def test_the_truth_itself_never_flies_even_on_slanted_ground() -> None:
    rows = np.arange(1, 41, dtype=np.float32)
    ground = np.repeat((1.6 * 360 / rows)[:, None], 30, axis=1)
    assert count_flying_pixels(ground, ground).flying == 0
    assert count_flying_pixels(ground, ground).scored > 0


def test_pixels_without_an_answer_are_not_scored() -> None:
    truth = step()
    predicted = answered(truth, c9=math.nan, c10=0.0)
    assert count_flying_pixels(predicted, truth).scored == 2


def test_sky_is_no_side_of_an_edge() -> None:
    truth = step(far_m=math.inf)
    assert count_flying_pixels(answered(truth, c9=50.0), truth).scored == 0


def test_sparse_truth_has_no_edges() -> None:
    truth = np.zeros((10, 10), np.float32)
    truth[0, :2] = 10.0, 30.0
    assert count_flying_pixels(truth, truth) == FlyingPixels()


def test_counts_add_and_their_share_is_nan_without_pixels() -> None:
    total = FlyingPixels(scored=4, flying=1) + FlyingPixels(scored=4, flying=3)
    assert total.share == pytest.approx(0.5)
    assert math.isnan(FlyingPixels().share)
