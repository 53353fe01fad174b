"""Measurements that miss the image are explained, the likely cause first."""

from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.sensors import LidarScan, SparseDepthImage
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.pipeline.depth_image_check import check_depth_unit
from mt_depth_ros.pipeline.view_check import DepthRange, report_view, ViewReport

CAMERA = RectifiedCamera(width=64, height=48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
# A LiDAR with x forward, y left, z up, 1 m behind the camera: its x is the camera's z.
OPTICAL_FROM_BODY = RigidTransform(
    np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]), np.array([0.0, 0.0, -1.0])
)


def wall(distance_m: float = 10.0) -> np.ndarray:
    """400 points on a wall in front of the LiDAR."""
    y, z = np.meshgrid(np.linspace(-2, 2, 20), np.linspace(-2, 2, 20))
    return np.stack([np.full_like(y, distance_m), y, z], axis=-1).reshape(-1, 3).astype('f4')


def report(transform: RigidTransform, points_m: np.ndarray | None = None) -> ViewReport:
    scan = LidarScan(
        points_m=wall() if points_m is None else points_m, stamp_ns=1, frame_id='lidar'
    )
    return report_view(
        scan, transform, CAMERA, DepthRange(min_m=0.5, max_m=120.0), camera_frame='camera'
    )


def test_a_right_extrinsic_has_its_points_in_view() -> None:
    found = report(OPTICAL_FROM_BODY)
    assert found.got == '400 of 400 points, 0% of them behind the camera'
    assert "'lidar'" in found.where and "'camera'" in found.where
    assert 'x 0.00, y 0.00, z -1.00 m' in found.where
    assert 'pointing to the camera\'s "forward"' in found.where


def test_an_inverted_extrinsic_is_called_so() -> None:
    found = report(OPTICAL_FROM_BODY.inverse())
    assert found.got.startswith('none of 400 points')
    assert 'the extrinsic looks inverted' in found.remedy
    assert 'would bring 400 points into view' in found.remedy


def test_a_body_frame_in_the_place_of_the_optical_one_is_called_so() -> None:
    # base_link-like axes: the LiDAR's x is the "camera's" x.
    found = report(RigidTransform(np.eye(3), np.array([-1.0, 0.0, 0.0])))
    assert found.got.startswith('none of 400 points')
    assert 'use the optical frame' in found.remedy
    assert 'pointing to the camera\'s "right"' in found.where


def test_a_cloud_in_millimetres_is_called_so() -> None:
    found = report(OPTICAL_FROM_BODY, wall() * np.float32(1000))
    assert 'the points look like millimetres' in found.remedy


def test_without_a_likely_cause_everything_is_named() -> None:
    # Far above the camera: neither way round does the wall come into view.
    found = report(RigidTransform(OPTICAL_FROM_BODY.rotation, np.array([0.0, -500.0, 0.0])))
    for text in ('/tf_static', 'static_transforms', 'optical frame'):
        assert text in found.remedy


def test_points_behind_the_camera_are_counted() -> None:
    points_m = np.concatenate([wall(10.0)[:100], wall(-10.0)[:300]])
    assert '75% of them behind the camera' in report(OPTICAL_FROM_BODY, points_m).got


def test_an_empty_scan_is_no_error() -> None:
    assert report(OPTICAL_FROM_BODY, np.zeros((0, 3), np.float32)).got == 'none of 0 points'


def depth_image(value: float, others: float = 0.0) -> SparseDepthImage:
    depth_m = np.zeros((4, 8), np.float32)
    depth_m[:2], depth_m[3, 0] = value, others
    return SparseDepthImage(depth_m=depth_m, stamp_ns=1, frame_id='camera')


@pytest.mark.parametrize('millimetres', [700.0, 10_000.0, 80_000.0])
def test_millimetres_declared_as_metres_are_refused(millimetres) -> None:
    with pytest.raises(SensorInputError, match='looks like millimetres') as caught:
        # One pixel that would pass as metres does not save the frame.
        check_depth_unit(depth_image(millimetres, 60.0), min_depth_m=0.5, max_depth_m=120.0)
    assert caught.value.reason == 'depth_unit'
    assert '16UC1' in caught.value.remedy


@pytest.mark.parametrize('metres', [0.0, 0.6, 10.0, 119.0, 130.0, 499.0])
def test_metres_pass(metres) -> None:
    check_depth_unit(depth_image(metres), min_depth_m=0.5, max_depth_m=120.0)


@pytest.mark.parametrize('metres', [12.0, 40.0, 65.0, 99.0])
def test_metres_beyond_a_short_range_pass_though_no_depth_is_too_near(metres: float) -> None:
    check_depth_unit(depth_image(metres, 3.0), min_depth_m=0.0, max_depth_m=10.0)


def test_millimetres_are_refused_though_no_depth_is_too_near() -> None:
    with pytest.raises(SensorInputError, match='looks like millimetres'):
        check_depth_unit(depth_image(700.0), min_depth_m=0.0, max_depth_m=10.0)
