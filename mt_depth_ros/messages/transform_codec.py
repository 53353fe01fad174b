"""Transforms out of TF messages."""

from __future__ import annotations

from mt_depth_ros.core.transforms import RigidTransform, StampedTransform
from mt_depth_ros.messages.header_codec import frame_id_from, stamp_ns_from
from mt_depth_ros.messages.message_protocols import TransformsMessage, TransformStampedMessage


def decode_transform(message: TransformStampedMessage, *, where: str) -> StampedTransform:
    """Reads one transform, which gives points of the child frame in the parent frame.

    Args:
        message: a geometry_msgs/TransformStamped.
        where: the topic, for the error.

    Raises:
        TransformError: a value is not finite or the quaternion is zero (``bad_transform``).
    """
    parent, child = frame_id_from(message.header), message.child_frame_id.lstrip('/')
    shift, turn = message.transform.translation, message.transform.rotation
    return StampedTransform(
        parent_frame=parent,
        child_frame=child,
        transform=RigidTransform.from_quaternion(
            [shift.x, shift.y, shift.z],
            [turn.x, turn.y, turn.z, turn.w],
            where=f'{where}, {child!r} in {parent!r}',
        ),
        stamp_ns=stamp_ns_from(message.header.stamp),
    )


def decode_transforms(message: TransformsMessage, *, where: str) -> list[StampedTransform]:
    """Reads every transform of a message; one that is bad refuses them all.

    Args:
        message: a tf2_msgs/TFMessage.
        where: the topic, for the error.

    Raises:
        TransformError: as :func:`decode_transform`.
    """
    return [decode_transform(transform, where=where) for transform in message.transforms]
