"""Measured depth in the image: LiDAR points projected, sparse depth rectified, both rasterized.

Depth stays a list of points until the grid that wants it is known. Laying the points straight on
a network's small grid keeps several times as many as shrinking their full-size map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import FloatArray, FloatImage, Matrix
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.depth_units import clean_sparse_depth
from mt_depth_ros.core.rectification import Rectifier
from mt_depth_ros.core.transforms import RigidTransform, transform_points
from mt_depth_ros.core.types import DepthMeasurements

MIN_DEPTH_M = 1e-3
"""Points nearer to the camera's plane than this are never divided by their depth, metres."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ProjectedScan:
    """The points of a scan that fall into the image.

    Attributes:
        measurements: M of them, in the order of the scan.
        point_index: (M,) int64, the row of the scan each came from.
    """

    measurements: DepthMeasurements
    point_index: NDArray[np.int64]


def project_scan(
    points_m: FloatArray,
    camera_from_lidar: RigidTransform,
    camera: RectifiedCamera,
    *,
    min_depth_m: float = MIN_DEPTH_M,
    max_depth_m: float | None = None,
) -> ProjectedScan:
    """Projects a scan into the rectified image.

    Points behind the camera and points that are not finite are left out before the perspective
    divide. A point is inside where 0 <= u < W and 0 <= v < H, which is how KITTI counts.

    Args:
        points_m: (N, 3) float32 metres in the LiDAR's frame.
        camera_from_lidar: takes them into the camera's frame.
        camera: the rectified grid, and where it sits in the camera's frame.
        min_depth_m: leave out what is nearer than this along the optical axis, metres.
        max_depth_m: leave out what is farther, metres; None keeps all.
    """
    farthest_m = np.finfo(np.float32).max if max_depth_m is None else max_depth_m
    with np.errstate(over='ignore', invalid='ignore'):
        seen = transform_points(points_m, _image_from_lidar(camera_from_lidar, camera))
        u_times_z, v_times_z, z = np.ascontiguousarray(seen.T)
        inside = z >= np.float32(max(min_depth_m, MIN_DEPTH_M))
        inside &= z <= np.float32(farthest_m)
        inside &= (u_times_z >= 0) & (u_times_z < z * np.float32(camera.width))
        inside &= (v_times_z >= 0) & (v_times_z < z * np.float32(camera.height))
    point_index = np.flatnonzero(inside)
    depth_m = z[point_index]
    measurements = DepthMeasurements(
        u_px=u_times_z[point_index] / depth_m,
        v_px=v_times_z[point_index] / depth_m,
        depth_m=depth_m,
    )
    return ProjectedScan(measurements=measurements, point_index=point_index)


def measurements_from_depth_image(
    depth_m: FloatImage, model: CameraModel, rectifier: Rectifier
) -> DepthMeasurements:
    """Takes the measured pixels of a sparse depth image to the rectified grid.

    Each pixel is moved as the point it is: depth is never interpolated between pixels.

    Args:
        depth_m: (H, W) float32 metres on the delivered grid; NaN, Inf, 0 and negative are none.
        model: that camera's calibration.
        rectifier: keeps where each pixel goes.

    Raises:
        SensorInputError: the image has another size than the calibration.
    """
    model.check_image_size(*depth_m.shape, what='sparse depth image')
    depth_m = clean_sparse_depth(depth_m)
    row, column = np.nonzero(depth_m)
    depth_m = depth_m[row, column]
    if not model.needs_rectification:
        return DepthMeasurements(
            u_px=column.astype(np.float32), v_px=row.astype(np.float32), depth_m=depth_m
        )
    moved = rectifier.rectified_pixels(model)
    u_px, v_px = moved.u_px[row, column], moved.v_px[row, column]
    height, width = model.image_size
    inside = (u_px >= -0.5) & (u_px < width - 0.5) & (v_px >= -0.5) & (v_px < height - 0.5)
    return DepthMeasurements(
        u_px=u_px[inside],
        v_px=v_px[inside],
        depth_m=(depth_m * moved.depth_scale[row, column])[inside],
    )


def rasterize_nearest(
    measurements: DepthMeasurements, camera: RectifiedCamera, grid_size: tuple[int, int]
) -> FloatImage:
    """Lays measurements on a grid; where several share a pixel, the nearest one counts.

    Args:
        measurements: points of the camera's image.
        camera: the grid they are measured on.
        grid_size: (h, w) of the grid to fill: the camera's own or any other over the same view.

    Returns:
        (h, w) float32 metres, 0 = no measurement.
    """
    height, width = grid_size
    pixel = grid_pixels(measurements, camera, grid_size)
    # Positive floats order like their bits, so one sort of pixel and depth packed together puts
    # the nearest measurement of every pixel first.
    packed = pixel << 32 | measurements.depth_m.view(np.uint32)
    packed.sort()
    pixel = packed >> 32
    is_nearest = np.ones(len(pixel), np.bool_)
    is_nearest[1:] = pixel[1:] != pixel[:-1]
    depth_m = np.zeros(height * width, np.float32)
    depth_m[pixel[is_nearest]] = packed[is_nearest].astype(np.uint32).view(np.float32)
    return depth_m.reshape(height, width)


def grid_pixels(
    measurements: DepthMeasurements, camera: RectifiedCamera, grid_size: tuple[int, int]
) -> NDArray[np.int64]:
    """The pixel of a grid that each measurement falls into.

    Args:
        measurements: points of the camera's image.
        camera: the grid they are measured on.
        grid_size: (h, w) of the grid: the camera's own or any other over the same view.

    Returns:
        (N,) int64, ``row * w + column``.
    """
    height, width = grid_size
    column = _grid_index(measurements.u_px, camera.width, width)
    row = _grid_index(measurements.v_px, camera.height, height)
    return row * width + column


def _grid_index(
    position_px: FloatArray, camera_length: int, grid_length: int
) -> NDArray[np.int64]:
    scaled = (position_px + np.float32(0.5)) * np.float32(grid_length / camera_length)
    # Truncating equals flooring here, as positions start at -0.5. KITTI's count admits half a
    # pixel more at the far end: it belongs to the last one.
    return np.clip(scaled.astype(np.int64), 0, grid_length - 1)


def _image_from_lidar(camera_from_lidar: RigidTransform, camera: RectifiedCamera) -> Matrix:
    """(3, 4): LiDAR point to (u z, v z, z)."""
    rectified_from_camera = RigidTransform(camera.rotation, camera.offset_m)
    rectified_from_lidar = rectified_from_camera @ camera_from_lidar
    return camera.k @ np.column_stack(
        [rectified_from_lidar.rotation, rectified_from_lidar.translation_m]
    )
