"""What a publisher sent before the node subscribed, and keeps for late joiners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from mt_depth_ros.ros.connections import ignore_event

_QOS = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)


class LatchedMessage:
    """Asks publishers for their last message, until one has arrived.

    A driver that is started again, perhaps with another calibration, is asked as well.

    One subscription either asks for it or hears publishers that keep nothing, so this is a second
    one beside that of the input, and only for so long. Its QoS is not the user's to override: with
    another one it could not ask. Executor's thread only.

    Args:
        node: the node that subscribes.
        message_type: rclpy class of the messages.
        topic: resolved name.
        callback: gets each message as bytes, with what rclpy tells of it.
    """

    def __init__(
        self, node: Node, message_type: Any, topic: str, callback: Callable[[bytes, Any], None]
    ) -> None:
        self._node = node
        self._message_type = message_type
        self._topic = topic
        self._callback = callback
        self._subscription: Any = None
        self._asked: set[bytes] = set()
        self._received = 0

    def look(self, publishers: Sequence[Any], *, received: int) -> None:
        """Asks who keeps a message and was not asked, and ends that once one has arrived.

        Args:
            publishers: what rclpy tells of the topic's publishers.
            received: messages of the input that arrived, those asked for among them.
        """
        keepers = {bytes(info.endpoint_gid) for info in publishers if _keeps_a_message(info)}
        has_arrived, self._received = received > self._received, received
        if has_arrived:
            self._end()
        elif keepers - self._asked:
            self._asked = keepers
            self._ask()

    def destroy(self) -> None:
        """Ends the subscription, if there is one; whoever looks again asks again."""
        self._end()
        self._asked = set()

    def _ask(self) -> None:
        if self._subscription is None:
            self._subscription = self._node.create_subscription(
                self._message_type,
                self._topic,
                self._callback,
                _QOS,
                raw=True,
                event_callbacks=SubscriptionEventCallbacks(
                    incompatible_qos=ignore_event, incompatible_type=ignore_event
                ),
            )

    def _end(self) -> None:
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None


def _keeps_a_message(info: Any) -> bool:
    qos = info.qos_profile
    return bool(
        qos.durability == DurabilityPolicy.TRANSIENT_LOCAL
        and qos.reliability == ReliabilityPolicy.RELIABLE
    )
