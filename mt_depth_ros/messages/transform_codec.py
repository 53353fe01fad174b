"""Transforms out of TF messages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.errors import TransformError
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


def decode_transforms(
    message: TransformsMessage,
    *,
    where: str,
    on_refused: Callable[[TransformError], None] | None = None,
) -> list[StampedTransform]:
    """Reads every transform of a message.

    Args:
        message: a tf2_msgs/TFMessage.
        where: the topic, for errors.
        on_refused: what to do with the error of a bad transform; the others are read on, as one
            message often holds those of a whole robot. None: raise it.

    Raises:
        TransformError: as :func:`decode_transform`, without ``on_refused``.
    """
    decoded = []
    for transform in message.transforms:
        try:
            decoded.append(decode_transform(transform, where=where))
        except TransformError as error:
            if on_refused is None:
                raise
            on_refused(error)
    return decoded


def quaternion_from_rotation(rotation: Matrix) -> tuple[float, float, float, float]:
    """The unit quaternion of a rotation, with w >= 0.

    I. Y. Bar-Itzhack, "New Method for Extracting the Quaternion from a Rotation Matrix", 2000:
    the eigenvector of the largest eigenvalue, which also takes the nearest rotation where the
    matrix is one only to a few digits.

    Args:
        rotation: (3, 3) float64.

    Returns:
        x, y, z, w.
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = rotation.tolist()
    _, vectors = np.linalg.eigh(
        [
            [xx - yy - zz, yx + xy, zx + xz, zy - yz],
            [yx + xy, yy - xx - zz, zy + yz, xz - zx],
            [zx + xz, zy + yz, zz - xx - yy, yx - xy],
            [zy - yz, xz - zx, yx - xy, xx + yy + zz],
        ]
    )
    largest = vectors[:, -1]
    x, y, z, w = (largest if largest[3] >= 0 else -largest).tolist()
    return x, y, z, w
