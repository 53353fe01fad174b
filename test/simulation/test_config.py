from __future__ import annotations

from pathlib import Path

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.kept_for_testing import TEST_SEED
from mt_depth_ros.simulation.config import (
    CameraConfig,
    DatasetFormat,
    LidarConfig,
    SimulationConfig,
    stamp_ns,
)


def test_the_camera_is_virtual_kitti_2s_unless_told_otherwise() -> None:
    camera = CameraConfig().pinhole
    assert (camera.width, camera.height) == (1242, 375)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (725.0087, 725.0087, 620.5, 187.0)


def test_a_field_of_view_gives_square_pixels_about_the_middle() -> None:
    camera = CameraConfig.of_view(960, 608, 90.0, height_m=2.0).pinhole
    assert (camera.width, camera.height, camera.cx, camera.cy) == (960, 608, 479.5, 303.5)
    assert camera.fx == camera.fy == pytest.approx(480.0)


def test_without_a_field_of_view_the_default_one_is_stretched() -> None:
    assert CameraConfig.of_view(621, 375) == CameraConfig(
        width=621, fx=725.0087 / 2, cx=310.0, fy=725.0087, cy=187.0
    )


def test_the_seed_kept_for_testing_is_refused_for_training() -> None:
    with pytest.raises(ConfigError, match='kept for testing'):
        SimulationConfig(output=Path('x'), seed=TEST_SEED)
    SimulationConfig(output=Path('x'), seed=TEST_SEED, for_testing=True)


def test_a_bag_whose_stamps_would_not_fit_into_ros_is_refused_before_it_is_rendered() -> None:
    # 1.6e9 s and 1e5 s a scene: scene 5474 begins at 2147400000 s, 83647 s before 2**31 s.
    assert stamp_ns(5474, 3, frame_rate_hz=10.0) == 2_147_400_000_300_000_000
    for first_scene, scenes in ((5474, 1), (5470, 5)):
        SimulationConfig(
            output=Path('x'),
            format=DatasetFormat.ROSBAG2,
            first_scene=first_scene,
            scenes=scenes,
        )
    with pytest.raises(ConfigError, match=r'scenes: expected numbers up to 5474 .*, got 5475'):
        SimulationConfig(
            output=Path('x'), format=DatasetFormat.ROSBAG2, first_scene=5470, scenes=6
        )
    SimulationConfig(output=Path('x'), first_scene=5470, scenes=6)


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: LidarConfig(beams=24), r'lidar\.beams: expected 8, 16, 32 or 64, got 24'),
        (lambda: LidarConfig(dropout=1.0), r'lidar\.dropout: expected in \[0, 1\)'),
        (lambda: LidarConfig(max_range_m=1.0), r'lidar\.max_range_m: expected above min_range_m'),
        (
            lambda: LidarConfig(above_camera_m=float('nan')),
            r'lidar\.above_camera_m: expected within 10 m, got nan',
        ),
        (lambda: CameraConfig(width=0), r'camera\.width: expected between 8 and 4096, got 0'),
        (lambda: CameraConfig(jpeg_quality=0), r'camera\.jpeg_quality'),
        (lambda: CameraConfig(height_m=0.0), r'camera\.height_m: expected above 0'),
        (lambda: CameraConfig(yaw_deg=270.0), r'camera\.yaw_deg: expected -180 to 180, got 270'),
        (lambda: CameraConfig.of_view(96, 64, 0.0), r'camera\.horizontal_fov_deg: expected 1 to'),
        (lambda: SimulationConfig(output=Path('x'), first_scene=0), 'first_scene: expected 1 to'),
        (lambda: SimulationConfig(output=Path('x'), scenes=0), 'scenes: expected between'),
        (lambda: SimulationConfig(output=Path('x'), conditions=()), 'conditions: expected some'),
        (
            lambda: SimulationConfig(output=Path('x'), conditions=('snow',)),
            r"conditions: expected some of .*, got \('snow',\)",
        ),
    ],
)
def test_a_setting_out_of_bounds_is_refused_by_name(make, message) -> None:
    with pytest.raises(ConfigError, match=message):
        make()
