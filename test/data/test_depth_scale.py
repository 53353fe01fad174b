"""Depth in the wrong unit is found out by what is known of the scene."""

from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.depth_scale import (
    check_lidar_range,
    check_measurements,
    check_nearest_surface,
    check_objects,
)
from mt_depth_ros.data.virtual_kitti2_texts import ObjectsInView

CAMERA = RectifiedCamera(width=1242, height=375, fx=725.0087, fy=725.0087, cx=620.5, cy=187.0)


def road(scale: float = 1.0) -> np.ndarray:
    """A road 1.6 m below the camera, under a sky."""
    rows_below = np.maximum(np.arange(375) - 187.0, 1e-9)
    depth_m = np.where(np.arange(375) > 187, scale * 1.6 * 725.0087 / rows_below, np.inf)
    return np.repeat(depth_m.astype(np.float32), 1242).reshape(375, 1242)


@pytest.mark.parametrize('scale', [1.0, 0.5, 2.0])
def test_a_road_below_the_camera_is_plausible(scale: float) -> None:
    check_nearest_surface(road(scale), CAMERA, where='depth.png')


@pytest.mark.parametrize('scale', [10.0, 0.01])
def test_a_road_ten_times_too_far_or_under_the_nose_is_not(scale: float) -> None:
    # The lowest row shows the road at 1.6 m * 725 / 187 = 6.2 m; five times that is 31 m.
    with pytest.raises(DataFileError, match=r'depth.png: expected .* between 0.3 and 31 m'):
        check_nearest_surface(road(scale), CAMERA, where='depth.png')


def four_cars(scale: float) -> tuple[np.ndarray, np.ndarray, ObjectsInView]:
    depth_m = np.full((100, 200), 60.0, np.float32)
    ids = np.zeros((100, 200), np.int32)
    for number, car_m in enumerate((8.0, 15.0, 25.0, 40.0), start=1):
        ids[20:40, 40 * number : 40 * number + 20] = number
        depth_m[ids == number] = car_m * scale
    objects = ObjectsInView(
        instance_ids=np.array([1.0, 2.0, 3.0, 4.0]),
        extent_m=np.full(4, 4.0),
        depth_m=np.array([10.0, 17.0, 27.0, 42.0]),
    )
    return depth_m, ids, objects


def test_objects_where_their_poses_say_are_plausible() -> None:
    depth_m, ids, objects = four_cars(1.0)
    check_objects(depth_m, ids, objects, where='depth.png')


@pytest.mark.parametrize('scale', [2.56, 10.0, 0.1])
def test_objects_elsewhere_are_not(scale: float) -> None:
    depth_m, ids, objects = four_cars(scale)
    with pytest.raises(DataFileError, match=r'depth.png: expected objects as far away as pose'):
        check_objects(depth_m, ids, objects, where='depth.png')


def test_two_objects_are_too_few_to_judge() -> None:
    depth_m, ids, objects = four_cars(10.0)
    ids[ids > 2] = 0
    check_objects(depth_m, ids, objects, where='depth.png')


def test_depth_beyond_a_lidars_reach_is_refused() -> None:
    depth_m = np.zeros((4, 4), np.float32)
    with pytest.raises(DataFileError, match='got no depth at all'):
        check_lidar_range(depth_m, where='velodyne.png')
    depth_m[0, 0] = 80.0
    check_lidar_range(depth_m, where='velodyne.png')
    depth_m[0, 0] = 200.0  # 51.2 m in millimetres, read as 1/256 m
    with pytest.raises(DataFileError, match=r'velodyne.png: expected LiDAR depth up to 130 m'):
        check_lidar_range(depth_m, where='velodyne.png')


def measured(depth_m: float, number: int) -> DepthMeasurements:
    return DepthMeasurements(
        u_px=np.linspace(0, 99, number).astype(np.float32),
        v_px=np.full(number, 5.0, np.float32),
        depth_m=np.full(number, depth_m, np.float32),
    )


def test_a_truth_of_another_scale_than_the_measurements_is_refused() -> None:
    truth_m = np.full((10, 100), 20.0, np.float32)
    check_measurements(truth_m, measured(20.5, 60), where='depth.png')
    with pytest.raises(DataFileError, match=r'a truth 2.56 times as far away'):
        check_measurements(truth_m * np.float32(2.56), measured(20.0, 60), where='depth.png')


def test_too_few_pixels_in_common_are_no_verdict() -> None:
    truth_m = np.full((10, 100), 20.0, np.float32)
    check_measurements(truth_m, measured(2.0, 49), where='depth.png')
    truth_m[:, 30:] = np.inf
    check_measurements(truth_m, measured(2.0, 60), where='depth.png')
