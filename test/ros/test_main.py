"""The executable as a user starts and stops it."""

from __future__ import annotations

from importlib.util import find_spec
import os
from pathlib import Path
import signal
import subprocess
import sys

import pytest

RUN = 'import sys; from mt_depth_ros.ros.main import main; sys.exit(main(sys.argv[1:]))'
MASK_TROUBLE = 'weights' if find_spec('ultralytics') else 'expected ultralytics'


@pytest.fixture
def start(ros_environment: dict[str, str], repository: Path):
    running = []

    def start_node(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, '-c', RUN, '--ros-args', *arguments],
            cwd=repository,
            env={**os.environ, **ros_environment, 'PYTHONUNBUFFERED': '1'},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        return process

    yield start_node
    for process in running:
        process.kill()
        process.wait()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    log = ''
    assert process.stdout is not None
    for line in process.stdout:
        log += line
        if text in line:
            return log
    raise AssertionError(f'ended without {text!r}:\n{log}')


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_it_starts_with_parameters_and_ends_cleanly_on_a_signal(
    start, repository: Path, number: signal.Signals
) -> None:
    process = start(
        '--params-file', str(repository / 'config/depth_completion.yaml'),
        '-p', 'model:=nearest', '-p', 'mask_backend:=none',
        '-r', '~/input/image:=/front/image_rect',
    )  # fmt: skip
    log = read_until(process, 'active: reading /front/image_rect,')
    assert 'model nearest (classical)' in log
    assert 'images rectified already' in log
    assert log.count('transport') == 1
    process.send_signal(number)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0, rest
    assert 'Traceback' not in rest


def test_a_signal_while_it_still_loads_its_libraries_ends_it_cleanly(start) -> None:
    process = start()
    read_until(process, 'transport')
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0, rest
    assert 'Traceback' not in rest
    assert 'active' not in rest


def test_a_parameters_file_that_is_not_there_is_named(start) -> None:
    process = start('--params-file', '/no/such/file.yaml')
    log = process.communicate(timeout=120)[0]
    assert process.returncode == 1
    assert "depth_completion_node: failed to initialize rcl: Couldn't parse params file" in log
    assert '/no/such/file.yaml' in log
    assert 'Traceback' not in log


def test_a_value_out_of_range_is_said_in_one_line(start) -> None:
    process = start('-p', 'model:=nearest', '-p', 'sync_tolerance:=-1.0')
    log = process.communicate(timeout=120)[0]
    assert process.returncode == 1
    assert 'parameter sync_tolerance: expected a double 0 to 10' in log
    assert 'Traceback' not in log


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('-p', 'model:=no_such_model'), 'no_such_model'),
        (('-p', 'static_transforms:=["1 2 3"]'), "'x y z qx qy qz qw parent child'"),
        (('-p', 'mask_backend:=ultralytics'), MASK_TROUBLE),
    ],
)
def test_what_it_cannot_do_is_said_and_it_stays_for_another_try(
    start, arguments, message: str
) -> None:
    process = start('-p', 'model:=nearest', *arguments)
    log = read_until(process, 'ros2 lifecycle set /depth_completion configure')
    assert 'configure failed: ' in log
    assert message in log
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0, rest
    assert 'Traceback' not in log + rest


def test_without_autostart_it_waits_and_ends_cleanly(start) -> None:
    process = start('-p', 'autostart:=false', '-p', 'model:=nearest')
    log = read_until(process, 'unconfigured, as autostart is false')
    assert 'configured: model' not in log
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0, rest
    assert 'Traceback' not in rest
