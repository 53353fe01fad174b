from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.see_through import drop_see_through, find_see_through, window_for
from mt_depth_ros.core.types import DepthMeasurements

KITTI = RectifiedCamera(width=1242, height=375, fx=721.5, fy=721.5, cx=609.6, cy=172.9)


def measured(*rows: tuple[float, float, float]) -> DepthMeasurements:
    u_px, v_px, depth_m = np.array(rows, np.float32).reshape(-1, 3).T.copy()
    return DepthMeasurements(u_px=u_px, v_px=v_px, depth_m=depth_m)


def test_background_between_points_of_an_object_is_found() -> None:
    car_and_wall = measured((100, 100, 10.0), (104, 100, 10.1), (102, 100, 25.0), (140, 100, 25.0))
    np.testing.assert_array_equal(
        find_see_through(car_and_wall, KITTI), [False, False, True, False]
    )
    kept = drop_see_through(car_and_wall, KITTI)
    np.testing.assert_array_equal(kept.u_px, [100, 104, 140])
    np.testing.assert_array_equal(kept.depth_m, np.array([10.0, 10.1, 25.0], np.float32))


def test_the_window_reaches_two_pixels_to_every_side() -> None:
    for u, v, is_found in [(102, 98, True), (103, 100, False), (100, 103, False)]:
        found = find_see_through(measured((100, 100, 10.0), (u, v, 25.0)), KITTI)
        assert found[1] == is_found


@pytest.mark.parametrize(
    ('near_m', 'far_m', 'is_found'),
    [
        (2.0, 2.6, False),  # 30 % farther, but only 0.6 m
        (2.0, 2.8, True),
        (40.0, 43.9, False),  # 3.9 m farther, but only 9.75 %
        (40.0, 44.1, True),
    ],
)
def test_both_gaps_must_be_exceeded(near_m: float, far_m: float, is_found: bool) -> None:
    assert find_see_through(measured((5, 5, near_m), (6, 5, far_m)), KITTI)[1] == is_found


def test_of_two_points_in_one_pixel_the_hidden_one_is_found() -> None:
    found = find_see_through(measured((5.2, 5.0, 30.0), (4.9, 5.1, 10.0)), KITTI)
    np.testing.assert_array_equal(found, [True, False])


def test_the_border_of_the_image_hides_nothing() -> None:
    corners = measured((0, 0, 50.0), (1241, 374, 60.0))
    assert not find_see_through(corners, KITTI).any()


def test_the_window_grows_with_the_resolution() -> None:
    assert window_for(KITTI) == 5
    assert window_for(KITTI.scaled_to(2484, 750)) == 11
    assert window_for(replace(KITTI, fx=100.0)) == 3


def test_the_ground_stays_to_forty_metres() -> None:
    # From 1.65 m above it, the ground is in row cy + 721.5 * 1.65 / z; rows 0.2 degrees apart.
    row = np.arange(KITTI.cy + 721.5 * 1.65 / 40, 374, 2.5)
    depth_m = 721.5 * 1.65 / (row - KITTI.cy)
    ground = measured(
        *[(u, v, z) for u in range(0, 60, 3) for v, z in zip(row, depth_m, strict=True)]
    )
    assert not find_see_through(ground, KITTI).any()
    assert find_see_through(ground, KITTI, window_px=11).any()


def test_no_measurements_are_no_trouble() -> None:
    assert len(drop_see_through(measured(), KITTI)) == 0


@pytest.mark.parametrize('window_px', [0, 4, -3])
def test_a_window_without_a_centre_is_refused(window_px: int) -> None:
    with pytest.raises(ValueError, match='odd number of pixels'):
        find_see_through(measured((1, 1, 5.0)), KITTI, window_px=window_px)
