"""The launch files, launched: with ros2/launch and launch_testing, where they are installed."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys

import pytest

pytest.importorskip('launch_ros', reason='needs ros2/launch_ros')
pytest.importorskip('launch_testing', reason='needs launch_testing of ros2/launch')

from mt_depth_ros.simulation.analytic_drive import DriveConfig, write_analytic_drive

TIMEOUT_S = 240
PARAMETERS = """
/**:
  ros__parameters:
    model: nearest
    mask_backend: none
    static_transforms: ['0.27 0 -0.08 -0.5 0.5 -0.5 0.5 lidar camera_optical']
/rig/left/depth_completion:
  ros__parameters:
    model: linear
"""
# Stands in for the node: says what the launch file made of its parameters.
PARAMETERS_SHOWN = """
import rclpy
rclpy.init()
node = rclpy.create_node('any', automatically_declare_parameters_from_overrides=True)
values = [node.get_parameter_or(name, None) for name in ('use_sim_time', 'autostart')]
print('parameters:', [value and value.value for value in values], flush=True)
"""
FAILING_RVIZ = "import sys; print(sys.argv[1:], flush=True); sys.exit('no screen')"
REMAPPED = [
    'image:=/camera/image_raw',
    'camera_info:=/camera/camera_info',
    'points:=/lidar/points',
]
NODE = 'import sys; from mt_depth_ros.ros.main import main; sys.exit(main())'

pytestmark = pytest.mark.slow


def install_package(prefix: Path, name: str, **executables: str) -> None:
    """Registers a package in an ament index, with executables in Python."""
    index = prefix / 'share/ament_index/resource_index/packages'
    index.mkdir(parents=True, exist_ok=True)
    (index / name).touch()
    (prefix / 'lib' / name).mkdir(parents=True)
    for executable, code in executables.items():
        path = prefix / 'lib' / name / executable
        path.write_text(f'#!{sys.executable}\n{code}\n', encoding='utf-8')
        path.chmod(0o755)


@pytest.fixture(scope='module')
def environment(tmp_path_factory, repository, ros_environment) -> dict[str, str]:
    """A home where this checkout is installed, and nothing else of ours."""
    prefix = tmp_path_factory.mktemp('prefix')
    install_package(
        prefix,
        'mt_depth_ros',
        depth_completion_node=NODE,
        mt_depth='from mt_depth_ros.cli.main import main; main()',
    )
    share = prefix / 'share/mt_depth_ros'
    share.mkdir()
    for name in ('launch', 'config'):
        (share / name).symlink_to(repository / name)
    (prefix / 'parameters.yaml').write_text(PARAMETERS, encoding='utf-8')
    python_path = [
        repository,
        repository / 'test/ros/launch_tests',
        os.environ.get('PYTHONPATH', ''),
    ]
    return {
        **os.environ,
        'AMENT_PREFIX_PATH': str(prefix),
        'PYTHONPATH': os.pathsep.join(str(path) for path in python_path if path),
        'PARAMS_FILE': str(prefix / 'parameters.yaml'),
        'RVIZ_IS_INSTALLED': 'false',
    }


@pytest.fixture(scope='module')
def street(tmp_path_factory) -> Path:
    """A recording of a second."""
    path = tmp_path_factory.mktemp('recordings') / 'street'
    write_analytic_drive(path, DriveConfig(num_frames=8, width=160, height=48, focal_px=90.0))
    return path


def run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
    )


def run_launch_test(name: str, repository: Path, environment: dict[str, str]) -> None:
    environment = {
        **environment,
        'LAUNCH_FILE': str(repository / f'launch/{name}.launch.py'),
    }
    test = repository / f'test/ros/launch_tests/launch_{name}.py'
    ended = run(['-m', 'launch_testing.launch_test', str(test)], environment)
    assert ended.returncode == 0, ended.stdout


def launch(
    repository: Path, environment: dict[str, str], name: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """``ros2 launch`` of a file, to its own end."""
    pytest.importorskip('ros2launch', reason='needs ros2/launch_ros')
    main = 'import sys; from ros2cli.cli import main; sys.exit(main())'
    path = repository / f'launch/{name}.launch.py'
    # launch sends SIGTERM 5 s after SIGINT, which is short on a machine that does other work.
    patience = 'sigterm_timeout:=60'
    return run(['-c', main, 'launch', str(path), patience, *arguments], environment)


def test_the_node_runs_where_rviz_is_missing(repository, environment) -> None:
    run_launch_test('depth_completion', repository, environment)


def test_the_node_runs_on_where_rviz_fails(repository, environment, tmp_path) -> None:
    install_package(tmp_path, 'rviz2', rviz2=FAILING_RVIZ)
    prefixes = os.pathsep.join([str(tmp_path), environment['AMENT_PREFIX_PATH']])
    run_launch_test(
        'depth_completion',
        repository,
        {**environment, 'AMENT_PREFIX_PATH': prefixes, 'RVIZ_IS_INSTALLED': 'true'},
    )


def test_cameras_side_by_side(repository, environment) -> None:
    run_launch_test('multi_camera', repository, environment)


def test_a_recording_is_replayed(repository, environment, street) -> None:
    run_launch_test('replay', repository, {**environment, 'BAG': str(street)})


def test_a_replay_ends_with_its_recording_where_asked_to(repository, environment, street) -> None:
    ended = launch(
        repository, environment, 'replay', f'bag:={street}', 'player:=mt_depth', 'rviz:=false',
        'stop_at_end:=true', 'delay:=3', f'params_file:={environment["PARAMS_FILE"]}', *REMAPPED,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.count('process has finished cleanly') == 2, ended.stdout


def test_a_recording_that_is_not_there_ends_the_replay(repository, environment, tmp_path) -> None:
    ended = launch(
        repository, environment, 'replay', f'bag:={tmp_path / "none"}', 'player:=mt_depth',
        'rviz:=false', 'delay:=0',
    )  # fmt: skip
    assert 'expected a rosbag2 folder' in ended.stdout
    assert 'sending signal' in ended.stdout, ended.stdout


@pytest.mark.parametrize(
    ('name', 'arguments', 'sim_time_in_file', 'expected'),
    [
        ('depth_completion', [], 'true', [True, False]),
        ('depth_completion', ['use_sim_time:=false', 'autostart:=true'], 'true', [False, True]),
        ('multi_camera', ['cameras:=front'], 'true', [True, False]),
        # Recorded time is what a replay is for.
        (
            'replay',
            ['bag:=any', 'player:=mt_depth', 'rviz:=false', 'delay:=0'],
            'false',
            [True, False],
        ),
    ],
)
def test_what_the_parameters_file_says_holds_unless_an_argument_is_given(
    repository, environment, tmp_path, name, arguments, sim_time_in_file, expected
) -> None:
    prefix = tmp_path / 'prefix'
    install_package(prefix, 'mt_depth_ros', depth_completion_node=PARAMETERS_SHOWN, mt_depth='')
    (prefix / 'share/mt_depth_ros').symlink_to(
        Path(environment['AMENT_PREFIX_PATH']) / 'share/mt_depth_ros'
    )
    file = tmp_path / 'parameters.yaml'
    file.write_text(
        f'/**:\n  ros__parameters:\n    autostart: false\n    use_sim_time: {sim_time_in_file}\n',
        encoding='utf-8',
    )
    ended = launch(
        repository,
        {**environment, 'AMENT_PREFIX_PATH': str(prefix)},
        name,
        f'params_file:={file}',
        *arguments,
    )
    assert f'parameters: {expected}' in ended.stdout, ended.stdout


@pytest.mark.parametrize('cameras', ['front,,left', 'front,front', 'front,/front', '/'])
def test_cameras_without_or_with_the_same_name_are_refused(
    repository, environment, cameras
) -> None:
    ended = launch(repository, environment, 'multi_camera', f'cameras:={cameras}')
    assert ended.returncode == 1
    assert 'expected different names separated by commas' in ended.stdout
    assert 'process started' not in ended.stdout
