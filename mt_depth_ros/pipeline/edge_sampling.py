"""From a frame and its scan to the depth edges and image edges that should meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import BoolImage, FloatArray
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.projection import MIN_DEPTH_M, project_scan
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements, RgbdFrame
from mt_depth_ros.pipeline.depth_edges import find_depth_edges
from mt_depth_ros.pipeline.edge_alignment import EdgeSample
from mt_depth_ros.pipeline.image_edges import edge_response, SmallImage
from mt_depth_ros.pipeline.image_motion import SceneMotion

_RECTIFIED_FROM_UPRIGHT = RigidTransform(
    np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]), np.zeros(3)
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ViewedEdges:
    """Depth edges as the camera sees them.

    Attributes:
        slopes: (N, 2) float32, x / z and y / z in the rectified frame.
        depth_m: (N,) float32, z.
        is_upright: (N,) bool as :class:`~mt_depth_ros.pipeline.depth_edges.DepthEdges` has it.
    """

    slopes: FloatArray
    depth_m: FloatArray
    is_upright: BoolImage


def view_edges(
    frame: RgbdFrame, scan: LidarScan | None, camera_from_lidar: RigidTransform | None
) -> ViewedEdges:
    """Finds the depth edges of a frame's depth.

    Jumps in range are those seen from the LiDAR, so they are looked for in its frame; depth that
    came as an image is looked at from the camera.

    Args:
        frame: the rectified frame.
        scan: the scan it was made of; None: its depth came as an image.
        camera_from_lidar: needed with a scan.

    Raises:
        ValueError: a scan without ``camera_from_lidar``.
    """
    if scan is None:
        edges = find_depth_edges(_unprojected(frame), None)
        rectified_from_lidar = _RECTIFIED_FROM_UPRIGHT
    elif camera_from_lidar is None:
        raise ValueError('a scan needs camera_from_lidar')
    else:
        camera = frame.camera
        in_view = project_scan(scan.points_m, camera_from_lidar, camera).point_index
        ring = None if scan.ring is None else scan.ring[in_view]
        edges = find_depth_edges(scan.points_m[in_view], ring)
        rectified_from_lidar = RigidTransform(camera.rotation, camera.offset_m) @ camera_from_lidar
    seen_m = rectified_from_lidar.apply(edges.points_m)
    in_front = seen_m[:, 2] > MIN_DEPTH_M
    seen_m = seen_m[in_front]
    return ViewedEdges(
        slopes=seen_m[:, :2] / seen_m[:, 2:],
        depth_m=seen_m[:, 2].copy(),
        is_upright=edges.is_upright[in_front],
    )


def edge_sample(
    edges: ViewedEdges, image: SmallImage, motion: SceneMotion | None, *, image_is_later_s: float
) -> EdgeSample:
    """Puts depth edges and image together.

    Args:
        edges: of the scan.
        image: the image matched to it.
        motion: of the scene; None: not known.
        image_is_later_s: image stamp less scan stamp.
    """
    flow = np.zeros_like(edges.slopes)
    if motion is not None:
        flow = motion.flow(edges.slopes, edges.depth_m)
    return EdgeSample(
        slopes=edges.slopes,
        is_upright=edges.is_upright,
        flow=flow,
        image_is_later_s=image_is_later_s,
        image=edge_response(image),
    )


def on_grid(
    measurements: DepthMeasurements, camera: RectifiedCamera, grid: RectifiedCamera
) -> DepthMeasurements:
    """The same measurements on a grid of other pixels over the same view.

    Args:
        measurements: on the camera's grid.
        camera: that grid.
        grid: the other one.
    """
    scale_x, scale_y = np.float32(grid.fx / camera.fx), np.float32(grid.fy / camera.fy)
    half = np.float32(0.5)
    return DepthMeasurements(
        u_px=(measurements.u_px + half) * scale_x - half,
        v_px=(measurements.v_px + half) * scale_y - half,
        depth_m=measurements.depth_m,
    )


def _unprojected(frame: RgbdFrame) -> FloatArray:
    """(N, 3) measurements in axes of the camera with x forward, y left and z up."""
    camera, measured = frame.camera, frame.measurements
    right = (measured.u_px - np.float32(camera.cx)) / np.float32(camera.fx)
    down = (measured.v_px - np.float32(camera.cy)) / np.float32(camera.fy)
    upright = np.stack([np.ones_like(right), -right, -down], axis=1)
    return np.asarray(upright * measured.depth_m[:, None], np.float32)
