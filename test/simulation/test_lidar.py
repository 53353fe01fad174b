from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('mujoco', reason="needs the 'sim' extra")

import mujoco

from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.simulation.config import LidarConfig
from mt_depth_ros.simulation.lidar import elevations_deg, SpinningLidar
from mt_depth_ros.simulation.offscreen_renderer import OffscreenRenderer

EXACT = LidarConfig(columns=360, range_noise_m=0.0, angle_noise_deg=0.0, dropout=0.0)


@pytest.fixture(scope='module')
def renderer(simulator, gl_context):
    """Room for the tall windows of a sensor that looks far down."""
    made = OffscreenRenderer(simulator.world, 700, 500, gl_context)
    yield made
    made.close()


def sweep_of(simulator, renderer, config, seed=0, speed_mps=0.0):
    simulator.world.move_to(1.0)
    pose = simulator.world.vehicle_pose(1.0) @ simulator.vehicle_from_lidar
    lidar = SpinningLidar(simulator.world, config)
    rng = np.random.default_rng(seed)
    return lidar.sweep(renderer, pose, rng, speed_mps=speed_mps), pose


def test_sixty_four_beams_lie_as_an_hdl_64es() -> None:
    elevations = elevations_deg(64)
    assert len(elevations) == 64
    # 32 beams every 1/3 degree down from +2, then 32 every 1/2 degree from 2 - 31/3.
    assert elevations[-1] == pytest.approx(2.0)
    assert elevations[32] == pytest.approx(2.0 - 31 / 3)
    assert elevations[0] == pytest.approx(2.0 - 31 / 3 - 16.0)


def test_smaller_sensors_have_their_makers_fields_of_view() -> None:
    assert elevations_deg(32)[[0, -1]].tolist() == [-30.67, 10.67]
    assert elevations_deg(16)[[0, -1]].tolist() == [-15.0, 15.0]
    assert elevations_deg(8).tolist() == elevations_deg(16)[::2].tolist()


def test_rendered_ranges_agree_with_rays_cast_one_by_one(simulator, renderer) -> None:
    sweep, pose = sweep_of(simulator, renderer, EXACT)
    chosen = np.random.default_rng(1).choice(len(sweep.points_m), 400, replace=False)
    points = sweep.points_m[chosen].astype(np.float64)
    ranges = np.linalg.norm(points, axis=1)
    world = simulator.world
    groups = np.array([1, 1, 1, 0, 0, 0], dtype=np.uint8)
    geom, normal = np.zeros(1, dtype=np.int32), np.zeros(3)
    cast = np.array(
        [
            mujoco.mj_ray(
                world.model, world.data, pose.translation_m, pose.rotation @ (p / r), groups,
                True, -1, geom, normal,
            )
            for p, r in zip(points, ranges, strict=True)
        ]
    )  # fmt: skip
    error = np.abs(cast - ranges)
    # Beams that graze an edge may fall to either side of it: foliage is full of edges.
    assert np.median(error) < 0.003
    assert np.mean(error < 0.03) > 0.85


def test_a_sweep_follows_its_generator(simulator, renderer) -> None:
    one, _ = sweep_of(simulator, renderer, LidarConfig())
    again, _ = sweep_of(simulator, renderer, LidarConfig())
    other, _ = sweep_of(simulator, renderer, LidarConfig(), seed=5)
    assert one.points_m.tobytes() == again.points_m.tobytes()
    assert one.points_m.tobytes() != other.points_m.tobytes()


@pytest.mark.parametrize('beams', [8, 16, 32, 64])
def test_rings_count_from_the_lowest_beam_up(simulator, renderer, beams) -> None:
    sweep, _ = sweep_of(simulator, renderer, replace(EXACT, beams=beams))
    flat = np.linalg.norm(sweep.points_m[:, :2], axis=1)
    elevation = np.rad2deg(np.arctan2(sweep.points_m[:, 2], flat))
    assert elevation == pytest.approx(elevations_deg(beams)[sweep.ring], abs=1e-3)


def test_time_runs_through_the_turn_clockwise(simulator, renderer) -> None:
    sweep, _ = sweep_of(simulator, renderer, EXACT)
    azimuth = np.arctan2(sweep.points_m[:, 1], sweep.points_m[:, 0])
    # Half a turn is half of 0.1 s; the stamp is its middle, when the sensor looks ahead.
    assert sweep.time_s == pytest.approx(-azimuth / (2 * np.pi) * 0.1, abs=1e-4)


def test_losses_grow_with_the_share_of_dropouts(simulator, renderer) -> None:
    full, _ = sweep_of(simulator, renderer, EXACT)
    half, _ = sweep_of(simulator, renderer, replace(EXACT, dropout=0.5))
    assert len(half.points_m) == pytest.approx(0.5 * len(full.points_m), rel=0.05)


def test_motion_shifts_points_by_the_way_driven_since_the_stamp(simulator, renderer) -> None:
    still, _ = sweep_of(simulator, renderer, EXACT)
    distorted = replace(EXACT, motion_distortion=True)
    moving, _ = sweep_of(simulator, renderer, distorted, speed_mps=10.0)
    shift = moving.points_m[:, 0] - still.points_m[:, 0]
    assert shift == pytest.approx(-10.0 * still.time_s, abs=1e-4)


def test_wide_beams_report_ranges_between_both_sides_of_an_edge(simulator, renderer) -> None:
    thin, _ = sweep_of(simulator, renderer, EXACT)
    wide, _ = sweep_of(simulator, renderer, replace(EXACT, beam_divergence_deg=0.4))
    assert len(wide.points_m) == pytest.approx(len(thin.points_m), rel=0.05)
    assert wide.points_m.tobytes() != thin.points_m.tobytes()


def test_the_own_roof_hides_the_ground_right_beside_the_car(simulator, renderer) -> None:
    sweep, pose = sweep_of(simulator, renderer, EXACT)
    assert isinstance(pose, RigidTransform)
    steep_ahead = (sweep.ring < 4) & (np.abs(sweep.points_m[:, 1]) < 0.5)
    assert not (steep_ahead & (sweep.points_m[:, 0] > 0)).any()
