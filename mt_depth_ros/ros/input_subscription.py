"""A subscription that connects to any publisher, and notices when best effort loses everything.

Best effort is what sensor data wants, but a publisher whose middleware cuts large messages loses
every one of them without a word. A reliable publisher that is matched while nothing arrives is
that case: asking for reliable delivery makes its messages arrive, if slowly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.serialized_message import read_header, SerializedMessage
from mt_depth_ros.ros.topics import input_qos
from mt_depth_ros.ros.transport import PROFILE_VARIABLE, transport_profile

SILENCE_S = 2.0


@dataclass(kw_only=True, slots=True)
class ReliabilityChoice:
    """Decides between best effort and reliable, from what is matched and what arrives.

    Attributes:
        wanted: ``'auto'``, ``'best_effort'`` or ``'reliable'``.
        is_reliable: what the subscription asks for at present.
    """

    wanted: str
    is_reliable: bool = False
    _silent_since_s: float | None = None

    def __post_init__(self) -> None:
        self.is_reliable = self.wanted == 'reliable'

    def should_switch(
        self, publishers: Sequence[ReliabilityPolicy], *, arrived: bool, now_s: float
    ) -> bool:
        """Whether to subscribe again with the other reliability.

        Args:
            publishers: what each matched publisher offers.
            arrived: whether any message arrived since these publishers were matched.
            now_s: steady time, seconds.
        """
        if self.wanted != 'auto' or not publishers:
            self._silent_since_s = None
            return False
        some_reliable = ReliabilityPolicy.RELIABLE in publishers
        if self.is_reliable:
            # A best-effort publisher cannot serve a reliable subscription at all.
            return not some_reliable
        if arrived or not some_reliable:
            self._silent_since_s = None
            return False
        if self._silent_since_s is None:
            self._silent_since_s = now_s
        return now_s - self._silent_since_s >= SILENCE_S

    def switch(self) -> None:
        """Notes that the subscription was made again with the other reliability."""
        self.is_reliable = not self.is_reliable
        self._silent_since_s = None


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
        self._node = node
        self._message_type = message_type
        self._callback = callback
        self._problems = problems
        self._queue_depth = queue_depth
        self._choice = ReliabilityChoice(wanted=reliability)
        self._known_publishers: frozenset[bytes] = frozenset()
        self._received_before = 0
        self._subscription = self._subscribe()

    @property
    def is_reliable(self) -> bool:
        """Whether it asks for reliable delivery at present."""
        return self._choice.is_reliable

    def check_delivery(self, now_s: float) -> None:
        """Subscribes again with the other reliability where the present one brings nothing.

        Args:
            now_s: steady time, seconds.
        """
        publishers = self._node.get_publishers_info_by_topic(self.topic)
        known = frozenset(bytes(publisher.endpoint_gid) for publisher in publishers)
        if known - self._known_publishers:
            self._received_before = self.received
        self._known_publishers = known
        offered = [publisher.qos_profile.reliability for publisher in publishers]
        arrived = self.received > self._received_before
        if self._choice.should_switch(offered, arrived=arrived, now_s=now_s):
            self._choice.switch()
            self.destroy()
            self._subscription = self._subscribe()
            self._report_switch()

    def destroy(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._subscription)

    def _subscribe(self) -> Any:
        return self._node.create_subscription(
            self._message_type,
            self.topic,
            self._take,
            input_qos(reliable=self._choice.is_reliable, depth=self._queue_depth),
            raw=True,
        )

    def _take(self, data: bytes) -> None:
        self.received += 1
        received_ns = self._node.get_clock().now().nanoseconds
        try:
            message = read_header(
                data,
                message_type=self._message_type,
                topic=self.topic,
                received_ns=received_ns,
            )
        except SensorInputError as error:
            self._problems.report(error)
            return
        self._callback(message)

    def _report_switch(self) -> None:
        if self._choice.is_reliable:
            text = (
                f'{self.topic}: nothing arrives with best effort although a reliable publisher '
                'is there, so it is subscribed to as reliable from now on. Most likely its '
                'messages do not fit into the shared memory of the process that publishes '
                f'them: start that one with {PROFILE_VARIABLE}={transport_profile()}'
            )
        else:
            text = f'{self.topic}: only best-effort publishers, so it is subscribed to as such'
        self._node.get_logger().warning(text)
