"""A short drive through the analytic street, recorded as a bag."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mt_depth_ros.bag.bag_writer import BagWriter
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.transforms import RigidTransform, StampedTransform
from mt_depth_ros.messages.camera_info_codec import encode_camera_info
from mt_depth_ros.messages.depth_codec import encode_depth_image
from mt_depth_ros.messages.image_codec import encode_image
from mt_depth_ros.messages.scan_codec import encode_scan
from mt_depth_ros.simulation.analytic_scene import (
    AnalyticScene,
    CAMERA_AXES_FROM_WORLD_AXES,
    spinning_lidar_rays,
)

IMAGE_TOPIC = '/camera/image_raw'
CAMERA_INFO_TOPIC = '/camera/camera_info'
POINTS_TOPIC = '/lidar/points'
TRUTH_TOPIC = '/ground_truth/depth'
CAMERA_FRAME, LIDAR_FRAME = 'camera_optical', 'lidar'

_START_NS = 1_700_000_000_000_000_000
_EGO_SPEED_MPS = 5.0
_CAMERA_HEIGHT_M = 1.65
# Where the LiDAR sits in the camera's world-aligned frame: above and behind, as on KITTI's car.
_LIDAR_FROM_CAMERA_M = np.array([-0.27, 0.0, 0.08])
_RANGE_NOISE_M = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class DriveConfig:
    """What is recorded.

    Attributes:
        num_frames: images; one scan each.
        width, height: pixels.
        focal_px: focal length.
        rate_hz: images and scans a second.
        lidar_lead_ns: how much earlier than its image a scan is stamped and arrives.
        num_rings: lasers of the LiDAR.
        azimuth_step_deg: between its firings.
        lidar_field_of_view_deg: how much of the circle is recorded.
        seed: of the range noise.
        with_truth: record the true depth too.
    """

    num_frames: int = 20
    width: int = 620
    height: int = 188
    focal_px: float = 360.0
    rate_hz: float = 10.0
    lidar_lead_ns: int = 12_000_000
    num_rings: int = 64
    azimuth_step_deg: float = 0.2
    lidar_field_of_view_deg: float = 100.0
    seed: int = 0
    with_truth: bool = True

    @property
    def camera(self) -> RectifiedCamera:
        """The camera's grid."""
        return RectifiedCamera(
            width=self.width,
            height=self.height,
            fx=self.focal_px,
            fy=self.focal_px,
            cx=(self.width - 1) / 2,
            cy=(self.height - 1) / 2,
        )


def write_analytic_drive(path: Path, config: DriveConfig) -> None:
    """Records image, calibration, scan, extrinsic and true depth as a rosbag2 folder (MCAP).

    Args:
        path: the folder to make.
        config: what to record.

    Raises:
        DataFileError: the folder exists or cannot be made.
    """
    scene, camera = AnalyticScene(), config.camera
    rng = np.random.default_rng(config.seed)
    rays, ring = spinning_lidar_rays(
        np.linspace(2.0, -24.8, config.num_rings),
        azimuth_step_deg=config.azimuth_step_deg,
        field_of_view_deg=config.lidar_field_of_view_deg,
    )
    with BagWriter(path) as writer:
        writer.write_static_transforms([_extrinsic()], receive_time_ns=_START_NS)
        for index in range(config.num_frames):
            time_s = index / config.rate_hz
            stamp_ns = _START_NS + 100_000_000 + round(time_s * 1e9)
            scan_stamp_ns = stamp_ns - config.lidar_lead_ns
            scan_time_s = time_s - config.lidar_lead_ns / 1e9
            points_m = scene.scan(_world_from_lidar(scan_time_s), rays, scan_time_s)
            points_m *= 1.0 + rng.normal(0, _RANGE_NOISE_M, (len(rays), 1)) / np.maximum(
                np.linalg.norm(points_m, axis=1, keepdims=True), 1.0
            )
            writer.write_point_cloud(
                POINTS_TOPIC,
                encode_scan(points_m.astype(np.float32), ring=ring),
                stamp_ns=scan_stamp_ns,
                frame_id=LIDAR_FRAME,
                receive_time_ns=scan_stamp_ns,
            )
            view = scene.view(camera, _world_from_camera(time_s), time_s)
            writer.write_camera_info(
                CAMERA_INFO_TOPIC,
                encode_camera_info(camera),
                stamp_ns=stamp_ns,
                frame_id=CAMERA_FRAME,
                receive_time_ns=stamp_ns,
            )
            pictures = {IMAGE_TOPIC: encode_image(view.image_rgb, 'rgb8')}
            if config.with_truth:
                pictures[TRUTH_TOPIC] = encode_depth_image(view.depth_m)
            for topic, layout in pictures.items():
                writer.write_image(
                    topic,
                    layout,
                    stamp_ns=stamp_ns,
                    frame_id=CAMERA_FRAME,
                    receive_time_ns=stamp_ns,
                )


def _world_from_camera(time_s: float) -> RigidTransform:
    position = np.array([_EGO_SPEED_MPS * time_s, 0.0, _CAMERA_HEIGHT_M])
    return RigidTransform(CAMERA_AXES_FROM_WORLD_AXES.T, position)


def _world_from_lidar(time_s: float) -> RigidTransform:
    return RigidTransform(
        np.eye(3), _world_from_camera(time_s).translation_m + _LIDAR_FROM_CAMERA_M
    )


def _extrinsic() -> StampedTransform:
    return StampedTransform(
        parent_frame=LIDAR_FRAME,
        child_frame=CAMERA_FRAME,
        transform=_world_from_lidar(0.0).inverse() @ _world_from_camera(0.0),
        stamp_ns=_START_NS,
    )
