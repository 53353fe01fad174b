"""The commands as a user runs them: in a process of their own."""

from __future__ import annotations

from pathlib import Path
import signal
import subprocess
import sys
import tempfile
import time

import cv2
import numpy as np
import pytest

from mt_depth_ros.cli.main import main
from mt_depth_ros.data.depth_files import DepthFormat, read_depth, write_depth
from mt_depth_ros.data.ply_files import read_ply
from mt_depth_ros.pipeline.build import DEFAULT_MODEL
from mt_depth_ros.simulation.analytic_drive import DriveConfig, write_analytic_drive

COMMANDS = [
    'complete',
    'replay',
    'evaluate',
    'check-calibration',
    'play',
    'node',
    'demo',
    'simulate',
    'train',
    'train-mask',
    'evaluate-mask',
    'export',
    'results',
    'table3',
    'models',
    'doctor',
    'benchmark',
    'soak',
]


# Without HOME: nothing may depend on it, and nothing be written there.
ENVIRONMENT = {
    'PATH': '/usr/bin:/bin',
    'COLUMNS': '100',
    'PYTHONPATH': ':'.join(sys.path),
    'ROS_DOMAIN_ID': '97',
    'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
    'ROS_LOG_DIR': tempfile.gettempdir(),
}


def mt_depth(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, '-m', 'mt_depth_ros.cli.main', *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=ENVIRONMENT,
    )


@pytest.fixture
def wall(tmp_path: Path) -> dict[str, Path]:
    """A picture, and a wall 20 m away measured at every tenth pixel."""
    image = np.full((48, 64, 3), 120, np.uint8)
    cv2.imwrite(str(tmp_path / 'image.png'), image)
    depth_m = np.zeros((48, 64), np.float32)
    depth_m[::5, ::5] = 20.0
    write_depth(tmp_path / 'sparse.png', depth_m, DepthFormat.KITTI)
    (tmp_path / 'k.txt').write_text('60 0 31.5 0 60 23.5 0 0 1\n')
    return {name: tmp_path / name for name in ('image.png', 'sparse.png', 'k.txt', 'out')}


