"""The node's input topics: which message types are read from where, and who gets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2

from mt_depth_ros.ros import topics
from mt_depth_ros.ros.input_subscription import InputSubscription
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.node_state import InputState
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.qos_overrides import input_overrides
from mt_depth_ros.ros.serialized_message import SerializedMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class InputHandlers:
    """Who gets the messages, in the executor's thread.

    Attributes:
        image, camera_info, depth, mask: one for each kind.
        image_refused, depth_refused: get the reason of each message that goes no further, so
            that the books of both streams balance.
    """

    image: Callable[[SerializedMessage], None]
    camera_info: Callable[[SerializedMessage], None]
    depth: Callable[[SerializedMessage], None]
    mask: Callable[[SerializedMessage], None]
    image_refused: Callable[[str], None]
    depth_refused: Callable[[str], None]


class NodeInputs:
    """The subscriptions of the node.

    Args:
        node: the node that subscribes.
        config: which inputs, and how.
        handlers: who gets the messages.
        problems: where unusable messages and two depth sources at once are reported.

    Raises:
        ConfigError: an override of QoS cannot be used.
    """

    def __init__(
        self, node: Node, config: NodeConfig, handlers: InputHandlers, problems: ProblemLog
    ) -> None:
        self._node = node
        self._config = config
        self._handlers = handlers
        self._problems = problems
        self._refusals = {
            'image': handlers.image_refused,
            'points': handlers.depth_refused,
            'sparse_depth': handlers.depth_refused,
        }
        self._depth_topic: str | None = None
        self.subscriptions: dict[str, InputSubscription] = {}
        try:
            self._subscribe_camera()
            self._subscribe_depth()
        except Exception:
            # Nothing may be left of them: there will be another try.
            self.destroy()
            raise

    def check_delivery(self, now_s: float) -> None:
        """Looks after every subscription; see :meth:`InputSubscription.check_delivery`.

        Args:
            now_s: steady time, seconds.
        """
        for subscription in self.subscriptions.values():
            subscription.check_delivery(now_s)

    def states(self, now_s: float) -> dict[str, InputState]:
        """How each input stands, by its short name.

        Args:
            now_s: steady time, seconds.
        """
        return {name: item.state(now_s) for name, item in self.subscriptions.items()}

    def destroy(self) -> None:
        """Ends the subscriptions."""
        for subscription in self.subscriptions.values():
            subscription.destroy()
        self.subscriptions.clear()

    def _subscribe_camera(self) -> None:
        handlers = self._handlers
        if self._config.image_transport == 'compressed':
            self._add(
                'image', CompressedImage, topics.IMAGE, handlers.image, topics.COMPRESSED_SUFFIX
            )
        else:
            self._add('image', Image, topics.IMAGE, handlers.image)
        self._add('camera_info', CameraInfo, topics.CAMERA_INFO, handlers.camera_info)
        if self._config.mask_backend == 'topic':
            self._add('mask', Image, topics.MASK, handlers.mask)

    def _subscribe_depth(self) -> None:
        if self._config.depth_source in ('auto', 'points'):
            self._add('points', PointCloud2, topics.POINTS, self._take_depth)
        if self._config.depth_source not in ('auto', 'sparse_depth'):
            return
        if self._config.sparse_depth_transport == 'compressedDepth':
            suffix = topics.COMPRESSED_DEPTH_SUFFIX
            self._add(
                'sparse_depth', CompressedImage, topics.SPARSE_DEPTH, self._take_depth, suffix
            )
        else:
            self._add('sparse_depth', Image, topics.SPARSE_DEPTH, self._take_depth)

    def _add(
        self,
        name: str,
        message_type: Any,
        topic: str,
        callback: Callable[[SerializedMessage], None],
        suffix: str = '',
    ) -> None:
        # The suffix goes behind the remapped name: that is what image_transport does.
        resolved = self._node.resolve_topic_name(topic) + suffix
        reliability, queue_depth = input_overrides(
            self._node,
            resolved,
            reliability=self._config.input_reliability,
            queue_depth=self._config.input_queue_depth,
        )
        self.subscriptions[name] = InputSubscription(
            self._node,
            message_type,
            resolved,
            callback,
            own_name=topic,
            suffix=suffix,
            problems=self._problems,
            reliability=reliability,
            queue_depth=queue_depth,
            on_refused=self._refusals.get(name, _not_in_the_books),
            # Some drivers publish it once, and keep it for who comes later.
            wants_latched=name == 'camera_info',
        )

    def _take_depth(self, message: SerializedMessage) -> None:
        """Passes on depth from the topic that delivered first."""
        if self._depth_topic is None:
            self._depth_topic = message.topic
        if message.topic == self._depth_topic:
            self._handlers.depth(message)
            return
        self._handlers.depth_refused('depth_source_conflict')
        self._problems.report_text(
            'depth_source_conflict',
            f'depth arrives on {self._depth_topic} and on {message.topic}; the second is ignored. '
            "Set depth_source to 'points' or 'sparse_depth', or stop one of them",
        )


def _not_in_the_books(reason: str) -> None:
    """Calibrations and masks belong to an image; only images and depth have books."""
