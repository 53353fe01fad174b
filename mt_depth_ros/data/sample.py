"""One frame of a dataset: the picture, what is known of its depth, and what the sensors saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.identity import FrameIdentity


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DepthSample:
    """A frame on the rectified grid of its camera.

    Attributes:
        identity: its name.
        camera: the grid, H x W pixels.
        image_rgb: (H, W, 3) uint8, red first.
        truth_m: (H, W) float32 metres along the optical axis; 0 = unknown, +Inf = sky. Dense for
            rendered data, sparse where it was measured, all 0 where there is none.
        measurements: the sparse input, measured or drawn; None until there is one.
        scan: the LiDAR sweep in the LiDAR's frame, where the dataset has one.
        camera_from_lidar: takes points of the scan into the camera's frame; comes with ``scan``.
        instance_ids: (H, W) int32, 0 = no instance; one number per object of the scene.
        class_ids: (H, W) uint8, places in :data:`class_colours.CLASS_COLOURS`.
        camera_from_world: where the camera is, the same world for all frames of a sequence.

    Raises:
        ValueError: a shape or dtype differs, or only one of scan and transform is given.
    """

    identity: FrameIdentity
    camera: RectifiedCamera
    image_rgb: ByteImage
    truth_m: FloatImage
    measurements: DepthMeasurements | None = None
    scan: LidarScan | None = None
    camera_from_lidar: RigidTransform | None = None
    instance_ids: NDArray[np.int32] | None = None
    class_ids: NDArray[np.uint8] | None = None
    camera_from_world: RigidTransform | None = None

    def __post_init__(self) -> None:
        size = (self.camera.height, self.camera.width)
        check_array(self.image_rgb, name='image_rgb', shape=(*size, 3), dtype='u1')
        check_array(self.truth_m, name='truth_m', shape=size, dtype='f4')
        if self.instance_ids is not None:
            check_array(self.instance_ids, name='instance_ids', shape=size, dtype='i4')
        if self.class_ids is not None:
            check_array(self.class_ids, name='class_ids', shape=size, dtype='u1')
        if (self.scan is None) != (self.camera_from_lidar is None):
            raise ValueError('scan and camera_from_lidar: expected both or neither')

    @property
    def known(self) -> BoolImage:
        """(H, W) bool: pixels whose depth is known and finite."""
        return np.isfinite(self.truth_m) & (self.truth_m > 0.0)

    @property
    def sky(self) -> BoolImage:
        """(H, W) bool: pixels known to have nothing in range."""
        return np.isposinf(self.truth_m)
