"""A message of before, and when one arrived, as opposed to when its callback ran."""

from __future__ import annotations

import time
from typing import Any

import pytest
import rclpy
from rclpy.clock import ROSClock
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo

from mt_depth_ros.ros.input_subscription import arrival_ns, InputSubscription
from mt_depth_ros.ros.problem_log import ProblemLog

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


@pytest.fixture
def node(ros_context):
    node = rclpy.create_node('latched', context=ros_context)
    yield node
    node.destroy_node()


def test_a_calibration_published_once_before_is_heard_and_then_any_publisher(
    node, ros_context, sensor_messages, until
) -> None:
    topic = '/latched/camera_info'
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    driver = node.create_publisher(CameraInfo, topic, latched)
    driver.publish(sensor_messages.camera_info(1 * MS))
    heard: list[int] = []
    subscription = InputSubscription(
        node,
        CameraInfo,
        topic,
        lambda message: heard.append(message.stamp_ns),
        own_name='~/input/camera_info',
        problems=ProblemLog(lambda line: None, period_s=5.0),
        reliability='auto',
        queue_depth=5,
        wants_latched=True,
    )
    executor = SingleThreadedExecutor(context=ros_context)
    executor.add_node(node)

    def has_met(*publishers: Any) -> bool:
        (reader,) = (each for each in node.subscriptions if each.topic_name == topic)
        return reader.get_publisher_count() == len(publishers) and all(
            each.get_subscription_count() == 1 for each in publishers
        )

    def has_heard(*stamps_ns: int) -> bool:
        subscription.check_delivery(0.0)
        executor.spin_once(timeout_sec=0.01)
        return heard == list(stamps_ns)

    until(lambda: has_heard(1 * MS), 'the message of before', timeout_s=10.0)
    # The second subscription has done its work, so that no message comes twice.
    has_heard(1 * MS)
    until(lambda: has_met(driver), 'its end')
    driver.publish(sensor_messages.camera_info(2 * MS))
    until(lambda: has_heard(1 * MS, 2 * MS), 'the next one')
    # Publishers that keep nothing are heard as before.
    plain = node.create_publisher(CameraInfo, topic, 5)
    until(lambda: has_met(driver, plain), 'them to meet')
    plain.publish(sensor_messages.camera_info(3 * MS))
    until(lambda: has_heard(1 * MS, 2 * MS, 3 * MS), 'another publisher')
    assert subscription.received == 3
    subscription.destroy()
    executor.shutdown()
