from __future__ import annotations

from math import log

import pytest
import torch

from mt_depth_ros.networks.sky_decision import (
    AROUND_FACTOR,
    BELOW_FACTOR,
    BELOW_PX,
    LEAST_WORTH,
    NEAR_PX,
    sky_decision,
    UNMEASURED_FACTOR,
)
from mt_depth_ros.networks.unmeasured import FAR_PX, unmeasured_share


def decision(
    logit: torch.Tensor, depth: torch.Tensor, distance: torch.Tensor, **costs: float
) -> torch.Tensor:
    return sky_decision(logit, depth, distance, unmeasured_share(logit, distance), **costs)


def decided(logit: float, *, depth_m: float, distance_px: float = 0.0, **costs: float) -> float:
    given = (torch.full((1, 1, 1, 1), value) for value in (logit, depth_m, distance_px))
    costs = {'max_depth_m': 120.0, 'missed_sky_m': 5.0, **costs}
    return decision(*given, **costs).item()


def test_sky_is_answered_where_a_depth_is_expected_to_cost_more() -> None:
    # Beside a measurement a surface at 20 m that is called sky is wrong by 100 m, and a depth in
    # the sky costs 5: sky has to be more than twenty times as likely.
    assert decided(log(19.0), depth_m=20.0) < 0 < decided(log(21.0), depth_m=20.0)
    assert decided(0.0, depth_m=114.0) < 0 < decided(0.0, depth_m=116.0)


def test_a_near_surface_needs_more_than_a_far_one() -> None:
    assert decided(2.0, depth_m=5.0) < decided(2.0, depth_m=80.0)


def test_a_depth_is_worth_less_away_from_measurements() -> None:
    beside = decided(1.0, depth_m=20.0)
    assert decided(1.0, depth_m=20.0, distance_px=NEAR_PX) - beside == pytest.approx(log(2))
    away = decided(1.0, depth_m=20.0, distance_px=FAR_PX)
    assert away - beside == pytest.approx(-log(LEAST_WORTH), abs=1e-5)


def test_found_sky_is_worth_more_in_a_frame_with_unmeasured_surfaces() -> None:
    logit, depth_m = torch.full((1, 1, 1, 4), -1.0), torch.full((1, 1, 1, 4), 20.0)
    logit[..., 3] = 1.0  # believed to be sky: says nothing about how surfaces are measured
    costs = {'max_depth_m': 120.0, 'missed_sky_m': 5.0}
    measured_px = torch.tensor([[[[1.0, 1.0, 1.0, 5000.0]]]])
    partly_px = torch.tensor([[[[1.0, 5000.0, 5000.0, 5000.0]]]])
    # Two frames of one batch do not see each other.
    decisions = decision(
        *(torch.cat([given, given]) for given in (logit, depth_m)),
        torch.cat([measured_px, partly_px]),
        **costs,
    )
    assert decisions[0, 0, 0, 0] == decision(logit, depth_m, measured_px, **costs)[0, 0, 0, 0]
    gained = decisions[1, 0, 0, 0] - decisions[0, 0, 0, 0]
    assert gained.item() == pytest.approx(log(1 + UNMEASURED_FACTOR * 2 / 3), abs=1e-5)


def test_around_and_below_what_a_lidar_measured_sky_is_dearer() -> None:
    logit, depth_m = torch.full((1, 1, 64, 16), -1.0), torch.full((1, 1, 64, 16), 20.0)
    distance_px = torch.full((1, 1, 64, 16), 5000.0)
    nothing = decision(logit, depth_m, distance_px, max_depth_m=120.0, missed_sky_m=5.0)
    distance_px[0, 0, 14, 5] = 0.0
    measured = decision(logit, depth_m, distance_px, max_depth_m=120.0, missed_sky_m=5.0)
    # Its cell reaches over rows 12 to 15 and columns 4 to 7.
    expected = torch.zeros(64, 16)
    expected[8:20, 0:12] = log(AROUND_FACTOR)
    expected[12 : 16 + BELOW_PX, 4:8] += log(BELOW_FACTOR)
    # A measured pixel is worth more in any case, and not in the share of unmeasured ones.
    expected[14, 5] -= log(LEAST_WORTH)
    torch.testing.assert_close((nothing - measured)[0, 0], expected, rtol=0.0, atol=0.01)


def test_below_random_points_all_over_the_image_sky_is_as_dear_as_beside_them() -> None:
    given = torch.full((1, 1, 8, 8), 2.0), torch.full((1, 1, 8, 8), 20.0)
    alone_px, full_px = torch.full((1, 1, 8, 8), 1.0), torch.full((1, 1, 8, 8), 1.0)
    full_px[0, 0, 0, 0] = 0.0
    costs = {'max_depth_m': 120.0, 'missed_sky_m': 5.0}
    assert torch.equal(
        decision(*given, full_px, **costs)[..., 1:, 1:],
        decision(*given, alone_px, **costs)[..., 1:, 1:],
    )


def test_a_frame_that_is_all_sky_or_without_measurement_gets_finite_answers() -> None:
    for logit in (-9.0, 9.0):
        assert abs(decided(logit, depth_m=20.0, distance_px=5000.0)) < 20.0


def test_depth_at_the_end_of_the_range_is_finite() -> None:
    assert decided(0.0, depth_m=120.0) == pytest.approx(log(50.0), abs=1e-5)
