"""What one sensor delivered, decoded: before rectification, projection or matching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import ByteImage, FloatArray, FloatImage
from mt_depth_ros.core.checks import check_array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CameraImage:
    """A colour image as the camera delivered it (not necessarily rectified).

    Attributes:
        image_rgb: (H, W, 3) uint8, red first.
        stamp_ns: nanoseconds.
        frame_id: the camera's optical frame.
    """

    image_rgb: ByteImage
    stamp_ns: int
    frame_id: str

    def __post_init__(self) -> None:
        check_array(self.image_rgb, name='image_rgb', shape=(None, None, 3), dtype='u1')


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LidarScan:
    """One LiDAR sweep in the sensor's own frame.

    Attributes:
        points_m: (N, 3) float32 x, y, z metres, all finite.
        stamp_ns: nanoseconds.
        frame_id: the LiDAR's frame.
        ring: (N,) int32 laser number, or None when the sensor does not tell.
    """

    points_m: FloatArray
    stamp_ns: int
    frame_id: str
    ring: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        check_array(self.points_m, name='points_m', shape=(None, 3), dtype='f4')
        if self.ring is not None:
            check_array(self.ring, name='ring', shape=(len(self.points_m),), dtype='i4')


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SparseDepthImage:
    """Depth already projected into the camera's image.

    Attributes:
        depth_m: (H, W) float32 metres along the optical axis, 0 = no measurement.
        stamp_ns: nanoseconds.
        frame_id: the camera's optical frame.
    """

    depth_m: FloatImage
    stamp_ns: int
    frame_id: str

    def __post_init__(self) -> None:
        check_array(self.depth_m, name='depth_m', shape=(None, None), dtype='f4')


DepthSource: TypeAlias = LidarScan | SparseDepthImage
"""Where sparse depth comes from."""
