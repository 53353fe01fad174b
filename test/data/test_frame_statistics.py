"""Figures of one frame, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.frame_statistics import DEPTH_EDGES_M, frame_statistics
from mt_depth_ros.data.sample import DepthSample


def test_depth_sky_and_instances_are_counted(make_sample: Callable[..., DepthSample]) -> None:
    truth_m = np.full((20, 40), 12.0, np.float32)
    truth_m[:5] = np.inf
    truth_m[5:10] = 0.0
    truth_m[10:15] = 35.0
    ids = np.zeros((20, 40), np.int32)
    ids[0, :7], ids[1, :3] = 4, 9
    figures = frame_statistics(make_sample(truth_m=truth_m, instance_ids=ids))
    assert figures.size == (20, 40)
    assert figures.known_share == 0.5
    assert figures.sky_share == 0.25
    counted = dict(zip(DEPTH_EDGES_M, figures.depth_counts.tolist(), strict=False))
    assert {edge: n for edge, n in counted.items() if n} == {10.0: 200, 30.0: 200}
    assert figures.median_depth_m == pytest.approx((12 + 35) / 2)
    assert figures.instance_pixels == (7, 3)
    assert np.isnan(figures.measured_share)
    assert np.isnan(figures.in_view_share)


def test_without_truth_the_measurements_are_counted(
    make_sample: Callable[..., DepthSample],
) -> None:
    measurements = DepthMeasurements(
        u_px=np.array([1.0, 1.2, 5.0, 9.0], np.float32),
        v_px=np.array([2.0, 2.0, 2.0, 2.0], np.float32),
        depth_m=np.array([3.0, 4.0, 50.0, 70.0], np.float32),
    )
    figures = frame_statistics(
        make_sample(truth_m=np.zeros((20, 40), np.float32), measurements=measurements)
    )
    assert figures.known_share == 0.0
    assert figures.measured_share == 3 / 800, 'two of the four share a pixel'
    assert figures.depth_counts.sum() == 4
    assert figures.median_depth_m == 27.0
    assert figures.instance_pixels is None


def test_the_share_of_a_scan_in_view_is_told(make_sample: Callable[..., DepthSample]) -> None:
    # Optical axes: two points ahead, one behind, one far to the side.
    points_m = np.array([[0, 0, 5], [1, 0, 8], [0, 0, -5], [50, 0, 5]], np.float32)
    scan = LidarScan(points_m=points_m, stamp_ns=0, frame_id='lidar')
    figures = frame_statistics(make_sample(scan=scan, camera_from_lidar=RigidTransform.identity()))
    assert figures.in_view_share == 0.5
    assert figures.measured_share == 2 / 800


def test_a_frame_without_any_depth_has_no_median(
    make_sample: Callable[..., DepthSample],
) -> None:
    figures = frame_statistics(make_sample(truth_m=np.zeros((20, 40), np.float32)))
    assert np.isnan(figures.median_depth_m)
    assert not figures.depth_counts.any()
