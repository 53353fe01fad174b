"""What ``mt_depth demo`` leaves of a recording that it cannot use."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='the ROS 2 client library is not installed')

from mt_depth_ros.cli.demo import demo
from mt_depth_ros.core.errors import DataFileError


def test_a_recording_that_is_not_there_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match='expected a rosbag2 folder'):
        demo(output=tmp_path / 'out', bag=tmp_path / 'drive')
    assert not (tmp_path / 'out').exists()
