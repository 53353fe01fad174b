"""Simulated time that jumps, stands still or has not begun."""

from __future__ import annotations

import pytest
from rosgraph_msgs.msg import Clock

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS


@pytest.fixture
def live(start_node):
    return start_node(
        parameters={'use_sim_time': True, 'sync_max_wait': 0.05, 'report_period': 0.0},
        outputs=('depth',),
    )


@pytest.fixture
def set_clock(live, until):
    publisher = live.peer.create_publisher(Clock, '/clock', 10)
    until(lambda: live.has_met(publisher), 'who reads /clock')

    def set_clock(now_ns: int) -> None:
        publisher.publish(Clock(clock=live.messages.header(now_ns, '').stamp))
        until(lambda: live.node.get_clock().now().nanoseconds == now_ns, 'the time')

    yield set_clock
    live.peer.destroy_publisher(publisher)


def frame_at(live, set_clock, stamp_ns: int) -> None:
    set_clock(stamp_ns)
    live.wait_for(live.send_frame(stamp_ns))


def test_a_jump_forward_goes_on_at_once(live, set_clock) -> None:
    start_ns = live.next_stamp()
    frame_at(live, set_clock, start_ns)
    frame_at(live, set_clock, start_ns + HOUR_NS)
    assert live.node.problems.counts.get('time_reset', 0) == 0


def test_a_jump_back_starts_anew(live, set_clock, until) -> None:
    start_ns = live.next_stamp()
    frame_at(live, set_clock, start_ns + HOUR_NS)
    frame_at(live, set_clock, start_ns)
    assert until(lambda: live.lines('[time_reset]'), 'the message')
    frame_at(live, set_clock, start_ns + SECOND_NS)


def test_a_jump_back_decides_the_image_that_waits(live, set_clock, until) -> None:
    start_ns = live.next_stamp()
    set_clock(start_ns + HOUR_NS)
    live.send_frame(start_ns + HOUR_NS, points=None)
    until(lambda: live.node.received['image'] == 1, 'the image')
    set_clock(start_ns)
    until(lambda: sum(live.node.ledger.state.dropped.values()) == 1, 'its end')
    frame_at(live, set_clock, start_ns)


def test_time_goes_back_and_forth_many_times(live, set_clock) -> None:
    start_ns = live.next_stamp()
    for loop in range(6):
        for number in range(3):
            frame_at(live, set_clock, start_ns + (loop % 2) * HOUR_NS + number * SECOND_NS)
        live.recorded.clear()


def test_a_clock_that_stands_still(live, set_clock, until) -> None:
    """A paused recording: what has its depth comes out, what waits is bounded."""
    start_ns = live.next_stamp()
    set_clock(start_ns)
    live.wait_for(live.send_frame(start_ns))
    live.wait_for(live.send_frame(start_ns + SECOND_NS))
    for number in range(2, 42):
        live.send_frame(start_ns + number * SECOND_NS, points=None)
        until(lambda n=number: live.node.received['image'] == n + 1, 'the image')
    until(lambda: live.node.ledger.state.dropped.get('queue_full', 0) == 40 - 16, 'the overflow')
    # Time goes on: the other sixteen have waited long enough.
    set_clock(start_ns + 42 * SECOND_NS)
    until(
        lambda: live.node.ledger.state.dropped.get('no_cloud_within_tolerance', 0) == 16,
        'those that waited',
    )
    frame_at(live, set_clock, start_ns + 43 * SECOND_NS)


def test_frames_before_the_first_clock_message(live, set_clock) -> None:
    """The node's time is 0 until then."""
    assert live.node.get_clock().now().nanoseconds == 0
    live.wait_for(live.send_frame())
    frame_at(live, set_clock, live.next_stamp())


def test_stamps_of_zero_are_refused_in_simulated_time(live, set_clock, until) -> None:
    set_clock(SECOND_NS)
    live.send_frame(0)
    until(lambda: live.node.ledger.state.dropped.get('zero_stamp', 0) == 1, 'the drop')
    frame_at(live, set_clock, 2 * SECOND_NS)
    assert live.outputs(0) == {}


def test_stamps_that_jump_forward(start_node) -> None:
    """A camera and a LiDAR whose common clock is set while they run."""
    live = start_node(outputs=('depth',))
    start_ns = live.next_stamp()
    live.wait_for(live.send_frame(start_ns))
    for number in range(3):
        live.wait_for(live.send_frame(start_ns + HOUR_NS + number * SECOND_NS))
