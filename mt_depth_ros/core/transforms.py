"""Rigid transforms between named frames.

A transform is named after where it leads: ``camera_from_lidar`` takes points of the LiDAR's frame
and gives the same points in the camera's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import FloatArray, Matrix
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.errors import ConfigError, TransformError

# Published calibrations carry six digits or more; anything worse is not a rotation.
_ROTATION_TOLERANCE = 1e-3
# Rounding to six digits stays below it, and so do products and inverses of what does.
_ROUNDING = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class RigidTransform:
    """A rotation, then a shift: ``rotation @ x + translation_m``.

    Attributes:
        rotation: (3, 3) float64, orthonormal, determinant +1; the nearest such matrix to one that
            was published with few digits.
        translation_m: (3,) float64 metres.

    Raises:
        ValueError: a shape or dtype differs, a value is not finite, or it is no rotation.
    """

    rotation: Matrix
    translation_m: Matrix

    def __post_init__(self) -> None:
        check_array(self.rotation, name='rotation', shape=(3, 3), dtype='f8')
        check_array(self.translation_m, name='translation_m', shape=(3,), dtype='f8')
        if not np.isfinite(self.translation_m).all():
            raise ValueError(f'translation_m: expected finite metres, got {self.translation_m}')
        if not is_rotation(self.rotation):
            raise ValueError(
                'rotation: expected an orthonormal matrix of determinant +1, '
                f'got {self.rotation.tolist()}'
            )
        object.__setattr__(self, 'rotation', nearest_rotation(self.rotation))

    @classmethod
    def identity(cls) -> RigidTransform:
        """The transform that moves nothing."""
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def from_quaternion(
        cls,
        translation_m: Sequence[float] | Matrix,
        quaternion_xyzw: Sequence[float] | Matrix,
        *,
        where: str = 'transform',
    ) -> RigidTransform:
        """Builds a transform from ROS's translation and quaternion.

        Args:
            translation_m: x, y, z, metres.
            quaternion_xyzw: x, y, z, w; of any length but zero, normalised here.
            where: the topic or parameter it came from, for the error.

        Raises:
            TransformError: a value is not finite, or the quaternion is zero.
        """
        translation = np.array(translation_m, np.float64)
        quaternion = np.array(quaternion_xyzw, np.float64)
        length = float(np.linalg.norm(quaternion))
        if not np.isfinite(translation).all() or not np.isfinite(length) or length < 1e-9:
            raise TransformError(
                reason='bad_transform',
                expected='finite x, y, z and a quaternion x, y, z, w of length 1',
                got=f'translation {translation.tolist()}, quaternion {quaternion.tolist()}',
                where=where,
                remedy='publish a valid transform; "no rotation" is the quaternion 0 0 0 1',
            )
        return cls(_rotation_from_quaternion(quaternion / length), translation)

    def apply(self, points_m: FloatArray) -> FloatArray:
        """Moves points.

        Args:
            points_m: (N, 3) float32 metres.

        Returns:
            (N, 3) float32 metres.
        """
        return transform_points(points_m, np.column_stack([self.rotation, self.translation_m]))

    def inverse(self) -> RigidTransform:
        """The transform that undoes this one."""
        return RigidTransform(self.rotation.T.copy(), -self.rotation.T @ self.translation_m)

    def compose(self, first: RigidTransform) -> RigidTransform:
        """The transform that applies ``first``, then this one.

        ``a_from_b.compose(b_from_c)`` is ``a_from_c``; also written ``a_from_b @ b_from_c``.
        """
        return RigidTransform(
            self.rotation @ first.rotation,
            self.rotation @ first.translation_m + self.translation_m,
        )

    def __matmul__(self, first: RigidTransform) -> RigidTransform:
        return self.compose(first)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StampedTransform:
    """Where a child frame sits in its parent, as ``geometry_msgs/TransformStamped`` says it.

    Attributes:
        parent_frame: the message's ``header.frame_id``.
        child_frame: the message's ``child_frame_id``.
        transform: parent_from_child: takes points of the child's frame into the parent's.
        stamp_ns: nanoseconds.
    """

    parent_frame: str
    child_frame: str
    transform: RigidTransform
    stamp_ns: int = 0


def parse_static_transform(text: str) -> StampedTransform:
    """Reads a transform in the order of ``static_transform_publisher``'s arguments.

    Args:
        text: ``'x y z qx qy qz qw parent child'``, metres.

    Raises:
        ConfigError: the text does not have nine parts, or a number is none.
    """
    parts = text.split()
    try:
        if len(parts) != 9:
            raise ValueError(f'{len(parts)} parts')
        numbers = [float(part) for part in parts[:7]]
        transform = RigidTransform.from_quaternion(numbers[:3], numbers[3:])
    except (ValueError, TransformError) as error:
        raise ConfigError(
            expected="'x y z qx qy qz qw parent child'",
            got=f'{text!r} ({error})',
            where='static_transforms',
            remedy='write seven numbers, then the parent frame, then the child frame',
        ) from error
    return StampedTransform(parent_frame=parts[7], child_frame=parts[8], transform=transform)


def transform_points(points_m: FloatArray, matrix: Matrix) -> FloatArray:
    """Multiplies points with a matrix, ten times as fast as a product of numpy arrays.

    Args:
        points_m: (N, 3) float32.
        matrix: (3, 4) float64; its last column is added.

    Returns:
        (N, 3) float32.
    """
    check_array(points_m, name='points_m', shape=(None, 3), dtype='f4')
    if len(points_m) == 0:
        return points_m
    moved = cv2.transform(np.ascontiguousarray(points_m)[np.newaxis], matrix)
    return np.asarray(moved[0], dtype=np.float32)


def is_rotation(matrix: Matrix) -> bool:
    """Whether a (3, 3) matrix is orthonormal with determinant +1, to published precision."""
    if not np.isfinite(matrix).all():
        return False
    is_orthonormal = np.allclose(matrix @ matrix.T, np.eye(3), atol=_ROTATION_TOLERANCE)
    return bool(is_orthonormal and np.linalg.det(matrix) > 0.0)


def nearest_rotation(matrix: Matrix) -> Matrix:
    """The rotation that a published matrix stands for.

    Without this the product of two that :func:`is_rotation` accepts could be none any more.

    Args:
        matrix: (3, 3) float64 that :func:`is_rotation` accepts.

    Returns:
        (3, 3) float64; the same array where no more than rounding keeps it from being one.
    """
    if np.abs(matrix @ matrix.T - np.eye(3)).max() <= _ROUNDING:
        return matrix
    left, _, right = np.linalg.svd(matrix)
    return np.asarray(left @ right, np.float64)


def _rotation_from_quaternion(quaternion_xyzw: Matrix) -> Matrix:
    x, y, z, w = quaternion_xyzw
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
