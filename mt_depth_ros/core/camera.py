"""Calibrated cameras and the rectified pixel grid that every output lives on.

Pixel positions have the centre of the first pixel at 0 (OpenCV's and ROS's convention), so a grid
of W columns covers [-0.5, W - 0.5) and resizing by s maps u to ``(u + 0.5) * s - 0.5``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from mt_depth_ros.core.arrays import FloatArray, FloatImage, Matrix
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.transforms import transform_points


def _identity_rotation() -> Matrix:
    return np.eye(3)


def _zero_offset() -> Matrix:
    return np.zeros(3)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RectifiedCamera:
    """An undistorted pinhole grid, and where it sits in the camera's own frame.

    A point x of the camera's frame (the message's ``frame_id``) is at
    ``rotation @ x + offset_m`` in the rectified frame, whose z is the depth (``CameraInfo``: R is
    the rotation, and the fourth column of P gives the offset ``inv(K') @ P[:, 3]``).

    Attributes:
        width, height: pixels.
        fx, fy, cx, cy: pinhole intrinsics, pixels.
        rotation: (3, 3) float64 rectifying rotation.
        offset_m: (3,) float64 metres.

    Raises:
        ValueError: a size or focal length is not positive, or a value is not finite.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    rotation: Matrix = field(default_factory=_identity_rotation)
    offset_m: Matrix = field(default_factory=_zero_offset)

    def __post_init__(self) -> None:
        check_array(self.rotation, name='rotation', shape=(3, 3), dtype='f8')
        check_array(self.offset_m, name='offset_m', shape=(3,), dtype='f8')
        numbers = (self.fx, self.fy, self.cx, self.cy, *self.rotation.flat, *self.offset_m)
        if min(self.width, self.height, self.fx, self.fy) <= 0 or not np.isfinite(numbers).all():
            raise ValueError(
                'expected a positive size, positive focal lengths and finite values, got '
                f'{self.width}x{self.height}, fx {self.fx}, fy {self.fy}, cx {self.cx}, '
                f'cy {self.cy}, offset {self.offset_m.tolist()}'
            )

    @property
    def k(self) -> Matrix:
        """(3, 3) float64 intrinsic matrix."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def p(self) -> Matrix:
        """(3, 4) float64 ``CameraInfo.p``: the intrinsics and the offset they project."""
        return np.column_stack([self.k, self.k @ self.offset_m])

    @property
    def is_camera_frame(self) -> bool:
        """Whether the rectified frame is the camera's own: no rotation, no offset."""
        return bool(np.array_equal(self.rotation, np.eye(3)) and not self.offset_m.any())

    def scaled_to(self, width: int, height: int) -> RectifiedCamera:
        """The same view on a grid of another size; x and y scale apart.

        Args:
            width: columns of the new grid.
            height: rows of the new grid.
        """
        scale_x, scale_y = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            fx=self.fx * scale_x,
            fy=self.fy * scale_y,
            cx=(self.cx + 0.5) * scale_x - 0.5,
            cy=(self.cy + 0.5) * scale_y - 0.5,
        )

    def rectified_from_camera(self, points_m: FloatArray) -> FloatArray:
        """Moves (N, 3) float32 points from the camera's frame into the rectified frame."""
        return transform_points(points_m, np.column_stack([self.rotation, self.offset_m]))

    def camera_from_rectified(self, points_m: FloatArray) -> FloatArray:
        """Moves (N, 3) float32 points from the rectified frame into the camera's frame."""
        back = self.rotation.T
        return transform_points(points_m, np.column_stack([back, -back @ self.offset_m]))

    def project(self, points_m: FloatArray) -> FloatArray:
        """Projects points of the rectified frame, inside the image or not.

        Args:
            points_m: (N, 3) float32 metres.

        Returns:
            (N, 2) float32 u, v in pixels; NaN for points that are not in front of the camera.
        """
        depth_m = np.where(points_m[:, 2] > 0, points_m[:, 2], np.float32(np.nan))
        focal = np.array([self.fx, self.fy], np.float32)
        centre = np.array([self.cx, self.cy], np.float32)
        return np.asarray(points_m[:, :2] / depth_m[:, None] * focal + centre, dtype=np.float32)

    def unproject(self, depth_m: FloatImage, *, stride: int = 1) -> FloatArray:
        """Places pixels in space, along the rays through their centres.

        Args:
            depth_m: (H, W) float32 metres along the optical axis, on this grid.
            stride: of every n-th row and column only, from the first.

        Returns:
            (H, W, 3) float32 metres in the rectified frame, or as many rows and columns as the
            stride leaves; not finite where the depth is not.

        Raises:
            ValueError: the shape is not this grid's.
        """
        size = (self.height, self.width)
        check_array(depth_m, name='depth_m', shape=size, dtype='f4')
        depth_m = depth_m[::stride, ::stride]
        slope_x = ((np.arange(0, self.width, stride) - self.cx) / self.fx).astype(np.float32)
        slope_y = ((np.arange(0, self.height, stride) - self.cy) / self.fy).astype(np.float32)
        with np.errstate(invalid='ignore'):  # infinitely far along the optical axis: 0 * Inf
            x, y = depth_m * slope_x, depth_m * slope_y[:, None]
        return np.asarray(cv2.merge([x, y, depth_m]), dtype=np.float32)
