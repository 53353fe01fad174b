from __future__ import annotations

from pathlib import Path

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.kept_for_testing import TEST_SEED
from mt_depth_ros.simulation.config import CameraConfig, LidarConfig, SimulationConfig


def test_the_camera_is_virtual_kitti_2s_unless_told_otherwise() -> None:
    camera = CameraConfig().pinhole
    assert (camera.width, camera.height) == (1242, 375)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (725.0087, 725.0087, 620.5, 187.0)


def test_the_seed_kept_for_testing_is_refused_for_training() -> None:
    with pytest.raises(ConfigError, match='kept for testing'):
        SimulationConfig(output=Path('x'), seed=TEST_SEED)
    SimulationConfig(output=Path('x'), seed=TEST_SEED, for_testing=True)


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: LidarConfig(beams=24), r'lidar\.beams: expected 8, 16, 32 or 64, got 24'),
        (lambda: LidarConfig(dropout=1.0), r'lidar\.dropout: expected in \[0, 1\)'),
        (lambda: LidarConfig(max_range_m=1.0), r'lidar\.max_range_m: expected above min_range_m'),
        (lambda: CameraConfig(width=0), r'camera\.width: expected between 8 and 4096, got 0'),
        (lambda: CameraConfig(jpeg_quality=0), r'camera\.jpeg_quality'),
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
