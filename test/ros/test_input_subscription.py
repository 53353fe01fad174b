"""When a message arrived, as opposed to when its callback ran."""

from __future__ import annotations

import time

import pytest
from rclpy.clock import ROSClock

from mt_depth_ros.ros.input_subscription import arrival_ns

MS = 1_000_000


def test_the_time_a_message_waited_for_its_callback_is_taken_off() -> None:
    clock = ROSClock()
    info = {'received_timestamp': time.time_ns() - 50 * MS}
    before_ns = clock.now().nanoseconds
    arrived_ns = arrival_ns(clock, info)
    after_ns = clock.now().nanoseconds
    assert before_ns - 10_000 * MS < arrived_ns <= after_ns - 50 * MS


@pytest.mark.parametrize('received_ns', [0, -1, 2**62])
def test_a_middleware_that_notes_no_time_of_arrival_is_no_problem(received_ns: int) -> None:
    clock = ROSClock()
    before_ns = clock.now().nanoseconds
    arrived_ns = arrival_ns(clock, {'received_timestamp': received_ns})
    assert before_ns <= arrived_ns <= clock.now().nanoseconds
