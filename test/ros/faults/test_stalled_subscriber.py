"""A subscriber that stops reading, with reliable delivery."""

from __future__ import annotations

import os
from pathlib import Path
import signal

import numpy as np
import pytest

from mt_depth_ros.cli.process_usage import process_usage
from mt_depth_ros.ros.topics import DEPTH

# Prints the number of depth images it has taken so far.
SUBSCRIBER = """
import sys
import rclpy
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image
rclpy.init()
node = rclpy.create_node('reader')
taken = []
def take(message):
    taken.append(1)
    print('taken', len(taken))
node.create_subscription(Image, sys.argv[1], take, QoSProfile(depth=5))
rclpy.spin(node)
"""


@pytest.mark.parametrize('is_killed', [False, True], ids=['goes_on', 'is_killed'])
def test_a_subscriber_that_stops_reading_holds_nobody_up(
    start_node, start_process, until, tmp_path: Path, is_killed: bool
) -> None:
    live = start_node(outputs=('depth',))
    live.check_it_goes_on()
    topic = live.name + DEPTH.removeprefix('~')
    reader = start_process(SUBSCRIBER, topic)
    log = tmp_path / 'process.log'

    def taken() -> int:
        return log.read_text().count('taken')

    until(lambda: live.peer.count_subscribers(topic) == 2, 'the subscriber')
    until(lambda: [live.check_it_goes_on(), taken()][1] > 0, 'what it reads')
    os.kill(reader.pid, signal.SIGSTOP)
    stopped_at = taken()
    before = process_usage(os.getpid())
    # Sixty times what the publisher keeps for it, and what a wait for it would make take minutes.
    for _ in range(300):
        live.check_it_goes_on()
    after = process_usage(os.getpid())
    assert taken() == stopped_at
    assert live.node.ledger.state.latency['publish'].max_ms < 1000.0
    assert before is not None
    assert after is not None
    # 300 depth images of this size are 3.7 MB; a copy of each kept for the reader would show.
    assert after.memory_mb - before.memory_mb < 30.0
    if is_killed:
        reader.kill()
        reader.wait()
    else:
        os.kill(reader.pid, signal.SIGCONT)
        until(lambda: [live.check_it_goes_on(), taken()][1] > stopped_at, 'what it reads again')
    live.check_it_goes_on()
    np.testing.assert_allclose(live.recorded[-1].pixels, 10.0)
