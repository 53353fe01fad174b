from __future__ import annotations

import math

import numpy as np
import pytest

from mt_depth_ros.evaluation.sky_detection import count_sky, SkyDetection


def test_sky_is_counted_as_found_missed_or_invented() -> None:
    # Sky found twice, missed by a depth and by no answer; a surface called sky; one not.
    truth = np.array([[np.inf, np.inf, np.inf, np.inf, 30.0, 30.0]], np.float32)
    predicted = np.array([[np.inf, np.inf, 80.0, np.nan, np.inf, 31.0]], np.float32)
    sky = count_sky(predicted, truth, max_range_m=120.0)
    assert sky == SkyDetection(found=2, missed=2, invented=1)
    assert sky.precision == pytest.approx(2 / 3)
    assert sky.recall == pytest.approx(0.5)
    assert sky.f1 == pytest.approx(4 / 7)


def test_surfaces_beyond_range_count_apart_and_unknown_truth_does_not() -> None:
    truth = np.array([[300.0, 121.0, 120.0, 130.0, 140.0, 0.0, np.nan]], np.float32)
    predicted = np.array([[np.inf, np.inf, np.inf, 119.0, np.nan, np.inf, np.inf]], np.float32)
    sky = count_sky(predicted, truth, max_range_m=120.0)
    assert sky == SkyDetection(invented=1, beyond_found=2, beyond_missed=2)
    assert sky.recall_beyond == 0.5
    assert sky.precision == 0.0


def test_without_sky_there_is_no_score() -> None:
    assert math.isnan(SkyDetection().f1)
    assert math.isnan(SkyDetection().recall_beyond)


def test_the_harder_score_counts_surfaces_beyond_range_as_sky() -> None:
    sky = SkyDetection(found=4, missed=1, invented=1, beyond_found=1, beyond_missed=3)
    assert sky.f1 == pytest.approx(8 / 10)
    assert sky.f1_with_beyond == pytest.approx(10 / 15)
    assert SkyDetection(found=4, missed=1).f1_with_beyond == SkyDetection(found=4, missed=1).f1


def test_counts_add_up() -> None:
    first = SkyDetection(found=1, invented=3, beyond_missed=5)
    second = SkyDetection(found=1, missed=2, beyond_found=4)
    assert first + second == SkyDetection(
        found=2, missed=2, invented=3, beyond_found=4, beyond_missed=5
    )
