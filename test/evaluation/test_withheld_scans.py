from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.evaluation.withheld_scans import WithheldScans
from mt_depth_ros.evaluation.withholding import RingWithholding

CAMERA_FROM_LIDAR = RigidTransform(
    np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]), np.zeros(3)
)


def with_points(sample: DepthSample, seen: list[tuple[int, int, float, int]]) -> DepthSample:
    """A frame whose scan falls on (row, column) at a depth, from a ring."""
    camera = sample.camera
    points = [
        (depth, -(column - camera.cx) / camera.fx * depth, -(row - camera.cy) / camera.fy * depth)
        for row, column, depth, _ in seen
    ]
    scan = LidarScan(
        points_m=np.array(points, np.float32),
        stamp_ns=0,
        frame_id='lidar',
        ring=np.array([ring for *_, ring in seen], np.int32),
    )
    return replace(sample, scan=scan, camera_from_lidar=CAMERA_FROM_LIDAR)


def test_withheld_points_become_the_truth_and_the_rest_stays_input(
    car_frame: DepthSample, make_dataset: Callable[..., DepthDataset]
) -> None:
    points = [(8, 5, 20.0, 0), (8, 20, 21.0, 1), (16, 40, 9.0, 2), (16, 8, 10.0, 3)]
    dataset = WithheldScans(make_dataset(with_points(car_frame, points)), RingWithholding(every=2))
    sample = dataset[0]
    assert sample.scan is not None
    assert sample.scan.ring is not None
    assert sample.scan.ring.tolist() == [1, 3]
    assert sample.truth_m[sample.known].tolist() == pytest.approx([20.0, 9.0])
    assert dataset.identities == make_dataset(car_frame).identities


def test_a_withheld_point_that_shows_through_the_kept_ones_is_no_truth(
    car_frame: DepthSample, make_dataset: Callable[..., DepthDataset]
) -> None:
    # Ring 0 sees the wall between two points of ring 1 on the car.
    points = [(15, 20, 20.0, 0), (14, 20, 8.0, 1), (16, 20, 8.0, 1), (15, 40, 20.0, 0)]
    sample = WithheldScans(make_dataset(with_points(car_frame, points)), RingWithholding(every=2))[
        0
    ]
    assert np.argwhere(sample.known).tolist() == [[15, 40]]


def test_a_frame_without_a_scan_says_what_to_do(
    make_dataset: Callable[..., DepthDataset],
) -> None:
    with pytest.raises(DataFileError, match=r'expected a LiDAR scan.*leave out --withhold'):
        WithheldScans(make_dataset(), RingWithholding(every=2))[0]
