"""A subscription that connects to any publisher, and notices when best effort loses messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import time
from typing import Any

from rclpy.clock import Clock, ROSClock
from rclpy.event_handler import SubscriptionEventCallbacks, UnsupportedEventTypeError
from rclpy.node import Node
from rclpy.qos import QoSProfile

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.ros.connections import ignore_event, input_alarm, own_qos
from mt_depth_ros.ros.latched_message import LatchedMessage
from mt_depth_ros.ros.message_gaps import MessageGaps
from mt_depth_ros.ros.node_state import InputState
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.qos_overrides import create_subscription
from mt_depth_ros.ros.reliability_choice import Delivery, ReliabilityChoice
from mt_depth_ros.ros.serialized_message import read_header, SerializedMessage
from mt_depth_ros.ros.topics import input_qos
from mt_depth_ros.ros.transport import PROFILE_VARIABLE, transport_profile

# A time of arrival longer ago than this is no such time: not every middleware notes one.
_LONGEST_DELAY_NS = 10_000_000_000


class InputSubscription:
    """One input topic of the node. Used from the executor's thread only.

    Attributes:
        topic: its resolved name.
        received: messages since the start.
        newest_stamp_ns: stamp of the newest message, or None.

    Args:
        node: the node that subscribes.
        message_type: rclpy class of the messages, with a header in front.
        topic: name, resolved against the node's remappings.
        own_name: the name to remap, e.g. ``~/input/image``.
        suffix: what ``topic`` has behind the remapped name, e.g. ``/compressed``.
        callback: gets each message with its header read and the rest not decoded.
        problems: where unusable messages are reported.
        reliability: ``'auto'``, ``'best_effort'`` or ``'reliable'``.
        queue_depth: messages the middleware holds.
        on_refused: gets the reason of each message without a header that can be read.
        wants_latched: ask for a message that was sent before, where a publisher keeps it.
    """

    def __init__(
        self,
        node: Node,
        message_type: Any,
        topic: str,
        callback: Callable[[SerializedMessage], None],
        *,
        own_name: str,
        suffix: str = '',
        problems: ProblemLog,
        reliability: str,
        queue_depth: int,
        on_refused: Callable[[str], None] = lambda reason: None,
        wants_latched: bool = False,
    ) -> None:
        self.topic = topic
        self.received = 0
        self.newest_stamp_ns: int | None = None
        self._own_name, self._suffix = own_name, suffix
        self._heard_s = time.monotonic()
        self._gap_s = 0.0
        self._lost_on_the_way = 0
        self._gaps = MessageGaps()
        self._node = node
        self._message_type = message_type
        self._callback = callback
        self._problems = problems
        self._on_refused = on_refused
        self._queue_depth = queue_depth
        self._choice = ReliabilityChoice(reliability)
        self._latched = (
            LatchedMessage(node, message_type, topic, self._take) if wants_latched else None
        )
        self._subscription = self._subscribe()

    @property
    def lost(self) -> int:
        """Messages that were sent and never taken.

        Either they were lost on the way, which the middleware may tell, or newer ones pushed them
        out of its queue before they were taken, of which it tells nothing.
        """
        return max(self._gaps.missing, self._lost_on_the_way)

    @property
    def is_reliable(self) -> bool:
        """Whether it asks for reliable delivery at present."""
        return self._choice.is_reliable

    def state(self, now_s: float) -> InputState:
        """How it stands, and what keeps its publishers from being heard.

        Args:
            now_s: steady time, seconds.
        """
        publishers = self._node.get_publishers_info_by_topic(self.topic)
        return InputState(
            topic=self.topic,
            received=self.received,
            lost=self.lost,
            reliable=self.is_reliable,
            newest_stamp_ns=self.newest_stamp_ns,
            silent_s=now_s - self._heard_s,
            gap_s=self._gap_s,
            publishers=len(publishers),
            alarm=input_alarm(
                self._node,
                self.topic,
                self._message_type,
                self._qos(),
                publishers,
                self._own_name,
                self._suffix,
            ),
        )

    def check_delivery(self, now_s: float) -> None:
        """Subscribes again with the other reliability where the present one brings too little.

        Asks for a message that was sent before, where it is wanted and has not arrived.

        Args:
            now_s: steady time, seconds.
        """
        publishers = self._node.get_publishers_info_by_topic(self.topic)
        if self._latched is not None:
            self._latched.look(publishers, received=self.received)
        delivery = Delivery(
            now_s=now_s,
            publishers={
                bytes(info.endpoint_gid): info.qos_profile.reliability for info in publishers
            },
            received=self.received,
            lost=self._lost_on_the_way,
        )
        why = self._choice.reason_to_switch(delivery)
        if why:
            self._choice.switch()
            self._gaps.forget_publishers()
            self.destroy()
            self._subscription = self._subscribe()
            self._report_switch(why)

    def destroy(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._subscription)
        if self._latched is not None:
            self._latched.destroy()

    def _qos(self) -> QoSProfile:
        """What is asked for in fact, as the user may override it."""
        found = own_qos(self._node, self._node.get_subscriptions_info_by_topic(self.topic))
        return found or input_qos(reliable=self.is_reliable, depth=self._queue_depth)

    def _subscribe(self) -> Any:
        def create(**events: Any) -> Any:
            """The subscription, with what the middleware can tell of."""
            return create_subscription(
                self._node,
                self._message_type,
                self.topic,
                self._take,
                input_qos(reliable=self._choice.is_reliable, depth=self._queue_depth),
                is_input=True,
                raw=True,
                **events,
            )

        quiet: dict[str, Any] = {
            'incompatible_qos': ignore_event,
            'incompatible_type': ignore_event,
        }
        try:
            return create(
                event_callbacks=SubscriptionEventCallbacks(message_lost=self._note_loss, **quiet)
            )
        except UnsupportedEventTypeError:
            return create(event_callbacks=SubscriptionEventCallbacks(**quiet))

    def _note_loss(self, event: Any) -> None:
        self._lost_on_the_way += event.total_count_change

    def _take(self, data: bytes, info: Any) -> None:
        self.received += 1
        now_s = time.monotonic()
        if self.received > 1:
            self._gap_s = now_s - self._heard_s
        self._heard_s = now_s
        self._gaps.observe(info)
        try:
            message = read_header(
                data,
                message_type=self._message_type,
                topic=self.topic,
                received_ns=arrival_ns(self._node.get_clock(), info),
            )
        except SensorInputError as error:
            self._problems.report(error)
            self._on_refused(error.reason)
            return
        self.newest_stamp_ns = message.stamp_ns
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
