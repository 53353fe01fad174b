"""Threads that wait give way to other programs, unless the user chose otherwise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mt_depth_ros.core.idle_threads import let_idle_threads_sleep


def test_idle_threads_sleep_soon() -> None:
    environment = {'PATH': '/bin'}
    assert let_idle_threads_sleep(environment)
    assert environment == {'PATH': '/bin', 'GOMP_SPINCOUNT': '1000'}


@pytest.mark.parametrize('choice', ['OMP_WAIT_POLICY', 'GOMP_SPINCOUNT'])
def test_what_the_user_chose_stays(choice: str) -> None:
    environment = {choice: '1'}
    assert not let_idle_threads_sleep(environment)
    assert environment == {choice: '1'}


def test_the_node_chooses_before_it_loads_torch() -> None:
    pytest.importorskip('rclpy', reason='the ROS 2 client library is not installed')
    code = 'import sys, mt_depth_ros.ros.main; sys.exit("torch" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code], check=False).returncode == 0
