"""Where the depth sensor sits: from a parameter, from /tf_static, or from moving transforms."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node

from mt_depth_ros.core.errors import ConfigError, TransformError
from mt_depth_ros.core.transform_tree import TransformTree
from mt_depth_ros.core.transforms import parse_static_transform, RigidTransform
from mt_depth_ros.messages.transform_codec import decode_transforms
from mt_depth_ros.ros.home import optional_package
from mt_depth_ros.ros.moving_transforms import MovingTransforms
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.qos_overrides import create_subscription
from mt_depth_ros.ros.topics import TF, TF_STATIC, TF_STATIC_QOS

# Static transforms come once, at the start, and may be a little late.
_PATIENCE_S = 2.0


class Extrinsics:
    """Answers where one frame is seen from another.

    Transforms of the parameter ``static_transforms`` win over those of /tf_static and /tf. Where
    static transforms leave two frames unconnected for a while, tf2_ros is asked for the image's
    stamp, if it is there. Not before, nor once they are enough: listening to /tf costs a Python
    node a good part of a core.

    Args:
        node: subscribes to the transform topics, where this home has their messages.
        static_transforms: each ``'x y z qx qy qz qw parent child'``.
        problems: where unusable transform messages are reported.

    Raises:
        ConfigError: a text of ``static_transforms`` cannot be read.
    """

    def __init__(
        self, node: Node, static_transforms: tuple[str, ...], problems: ProblemLog
    ) -> None:
        self._node = node
        self._problems = problems
        self._tree = TransformTree(map(parse_static_transform, static_transforms))
        self._subscription: Any = None
        self._moving: MovingTransforms | None = None
        self._is_unconnected = False
        self._other_since_s: float | None = None  # something else than we do is called for
        tf2_msgs = optional_package('tf2_msgs.msg')
        if tf2_msgs is not None:
            self._subscription = create_subscription(
                node, tf2_msgs.TFMessage, TF_STATIC, self._take, TF_STATIC_QOS
            )

    @property
    def frames(self) -> tuple[str, ...]:
        """Every frame that static transforms name."""
        return self._tree.frames

    def lookup(self, target_frame: str, source_frame: str, stamp_ns: int) -> RigidTransform:
        """target_from_source at a time; worker's thread.

        Args:
            target_frame: the image's frame.
            source_frame: the depth sensor's frame.
            stamp_ns: the image's stamp, for transforms that move.

        Raises:
            TransformError: nothing connects the two frames.
        """
        try:
            found = self._tree.lookup(target_frame, source_frame)
        except TransformError:
            self._is_unconnected = True
            moving = self._moving  # the other thread may let go of it
            if moving is None:
                raise
            return moving.lookup(target_frame, source_frame, stamp_ns)
        self._is_unconnected = False
        return found

    def follow_moving_frames(self, now_s: float) -> None:
        """Listens to /tf where static transforms have not been enough for two seconds.

        And no longer where they have been for as long, as when they came late.

        Args:
            now_s: steady time, seconds; executor's thread, called regularly.
        """
        if self._is_unconnected == (self._moving is not None):
            self._other_since_s = None
        elif self._other_since_s is None:
            self._other_since_s = now_s
        elif now_s - self._other_since_s >= _PATIENCE_S:
            self._other_since_s = None
            if self._is_unconnected:
                self._listen()
            else:
                self._stop_listening()

    def destroy(self) -> None:
        """Ends the subscriptions."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
        self._stop_listening()

    def _listen(self) -> None:
        tf2_ros, tf2_msgs = optional_package('tf2_ros'), optional_package('tf2_msgs.msg')
        if tf2_ros is None or tf2_msgs is None:
            return
        try:
            self._moving = MovingTransforms(self._node, tf2_ros, tf2_msgs.TFMessage, self._tree)
        except ConfigError as error:
            self._problems.report_text('bad_qos_override', str(error), where=TF)

    def _stop_listening(self) -> None:
        moving, self._moving = self._moving, None
        if moving is not None:
            moving.destroy()

    def _take(self, message: Any) -> None:
        # One message often holds those of a whole robot: a bad one costs none of the others.
        usable = decode_transforms(message, where=TF_STATIC, on_refused=self._problems.report)
        for stamped in usable:
            try:
                self._tree.set(stamped)
            except TransformError as error:
                self._problems.report(error)
        if self._moving is not None:
            self._moving.follow_static()
