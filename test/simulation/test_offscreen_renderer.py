from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('mujoco', reason="needs the 'sim' extra")

import mujoco

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.simulation.offscreen_renderer import pixel_rays, Window

OFF_CENTRE = RectifiedCamera(width=400, height=300, fx=250.0, fy=310.0, cx=130.0, cy=190.0)


def test_a_window_reaches_half_a_pixel_beyond_the_outer_centres() -> None:
    window = Window.of_camera(OFF_CENTRE)
    assert window.left == pytest.approx(-130.5 / 250)
    assert window.right == pytest.approx((399.5 - 130) / 250)
    assert window.top == pytest.approx(-190.5 / 310)
    assert window.bottom == pytest.approx((299.5 - 190) / 310)


def test_depth_at_a_pixel_is_where_the_ray_through_its_centre_ends(simulator) -> None:
    world = simulator.world
    world.move_to(1.0)
    pose = world.vehicle_pose(1.0) @ simulator.vehicle_from_camera
    simulator.renderer.look(pose, Window.of_camera(OFF_CENTRE))
    surfaces = simulator.renderer.surfaces()
    assert surfaces.geom.shape == (300, 400)
    rng = np.random.default_rng(0)
    rays = pixel_rays(OFF_CENTRE)
    groups = np.array([1, 1, 1, 0, 0, 0], dtype=np.uint8)
    errors = []
    for row, column in zip(rng.integers(0, 300, 300), rng.integers(0, 400, 300), strict=True):
        geom, normal = np.zeros(1, dtype=np.int32), np.zeros(3)
        depth = mujoco.mj_ray(
            world.model, world.data, pose.translation_m, pose.rotation @ rays[row, column],
            groups, True, -1, geom, normal,
        )  # fmt: skip
        if surfaces.geom[row, column] >= 0 and depth > 0:
            errors.append(abs(1 / surfaces.inverse_depth[row, column] - depth) / depth)
    errors = np.array(errors)
    # Far details and faces seen from behind are left out of the picture, not of the rays.
    assert np.median(errors) < 1e-4
    assert np.mean(errors < 1e-3) > 0.8


def test_the_z_buffer_resolves_far_ground_to_a_centimetre(frame, simulator) -> None:
    far = (frame.depth_m > 80) & (frame.depth_m < 300)
    depth = np.unique(frame.depth_m[far])
    gaps = np.diff(depth)
    assert np.median(gaps) < 0.01


def test_the_sky_has_no_surface(frame) -> None:
    sky = (frame.class_rgb == [90, 200, 255]).all(axis=2)
    assert np.isinf(frame.depth_m[sky]).all()
    assert np.isfinite(frame.depth_m[~sky]).all()


def test_a_window_larger_than_the_renderer_is_refused(simulator) -> None:
    window = Window(width_px=9000, height_px=10, left=-1, right=1, top=-1, bottom=1)
    with pytest.raises(ValueError, match='expected at most 1242 x 375 pixels, got 9000 x 10'):
        simulator.renderer.look(simulator.vehicle_from_camera, window)
