"""Threads that wait give way to other programs, unless the user chose otherwise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mt_depth_ros.core.idle_threads import let_idle_threads_sleep


def test_idle_threads_sleep() -> None:
    environment = {'PATH': '/bin'}
    assert let_idle_threads_sleep(environment)
    assert environment == {'PATH': '/bin', 'OMP_WAIT_POLICY': 'PASSIVE'}


@pytest.mark.parametrize('choice', ['OMP_WAIT_POLICY', 'GOMP_SPINCOUNT', 'KMP_BLOCKTIME'])
def test_what_the_user_chose_stays(choice: str) -> None:
    environment = {choice: '1'}
    assert not let_idle_threads_sleep(environment)
    assert environment == {choice: '1'}


@pytest.mark.parametrize('module', ['mt_depth_ros.cli.main', 'mt_depth_ros.ros.main'])
def test_it_is_chosen_before_torch_is_loaded(module: str) -> None:
    if module.startswith('mt_depth_ros.ros'):
        pytest.importorskip('rclpy', reason='the ROS 2 client library is not installed')
    code = f'import sys, {module}; sys.exit("torch" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code], check=False).returncode == 0
