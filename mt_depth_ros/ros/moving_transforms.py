"""Transforms that move, for homes that have tf2: where a frame was at a stamp."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from rclpy.clock import JumpThreshold
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.time import Time

from mt_depth_ros.core.errors import TransformError
from mt_depth_ros.core.transform_tree import TransformTree
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.ros.message_filling import make_transform
from mt_depth_ros.ros.qos_overrides import create_subscription
from mt_depth_ros.ros.topics import TF, TF_QOS

# A sample of /tf from after the image, to interpolate with, comes a moment after it.
WAIT_S = 0.1
_AUTHORITY = 'mt_depth_ros'


class MovingTransforms:
    """A buffer of tf2, with the static transforms of a tree in it.

    Filled here and not by tf2's own listener, which knows nothing of transforms given by hand and
    would let those of /tf and /tf_static replace them. Emptied here as well, when the node's clock
    jumps back: a buffer that is given the node does it itself, and leaves a service and the
    callback behind.

    Args:
        node: subscribes to /tf.
        tf2_ros: the package.
        message_type: tf2_msgs/TFMessage.
        static: the static transforms; those by hand win over /tf too.

    Raises:
        ConfigError: an override of QoS cannot be used.
    """

    def __init__(
        self, node: Node, tf2_ros: ModuleType, message_type: Any, static: TransformTree
    ) -> None:
        self._node = node
        self._tf2_ros = tf2_ros
        self._static = static
        self._buffer: Any = tf2_ros.Buffer()
        self.follow_static()
        self._subscription: Any = create_subscription(node, message_type, TF, self._take, TF_QOS)
        self._jump_handle: Any = node.get_clock().create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1)),
            post_callback=lambda _: self._follow_jump(),
        )

    def follow_static(self) -> None:
        """Takes over the static transforms as they are now."""
        for stamped in self._static.links:
            self._buffer.set_transform_static(make_transform(stamped), _AUTHORITY)

    def lookup(self, target_frame: str, source_frame: str, stamp_ns: int) -> RigidTransform:
        """target_from_source at a time, waiting for it a moment; worker's thread.

        Args:
            target_frame: the image's frame.
            source_frame: the depth sensor's frame.
            stamp_ns: the image's stamp.

        Raises:
            TransformError: nothing connects the two frames at that time.
        """
        try:
            found = self._buffer.lookup_transform(
                target_frame,
                source_frame,
                Time(nanoseconds=stamp_ns),
                timeout=Duration(seconds=WAIT_S),
            )
        except self._tf2_ros.TransformException as error:
            raise TransformError(
                reason='missing_transform',
                expected=f'a transform from {source_frame!r} to {target_frame!r} at the stamp of '
                f'the image within {WAIT_S:g} s',
                got=str(error),
                where='/tf and /tf_static',
                remedy='publish it, or set the parameter static_transforms',
            ) from error
        shift, turn = found.transform.translation, found.transform.rotation
        return RigidTransform.from_quaternion(
            np.array([shift.x, shift.y, shift.z]), np.array([turn.x, turn.y, turn.z, turn.w])
        )

    def destroy(self) -> None:
        """Ends the subscription and lets go of the buffer."""
        self._node.destroy_subscription(self._subscription)
        # Where the buffer has a callback on a clock of its own, that one holds on to the buffer.
        for handle in (self._jump_handle, getattr(self._buffer, 'jump_handle', None)):
            if handle is not None:
                handle.unregister()

    def _follow_jump(self) -> None:
        self._buffer.clear()
        self.follow_static()

    def _take(self, message: Any) -> None:
        for stamped in message.transforms:
            if not self._static.is_ruled_out(stamped.header.frame_id, stamped.child_frame_id):
                self._buffer.set_transform(stamped, _AUTHORITY)
