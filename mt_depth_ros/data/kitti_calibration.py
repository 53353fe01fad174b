"""KITTI's calibrations: of the object benchmark, of the raw recordings, and bare intrinsics.

A point x of the LiDAR is at ``P (R Tr x)`` in the image, with a fourth column of P that places the
colour camera beside the reference camera. That column is folded into the transform: the camera's
frame is the colour camera's own, and its projection is ``[K | 0]``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.data.calibration import (
    build_camera_model,
    build_transform,
    Calibration,
    require_size,
)
from mt_depth_ros.data.calibration_numbers import take_matrix

OBJECT_KEYS = {'P2', 'R0_rect', 'Tr_velo_to_cam'}
"""What a file of the object benchmark is known by."""

RAW_CAMERA_KEYS = {'P_rect_02', 'R_rect_00', 'S_rect_02'}
"""What ``calib_cam_to_cam.txt`` is known by."""

RAW_LIDAR_KEYS = {'R', 'T', 'delta_f'}
"""What ``calib_velo_to_cam.txt`` is known by; the IMU's file has no ``delta_f``."""

INTRINSICS_KEY = 'intrinsics'
"""Name given to nine bare numbers."""


def read_kitti_object(
    numbers: dict[str, Matrix], *, image_size: tuple[int, int] | None, where: Path
) -> Calibration:
    """The left colour camera (P2) and the Velodyne.

    Raises:
        DataFileError: a matrix is incomplete or unusable, or the image's size is not known.
    """
    return _calibration(
        projection=take_matrix(numbers, 'P2', (3, 4), where),
        rectification=take_matrix(numbers, 'R0_rect', (3, 3), where),
        reference_from_lidar=build_transform(
            take_matrix(numbers, 'Tr_velo_to_cam', (3, 4), where), where
        ),
        size=require_size(None, image_size, where),
        where=where,
    )


def read_kitti_raw(
    camera_numbers: dict[str, Matrix],
    lidar_numbers: dict[str, Matrix] | None,
    *,
    image_size: tuple[int, int] | None,
    where: Path,
) -> Calibration:
    """The left colour camera (02), rectified, and the Velodyne where its file was given too.

    Raises:
        DataFileError: a matrix is incomplete or unusable, or the image has another size.
    """
    width, height = take_matrix(camera_numbers, 'S_rect_02', (1, 2), where)[0].astype(int)
    reference_from_lidar = None
    if lidar_numbers is not None:
        rotation = take_matrix(lidar_numbers, 'R', (3, 3), where)
        translation_m = take_matrix(lidar_numbers, 'T', (3, 1), where)
        reference_from_lidar = build_transform(np.hstack([rotation, translation_m]), where)
    return _calibration(
        projection=take_matrix(camera_numbers, 'P_rect_02', (3, 4), where),
        rectification=take_matrix(camera_numbers, 'R_rect_00', (3, 3), where),
        reference_from_lidar=reference_from_lidar,
        size=require_size((int(height), int(width)), image_size, where),
        where=where,
    )


def read_nine_numbers(
    numbers: dict[str, Matrix], *, image_size: tuple[int, int] | None, where: Path
) -> Calibration:
    """Intrinsics only, row by row, as the depth completion benchmark gives them.

    Raises:
        DataFileError: they are unusable, or the image's size is not known.
    """
    size = require_size(None, image_size, where)
    k = take_matrix(numbers, INTRINSICS_KEY, (3, 3), where)
    return Calibration(camera_model=build_camera_model(k, size=size, where=where))


def _calibration(
    *,
    projection: Matrix,
    rectification: Matrix,
    reference_from_lidar: RigidTransform | None,
    size: tuple[int, int],
    where: Path,
) -> Calibration:
    camera_model = build_camera_model(projection[:, :3].copy(), size=size, where=where)
    if reference_from_lidar is None:
        return Calibration(camera_model=camera_model)
    offset_m = np.linalg.solve(projection[:, :3], projection[:, 3])
    camera_from_reference = build_transform(np.column_stack([rectification, offset_m]), where)
    return Calibration(
        camera_model=camera_model,
        camera_from_lidar=camera_from_reference @ reference_from_lidar,
    )
