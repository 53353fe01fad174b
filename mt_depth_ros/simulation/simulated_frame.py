"""One moment of a simulated drive, with everything that is known about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import ByteImage, FloatImage, Matrix
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.simulation.object_classes import WorldObject
from mt_depth_ros.simulation.sweep import Sweep

CAMERA_FRAME, LIDAR_FRAME, VEHICLE_FRAME, WORLD_FRAME = (
    'camera_optical_frame',
    'lidar',
    'base_link',
    'map',
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class VisibleInstance:
    """A vehicle or person of which at least one pixel is seen.

    Attributes:
        track_id: the same through the whole drive.
        world_object: what it is.
        position_m: (3,) world position of the middle of its footprint.
        yaw_rad: heading in the world, to the left of x.
        left, right, top, bottom: outermost pixels, inclusive.
        pixels: how many are seen.
        truncation: share of its box that lies outside the image.
        occupancy: share of the visible rectangle that it fills.
        is_moving: whether it moves.
    """

    track_id: int
    world_object: WorldObject
    position_m: Matrix
    yaw_rad: float
    left: int
    right: int
    top: int
    bottom: int
    pixels: int
    truncation: float
    occupancy: float
    is_moving: bool


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SimulatedFrame:
    """One moment of a drive; the pictures are weather twins of each other.

    Attributes:
        scene: number of the scene, from 1.
        index: number of the frame, from 0.
        stamp_ns: nanoseconds.
        camera: the pinhole grid.
        images_rgb: (H, W, 3) uint8 for every condition.
        depth_m: (H, W) float32 metres along the optical axis, +Inf for the sky.
        instance: (H, W) uint8, track number + 1; 0 for none.
        class_rgb: (H, W, 3) uint8, Virtual KITTI 2's class colours.
        sweep: the LiDAR's points in its own frame.
        world_from_vehicle, vehicle_from_camera, vehicle_from_lidar: where everything is.
        instances: what is visible, by track number.
    """

    scene: int
    index: int
    stamp_ns: int
    camera: RectifiedCamera
    images_rgb: dict[str, ByteImage]
    depth_m: FloatImage
    instance: NDArray[np.uint8]
    class_rgb: ByteImage
    sweep: Sweep
    world_from_vehicle: RigidTransform
    vehicle_from_camera: RigidTransform
    vehicle_from_lidar: RigidTransform
    instances: tuple[VisibleInstance, ...]

    @property
    def camera_from_world(self) -> RigidTransform:
        """Takes world points into optical axes."""
        return (self.world_from_vehicle @ self.vehicle_from_camera).inverse()

    @property
    def camera_from_lidar(self) -> RigidTransform:
        """Takes LiDAR points into optical axes."""
        return self.vehicle_from_camera.inverse() @ self.vehicle_from_lidar
