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
    """Asks publishers for their last message, as long as none has arrived.

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

    def look(self, publishers: Sequence[Any], *, received: int) -> None:
        """Asks where somebody keeps a message and none has arrived; else ends that.

        Args:
            publishers: what rclpy tells of the topic's publishers.
            received: messages of the input that arrived, those asked for among them.
        """
        if received > 0:
            self.destroy()
        elif self._subscription is None and any(map(_keeps_a_message, publishers)):
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

    def destroy(self) -> None:
        """Ends the subscription, if there is one."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None


def _keeps_a_message(info: Any) -> bool:
    qos = info.qos_profile
    return bool(
        qos.durability == DurabilityPolicy.TRANSIENT_LOCAL
        and qos.reliability == ReliabilityPolicy.RELIABLE
    )
