from __future__ import annotations

import cv2
import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.pipeline.image_edges import SmallImage
from mt_depth_ros.pipeline.image_motion import flow_of_unit_motions, measure_motion

CAMERA = RectifiedCamera(width=320, height=160, fx=360.0, fy=360.0, cx=159.5, cy=79.5)


def textured() -> np.ndarray:
    rng = np.random.default_rng(1)
    return cv2.GaussianBlur(rng.integers(0, 255, (160, 320), np.uint8), (0, 0), 2.0) * 2


def measured(depth_m: float) -> DepthMeasurements:
    u, v = np.meshgrid(np.arange(5, 315, 3), np.arange(5, 155, 3))
    return DepthMeasurements(
        u_px=u.ravel().astype(np.float32),
        v_px=v.ravel().astype(np.float32),
        depth_m=np.full(u.size, depth_m, np.float32),
    )


def test_flow_of_each_motion_at_a_place_worked_out_by_hand() -> None:
    slopes, depth_m = np.array([[0.5, 0.25]], np.float32), np.array([4.0], np.float32)
    (flow,) = flow_of_unit_motions(slopes, depth_m)
    np.testing.assert_allclose(flow[0], [-0.125, 1.25, -0.25, 0.25, 0.0, -0.125])
    np.testing.assert_allclose(flow[1], [-1.0625, 0.125, 0.5, 0.0, 0.25, -0.0625])


def test_a_turn_of_the_view_is_measured() -> None:
    after, turn = textured(), np.radians(1.0)
    # What is seen now was seen where a turn back about y leads to.
    u, v = np.meshgrid(np.arange(320.0), np.arange(160.0))
    x, y = (u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy
    back = cv2.Rodrigues(np.array([0.0, turn, 0.0]))[0]
    seen = np.stack([x, y, np.ones_like(x)], axis=-1) @ back.T
    map_u = (seen[..., 0] / seen[..., 2] * CAMERA.fx + CAMERA.cx).astype(np.float32)
    map_v = (seen[..., 1] / seen[..., 2] * CAMERA.fy + CAMERA.cy).astype(np.float32)
    before = cv2.remap(after, map_u, map_v, cv2.INTER_LINEAR)
    motion = measure_motion(
        SmallImage(grey=before, camera=CAMERA),
        SmallImage(grey=after, camera=CAMERA),
        measured(20.0),
        elapsed_s=0.1,
    )
    assert motion is not None
    assert motion.turn_rate_degps == pytest.approx(10.0, abs=0.5)
    assert np.degrees(motion.turn_radps[1]) == pytest.approx(10.0, abs=0.5)


def test_a_thing_that_stands_still_in_the_moving_view_is_an_exception() -> None:
    after = textured()
    before = np.roll(after, -6, axis=1)  # the scene moves 6 pixels to the right
    before[60:140, 120:220] = after[60:140, 120:220]
    points = measured(20.0)
    inside = (np.abs(points.u_px - 170) < 50) & (np.abs(points.v_px - 100) < 40)
    near = DepthMeasurements(
        u_px=points.u_px,
        v_px=points.v_px,
        depth_m=np.where(inside, 8.0, 20.0).astype(np.float32),
    )
    motion = measure_motion(
        SmallImage(grey=before, camera=CAMERA),
        SmallImage(grey=after, camera=CAMERA),
        near,
        elapsed_s=0.1,
    )
    assert motion is not None
    slopes = np.array([[10 / 360, 20 / 360], [-0.3, 0.0]], np.float32)
    on_it, beside = motion.flow(slopes, np.array([8.0, 20.0], np.float32))
    assert beside[0] * 360 / 10 == pytest.approx(6, abs=1)
    assert on_it[0] * 360 / 10 == pytest.approx(0, abs=1)


def test_images_that_have_nothing_in_common_have_no_motion() -> None:
    noise = np.random.default_rng(2).integers(0, 255, (2, 160, 320), np.uint8)
    before, after = (SmallImage(grey=each, camera=CAMERA) for each in noise)
    assert measure_motion(before, after, measured(20.0), elapsed_s=0.1) is None


def test_a_plain_wall_has_no_motion() -> None:
    wall = SmallImage(grey=np.full((160, 320), 90, np.uint8), camera=CAMERA)
    assert measure_motion(wall, wall, measured(20.0), elapsed_s=0.1) is None
