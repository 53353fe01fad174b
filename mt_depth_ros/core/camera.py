"""Calibrated cameras and the rectified pixel grid that every output lives on.

Pixel positions have the centre of the first pixel at 0 (OpenCV's and ROS's convention), so a grid
of W columns covers [-0.5, W - 0.5) and resizing by s maps u to ``(u + 0.5) * s - 0.5``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from mt_depth_ros.core.arrays import FloatArray, Matrix


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
        rotation: (3, 3) rectifying rotation.
        offset_m: (3,) metres.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    rotation: Matrix = field(default_factory=_identity_rotation)
    offset_m: Matrix = field(default_factory=_zero_offset)

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
        """Moves (N, 3) points from the camera's frame into the rectified frame."""
        moved = points_m @ self.rotation.T.astype(np.float32)
        return np.asarray(moved + self.offset_m.astype(np.float32), dtype=np.float32)

    def camera_from_rectified(self, points_m: FloatArray) -> FloatArray:
        """Moves (N, 3) points from the rectified frame into the camera's frame."""
        centred = points_m - self.offset_m.astype(np.float32)
        return np.asarray(centred @ self.rotation.astype(np.float32), dtype=np.float32)
