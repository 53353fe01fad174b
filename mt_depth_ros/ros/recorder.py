"""Records what the node publishes, to check it and to show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from mt_depth_ros.core.arrays import AnyArray
from mt_depth_ros.messages.header_codec import stamp_ns_from
from mt_depth_ros.messages.image_pixels import view_pixels
from mt_depth_ros.ros.node_outputs import OUTPUT_TYPES
from mt_depth_ros.ros.topics import NODE_NAME

_QUEUE_DEPTH = 50
_PIXEL_TYPES = {'32FC1': 'f4', '16UC1': 'u2', 'mono8': 'u1'}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RecordedMessage:
    """One message the node published.

    Attributes:
        output: its name in :data:`~mt_depth_ros.ros.node_outputs.OUTPUT_TYPES`.
        stamp_ns: its header's stamp.
        frame_id: its header's frame.
        received_ns: when it arrived, on the recording node's clock.
        message: as rclpy's class.
    """

    output: str
    stamp_ns: int
    frame_id: str
    received_ns: int
    message: Any

    @property
    def pixels(self) -> AnyArray:
        """(H, W) values of an image output, in the message's own unit and type."""
        return view_pixels(
            self.message, dtype=_PIXEL_TYPES[self.message.encoding], channels=1, where=self.output
        )


class OutputRecorder:
    """Subscribes to the node's outputs with reliable delivery.

    Args:
        node: subscribes; whoever owns it spins it.
        on_message: gets each message, in the executor's thread.
        target: fully qualified name of the node that publishes.
        outputs: which outputs.
    """

    def __init__(
        self,
        node: Node,
        on_message: Callable[[RecordedMessage], None],
        *,
        target: str = f'/{NODE_NAME}',
        outputs: Sequence[str] = tuple(OUTPUT_TYPES),
    ) -> None:
        self._node = node
        self._on_message = on_message
        qos = QoSProfile(depth=_QUEUE_DEPTH, reliability=ReliabilityPolicy.RELIABLE)
        self._subscriptions = [
            self._subscribe(output, OUTPUT_TYPES[output], target, qos) for output in outputs
        ]

    @property
    def topics(self) -> tuple[str, ...]:
        """The recorded topics, resolved."""
        return tuple(subscription.topic_name for subscription in self._subscriptions)

    @property
    def has_met_publishers(self) -> bool:
        """Whether each recorded topic has a publisher that would be heard.

        The graph tells of a publisher before the subscription knows it, and what is sent until
        then is lost.
        """
        return all(item.get_publisher_count() > 0 for item in self._subscriptions)

    def destroy(self) -> None:
        """Ends the subscriptions."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _subscribe(
        self, output: str, topic_and_type: tuple[str, Any], target: str, qos: QoSProfile
    ) -> Any:
        topic, message_type = topic_and_type
        name = target + topic.removeprefix('~')
        return self._node.create_subscription(
            message_type, name, lambda message: self._take(output, message), qos
        )

    def _take(self, output: str, message: Any) -> None:
        self._on_message(
            RecordedMessage(
                output=output,
                stamp_ns=stamp_ns_from(message.header.stamp),
                frame_id=message.header.frame_id,
                received_ns=self._node.get_clock().now().nanoseconds,
                message=message,
            )
        )
