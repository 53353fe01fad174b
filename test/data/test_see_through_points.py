"""Background that shows through foreground, as a LiDAR apart from the camera measures it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.measurement_geometry import measured_at
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.see_through_points import SeeThrough


@pytest.fixture
def box_sample(make_sample: Callable[..., DepthSample]) -> DepthSample:
    """A box 5 m away, rows 30 to 59 and columns 40 to 79, before a wall at 20 m."""
    truth_m = np.full((100, 120), 20.0, np.float32)
    truth_m[30:60, 40:80] = 5.0
    return make_sample(
        camera=RectifiedCamera(width=120, height=100, fx=100.0, fy=100.0, cx=59.5, cy=49.5),
        image_rgb=np.zeros((100, 120, 3), np.uint8),
        truth_m=truth_m,
    )


def rows_and_columns_seen_through(
    sample: DepthSample, see_through: SeeThrough
) -> tuple[set[int], set[int]]:
    everywhere = measured_at(sample.truth_m, *np.nonzero(sample.known))
    behind_m = see_through.background_behind(everywhere, sample)
    shows = np.isfinite(behind_m)
    assert (behind_m[shows] == 20.0).all()
    return set(everywhere.v_px[shows].astype(int)), set(everywhere.u_px[shows].astype(int))


def test_a_lidar_above_the_camera_sees_past_the_top_edge(box_sample: DepthSample) -> None:
    rows, columns = rows_and_columns_seen_through(
        box_sample, SeeThrough(lidar_offset_m=(0.0, -0.4, 0.0))
    )
    # 100 px * 0.4 m * (1/5 - 1/20) = 6 pixels below the edge between rows 29 and 30.
    assert rows == set(range(30, 36))
    assert columns == set(range(40, 80))


def test_a_lidar_to_the_right_sees_past_the_right_edge(box_sample: DepthSample) -> None:
    rows, columns = rows_and_columns_seen_through(
        box_sample, SeeThrough(lidar_offset_m=(0.4, 0.0, 0.0))
    )
    assert rows == set(range(30, 60))
    assert columns == set(range(74, 80))


def test_a_lidar_behind_the_camera_sees_past_the_edges_all_around(
    box_sample: DepthSample,
) -> None:
    # Seen from 1 m behind, the box shrinks towards the principal point by
    # 20 px * 1 m * (1/5 - 1/20) = 3 pixels at its sides.
    rows, columns = rows_and_columns_seen_through(
        box_sample, SeeThrough(lidar_offset_m=(0.0, 0.0, -1.0))
    )
    assert {40, 41, 78, 79} <= columns
    assert {58, 59} <= rows


def test_a_road_that_rises_to_the_horizon_hides_nothing(
    make_sample: Callable[..., DepthSample],
) -> None:
    camera = RectifiedCamera(width=60, height=100, fx=100.0, fy=100.0, cx=29.5, cy=-1.0)
    # A road 1.6 m below the camera: depth = 100 * 1.6 / (v + 1).
    truth_m = np.repeat(160.0 / (np.arange(100, dtype=np.float32) + 1.0), 60).reshape(100, 60)
    sample = make_sample(
        camera=camera, truth_m=truth_m, image_rgb=np.zeros((100, 60, 3), np.uint8)
    )
    everywhere = measured_at(truth_m, *np.nonzero(sample.known))
    assert np.isnan(SeeThrough().background_behind(everywhere, sample)).all()


def test_sky_and_unknown_depth_show_nothing(box_sample: DepthSample) -> None:
    truth_m = box_sample.truth_m
    truth_m[:30, :60] = np.inf
    truth_m[:30, 60:] = 0.0
    rows, _ = rows_and_columns_seen_through(box_sample, SeeThrough())
    assert rows == set()


def test_the_share_decides_how_many_show_it(box_sample: DepthSample) -> None:
    top = DepthMeasurements(
        u_px=np.full(1000, 50.0, np.float32),
        v_px=np.full(1000, 31.0, np.float32),
        depth_m=np.full(1000, 5.0, np.float32),
    )
    rng = np.random.default_rng(0)
    degraded = SeeThrough(share=0.3).apply(top, box_sample, rng)
    assert np.mean(degraded.depth_m == 20.0) == pytest.approx(0.3, abs=0.08)
    assert np.mean(degraded.depth_m == 5.0) == pytest.approx(0.7, abs=0.08)


@pytest.mark.parametrize(
    'build',
    [
        lambda: SeeThrough(share=1.5),
        lambda: SeeThrough(max_reach_px=0),
        lambda: SeeThrough(lidar_offset_m=(0.0, float('nan'), 0.0)),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(build: Callable[[], object]) -> None:
    with pytest.raises(ConfigError, match='SeeThrough'):
        build()
