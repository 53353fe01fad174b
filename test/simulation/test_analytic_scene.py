from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.simulation.analytic_scene import (
    AnalyticScene,
    Box,
    CAMERA_AXES_FROM_WORLD_AXES,
    GROUND,
    SKY,
    spinning_lidar_rays,
)

CAMERA = RectifiedCamera(width=41, height=31, fx=20.0, fy=20.0, cx=20.0, cy=15.0)
EYE = np.array([0.0, 0.0, 1.5])
LOOKING_AHEAD = RigidTransform(CAMERA_AXES_FROM_WORLD_AXES.T, EYE)
BOX = Box(
    centre_m=(11.0, 0.0, 1.0), size_m=(2.0, 3.8, 2.0), colour_rgb=(9, 9, 9), is_foreground=True
)


def test_rays_meet_ground_box_and_sky_where_geometry_says() -> None:
    directions = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, -0.25], [0.0, 0.0, 1.0]])
    hits = AnalyticScene(boxes=(BOX,)).cast(EYE, directions, 0.0)
    # Ahead: the face of the box at x = 10. Down by 1 in 4 from 1.5 m: the ground after 6 m.
    assert hits.distance.tolist() == pytest.approx([10.0, 6.0, np.inf])
    assert hits.surface.tolist() == [1, GROUND, SKY]
    assert hits.normals[0].tolist() == [-1.0, 0.0, 0.0]


def test_depth_is_along_the_optical_axis_not_along_the_ray() -> None:
    view = AnalyticScene(boxes=(BOX,)).view(CAMERA, LOOKING_AHEAD, 0.0)
    # The box's face spans y = -1.9..1.9 at x = 10: columns 20 +- 3.8, all at the same depth.
    assert view.depth_m[15, 17:24].tolist() == [10.0] * 7
    assert view.foreground[15].nonzero()[0].tolist() == list(range(17, 24))
    # Row 30 looks down by 15 in 20: the ground at 1.5 * 20 / 15 = 2 m.
    assert view.depth_m[30, 0] == pytest.approx(2.0)
    assert np.isinf(view.depth_m[0]).all()


def test_a_moving_box_moves() -> None:
    scene = AnalyticScene(
        boxes=(Box(centre_m=(11, 0, 1), size_m=(2, 4, 2), colour_rgb=(9, 9, 9), speed_mps=3.0),)
    )
    assert scene.view(CAMERA, LOOKING_AHEAD, 2.0).depth_m[15, 20] == pytest.approx(16.0)


def test_a_scan_projected_into_the_camera_agrees_with_its_depth() -> None:
    scene = AnalyticScene()
    camera = RectifiedCamera(width=621, height=188, fx=362.5, fy=362.5, cx=310.0, cy=93.0)
    world_from_lidar = RigidTransform(np.eye(3), np.array([-0.27, 0.0, 1.58]))
    world_from_camera = RigidTransform(CAMERA_AXES_FROM_WORLD_AXES.T, EYE)
    rays, _ = spinning_lidar_rays(
        np.linspace(2.0, -24.8, 64), azimuth_step_deg=0.2, field_of_view_deg=100.0
    )
    seen = project_scan(
        scene.scan(world_from_lidar, rays, 0.0),
        world_from_camera.inverse() @ world_from_lidar,
        camera,
    ).measurements
    depth_m = scene.view(camera, world_from_camera, 0.0).depth_m
    row = np.rint(seen.v_px).clip(0, 187).astype(int)
    truth = depth_m[row, np.rint(seen.u_px).clip(0, 620).astype(int)]
    measured_m, truth = seen.depth_m[np.isfinite(truth)], truth[np.isfinite(truth)]
    relative = np.abs(measured_m - truth) / truth
    assert len(seen) > 10_000
    assert np.median(relative) < 0.004
    # The LiDAR sits elsewhere than the camera: some background shows through foreground.
    assert 0 < np.mean(measured_m > 1.1 * truth) < 0.05


def test_rays_cover_each_ring_once_around() -> None:
    rays, ring = spinning_lidar_rays(np.array([0.0, -10.0]), azimuth_step_deg=90.0)
    assert rays.shape == (8, 3)
    assert ring.tolist() == [0] * 4 + [1] * 4
    assert np.linalg.norm(rays, axis=1).tolist() == pytest.approx([1.0] * 8)
    assert rays[4:, 2].tolist() == pytest.approx([np.sin(np.radians(-10.0))] * 4)
