from __future__ import annotations

import math

import numpy as np

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.pipeline.ring_gap import ring_gap_px, strip_numbers, strip_width_px

# 0.5 degrees are 6 pixels.
CAMERA = RectifiedCamera(width=600, height=200, fx=721.5, fy=721.5, cx=299.5, cy=99.5)


def rings(rows_px: np.ndarray, *, step_px: float = 2.0) -> DepthMeasurements:
    """Level lines of points across the image."""
    v_px, u_px = np.meshgrid(rows_px, np.arange(0, 600, step_px), indexing='ij')
    return DepthMeasurements(
        u_px=u_px.ravel().astype(np.float32),
        v_px=v_px.ravel().astype(np.float32),
        depth_m=np.full(u_px.size, 10.0, np.float32),
    )


def test_the_gap_is_that_between_rings_not_between_points_of_one() -> None:
    assert ring_gap_px(rings(np.arange(5, 200, 12.5)), CAMERA) == 12.5


def test_unequal_gaps_give_their_median() -> None:
    # Gaps 4, 4, 4, 9, 9.
    assert ring_gap_px(rings(np.array([10, 14, 18, 22, 31, 40])), CAMERA) == 4.0


def test_a_hole_without_returns_is_no_gap() -> None:
    # Gaps of 8 but for one of 96.
    assert ring_gap_px(rings(np.array([8, 16, 24, 120, 128, 136])), CAMERA) == 8.0


def test_a_single_ring_has_no_gap() -> None:
    assert ring_gap_px(rings(np.array([50.0])), CAMERA) == math.inf


def test_dense_depth_has_no_gap() -> None:
    assert ring_gap_px(rings(np.arange(200.0), step_px=1.0), CAMERA) == math.inf


def test_strips_are_half_a_degree_wide_and_cover_the_image() -> None:
    assert strip_width_px(CAMERA) == 6.0
    measurements = DepthMeasurements(
        u_px=np.array([-0.4, 0.0, 5.9, 6.0, 599.4], np.float32),
        v_px=np.zeros(5, np.float32),
        depth_m=np.ones(5, np.float32),
    )
    np.testing.assert_array_equal(strip_numbers(measurements, CAMERA), [0, 0, 0, 1, 99])
