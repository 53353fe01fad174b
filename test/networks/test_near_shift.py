from __future__ import annotations

from math import exp

import pytest
import torch

from mt_depth_ros.networks.near_shift import BESIDE_PX, shifted_nearer
from mt_depth_ros.networks.unmeasured import LIDAR_FROM


def shifted(
    depth_m: float, scale_m: float, *, distance_px: float = 0.0, unmeasured: float = 1.0
) -> float:
    given = (
        torch.full((1, 1, 1, 1), value) for value in (depth_m, scale_m, distance_px, unmeasured)
    )
    return shifted_nearer(*given, share=0.3, min_depth_m=0.5).item()


def test_doubt_beside_a_line_is_answered_nearer_by_a_share_of_it() -> None:
    assert shifted(20.0, 4.0) == pytest.approx(20.0 * exp(-0.3 * 4.0 / 20.0))
    assert shifted(20.0, 8.0) < shifted(20.0, 4.0) < shifted(20.0, 0.0) == 20.0


def test_away_from_measurements_depth_stays() -> None:
    assert shifted(20.0, 4.0, distance_px=BESIDE_PX) == pytest.approx(20.0 * exp(-0.03))
    assert shifted(20.0, 4.0, distance_px=5000.0) == pytest.approx(20.0, abs=1e-4)


def test_random_points_all_over_the_image_are_no_lidar() -> None:
    assert shifted(20.0, 4.0, unmeasured=0.0) == 20.0
    assert shifted(20.0, 4.0, unmeasured=LIDAR_FROM / 2) == pytest.approx(20.0 * exp(-0.03))
    assert shifted(20.0, 4.0, unmeasured=LIDAR_FROM) == shifted(20.0, 4.0)


def test_no_answer_is_nearer_than_the_sensor_measures() -> None:
    assert shifted(0.6, 40.0) == 0.5
