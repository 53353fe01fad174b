"""A subscription that connects to any publisher, and notices when best effort loses messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import time
from typing import Any

from rclpy.clock import Clock, ROSClock
from rclpy.event_handler import SubscriptionEventCallbacks, UnsupportedEventTypeError
from rclpy.node import Node

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.reliability_choice import Delivery, ReliabilityChoice
from mt_depth_ros.ros.serialized_message import read_header, SerializedMessage
from mt_depth_ros.ros.topics import input_qos
from mt_depth_ros.ros.transport import PROFILE_VARIABLE, transport_profile

# A time of arrival longer ago than this is no such time: not every middleware notes one.
_LONGEST_DELAY_NS = 10_000_000_000


class InputSubscription:
    """One input topic of the node. Used from the executor's thread only.

    Args:
        node: the node that subscribes.
        message_type: rclpy class of the messages, with a header in front.
        topic: name, resolved against the node's remappings.
        callback: gets each message with its header read and the rest not decoded.
        problems: where unusable messages are reported.
        reliability: ``'auto'``, ``'best_effort'`` or ``'reliable'``.
        queue_depth: messages the middleware holds.
    """

    def __init__(
        self,
        node: Node,
        message_type: Any,
        topic: str,
        callback: Callable[[SerializedMessage], None],
        *,
        problems: ProblemLog,
        reliability: str,
        queue_depth: int,
    ) -> None:
        self.topic = topic
        self.received = 0
        self.lost = 0
        self._node = node
        self._message_type = message_type
        self._callback = callback
        self._problems = problems
        self._queue_depth = queue_depth
        self._choice = ReliabilityChoice(reliability)
        self._subscription = self._subscribe()

    @property
    def is_reliable(self) -> bool:
        """Whether it asks for reliable delivery at present."""
        return self._choice.is_reliable

    def check_delivery(self, now_s: float) -> None:
        """Subscribes again with the other reliability where the present one brings too little.

        Args:
            now_s: steady time, seconds.
        """
        publishers = self._node.get_publishers_info_by_topic(self.topic)
        delivery = Delivery(
            now_s=now_s,
            publishers={
                bytes(info.endpoint_gid): info.qos_profile.reliability for info in publishers
            },
            received=self.received,
            lost=self.lost,
        )
        why = self._choice.reason_to_switch(delivery)
        if why:
            self._choice.switch()
            self.destroy()
            self._subscription = self._subscribe()
            self._report_switch(why)

    def destroy(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._subscription)

    def _subscribe(self) -> Any:
        def create(**events: Any) -> Any:
            return self._node.create_subscription(
                self._message_type,
                self.topic,
                self._take,
                input_qos(reliable=self._choice.is_reliable, depth=self._queue_depth),
                raw=True,
                **events,
            )

        try:
            return create(event_callbacks=SubscriptionEventCallbacks(message_lost=self._note_loss))
        except UnsupportedEventTypeError:
            return create()

    def _note_loss(self, event: Any) -> None:
        self.lost += event.total_count_change

    def _take(self, data: bytes, info: Any) -> None:
        self.received += 1
        try:
            message = read_header(
                data,
                message_type=self._message_type,
                topic=self.topic,
                received_ns=arrival_ns(self._node.get_clock(), info),
            )
        except SensorInputError as error:
            self._problems.report(error)
            return
        self._callback(message)

    def _report_switch(self, why: str) -> None:
        if self._choice.is_reliable:
            text = (
                f'{self.topic}: {why}, so it is subscribed to as reliable from now on. Most '
                'likely the messages do not fit into the shared memory of the process that '
                f'publishes them: start that one with {PROFILE_VARIABLE}={transport_profile()}'
            )
        else:
            text = f'{self.topic}: {why}, so it is subscribed to as best effort'
        self._node.get_logger().warning(text)


def arrival_ns(clock: Clock, info: Mapping[str, int]) -> int:
    """When a message arrived, on a node's clock.

    A callback may be late where other threads keep the processor busy. The middleware notes the
    time a message came in, on the system's clock; how long that is ago is taken off. Simulated
    time is left as it is: nothing says how fast it runs.

    Args:
        clock: the node's.
        info: what rclpy tells of the message.
    """
    now_ns = int(clock.now().nanoseconds)
    if isinstance(clock, ROSClock) and clock.ros_time_is_active:
        return now_ns
    ago_ns = time.time_ns() - info.get('received_timestamp', 0)
    return now_ns - ago_ns if 0 < ago_ns < _LONGEST_DELAY_NS else now_ns