@pytest.mark.parametrize('command', COMMANDS)
def test_help_shows_an_example(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # In this process: help does nothing, and eighteen starts take long.
    monkeypatch.setattr(sys, 'argv', ['mt_depth', command, '--help'])
    monkeypatch.setenv('COLUMNS', '100')
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert f'Example: mt_depth {command}' in capsys.readouterr().out


def test_no_command_lists_them_all() -> None:
    result = mt_depth()
    assert all(command in result.stdout for command in COMMANDS)


def test_complete_leaves_every_file_it_promises(wall: dict[str, Path]) -> None:
    out = wall['out']
    result = mt_depth(
        'complete', '--image', wall['image.png'], '--sparse-depth', wall['sparse.png'],
        '--calibration', wall['k.txt'], '--output', out, '--model', 'adaptive',
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    depth_m = read_depth(out / 'depth.png', DepthFormat.KITTI)
    assert depth_m.tolist() == np.full((48, 64), 20.0).tolist()
    points_m, colours = read_ply(out / 'cloud.ply')
    assert points_m[:, 2].tolist() == [20.0] * len(points_m)
    assert (colours == 120).all()
    assert {path.name for path in out.iterdir()} == {
        'depth.png', 'depth_color.png', 'confidence.png', 'mask.png', 'panel.png', 'cloud.ply',
    }  # fmt: skip


def test_complete_needs_no_calibration_for_sparse_depth(wall: dict[str, Path]) -> None:
    result = mt_depth(
        'complete', '--image', wall['image.png'], '--sparse-depth', wall['sparse.png'],
        '--output', wall['out'],
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert not (wall['out'] / 'cloud.ply').exists()


def test_complete_prints_the_folder_as_it_is_named(wall: dict[str, Path]) -> None:
    out = wall['out'] / 'run [night]' / ('a folder of a long name' * 5)
    result = mt_depth(
        'complete', '--image', wall['image.png'], '--sparse-depth', wall['sparse.png'],
        '--model', 'nearest', '--output', out,
    )  # fmt: skip
    assert result.stdout.endswith(f' to {out}\n'), result.stderr


def test_complete_reads_a_kitti_scan(shared_data: Path, tmp_path: Path) -> None:
    kitti = shared_data / 'kitti_object'
    result = mt_depth(
        'complete', '--image', kitti / 'image_2' / '000001.png',
        '--points', kitti / 'velodyne' / '000001.bin',
        '--calibration', kitti / 'calib' / '000001.txt', '--output', tmp_path / 'out',
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert '18630 measurements' in result.stdout
    assert np.isfinite(read_depth(tmp_path / 'out' / 'depth.png', DepthFormat.KITTI)).all()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['complete', '--image', 'no.png', '--output', 'o'], 'no.png: expected a picture'),
        (['replay', 'nowhere', '--output', 'o'], 'nowhere: expected a rosbag2 folder'),
        (
            ['replay', 'nowhere', '--output', 'o', '--withhold', 'x'],
            "--withhold: expected 'rings:N'",
        ),
        (['demo', '--bag', 'nowhere', '--output', 'o'], 'nowhere: expected a rosbag2 folder'),
        (['play', 'nowhere', '--rate', '0'], 'playback rate: expected a rate above 0'),
    ],
)
def test_a_mistake_is_one_line_without_a_traceback(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = mt_depth(*arguments)
    assert result.returncode == 1
    assert message in result.stderr
    assert 'Traceback' not in result.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    result = mt_depth('replay', tmp_path / 'nowhere', '--output', tmp_path / 'o', '--debug')
    assert result.returncode != 0
    assert 'Traceback' in result.stderr


def test_models_marks_what_auto_means() -> None:
    result = mt_depth('models')
    assert result.returncode == 0
    assert f'{DEFAULT_MODEL} *' in result.stdout
    assert 'mask, AGPL-3.0' in result.stdout


def test_doctor_finds_this_environment_fit() -> None:
    result = mt_depth('doctor')
    assert result.returncode == 0, result.stdout
    assert 'rclpy' not in result.stderr


def test_doctor_tells_the_extras_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr('mt_depth_ros.cli.doctor.find_spec', lambda name: None)
    monkeypatch.setattr(sys, 'argv', ['mt_depth', 'doctor'])
    monkeypatch.setenv('COLUMNS', '300')
    with pytest.raises(SystemExit, match='1'):
        main()
    assert "or pip install 'mt_depth_ros[ros]'" in capsys.readouterr().out


def test_complete_takes_grey_pictures(wall: dict[str, Path]) -> None:
    cv2.imwrite(str(wall['image.png']), np.full((48, 64), 90, np.uint8))
    result = mt_depth(
        'complete', '--image', wall['image.png'], '--sparse-depth', wall['sparse.png'],
        '--output', wall['out'],
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_complete_names_the_depth_that_has_another_size(wall: dict[str, Path]) -> None:
    write_depth(wall['sparse.png'], np.full((24, 32), 5.0, np.float32), DepthFormat.KITTI)
    result = mt_depth(
        'complete', '--image', wall['image.png'], '--sparse-depth', wall['sparse.png'],
        '--output', wall['out'],
    )  # fmt: skip
    assert result.returncode == 1
    assert 'sparse depth image of frame' in result.stderr
    assert 'got 32x24' in result.stderr


def test_named_weights_that_are_missing_are_an_error(wall: dict[str, Path]) -> None:
    result = mt_depth(
        'complete', '--image', wall['image.png'], '--sparse-depth', wall['sparse.png'],
        '--output', wall['out'], '--mask-weights', 'gone.pt',
    )  # fmt: skip
    assert result.returncode == 1
    assert 'mask weights' in result.stderr or 'ultralytics' in result.stderr


def test_playing_a_bag_of_unknown_messages_only_is_an_error(shared_data: Path) -> None:
    result = mt_depth('play', shared_data / 'rosbag2' / 'velodyne_packets')
    assert result.returncode == 1
    assert 'velodyne_msgs/msg/VelodyneScan only' in result.stderr


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_play_ends_at_once_when_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    drive = DriveConfig(num_frames=2, width=64, height=32, focal_px=40.0, num_rings=4)
    write_analytic_drive(tmp_path / 'bag', drive)
    process = subprocess.Popen(
        [sys.executable, '-m', 'mt_depth_ros.cli.main', 'play', tmp_path / 'bag', '--loop'],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    assert 'transport' in first
    time.sleep(1.0)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert 'Traceback' not in errors
