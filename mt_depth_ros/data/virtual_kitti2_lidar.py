"""The LiDAR scans that a simulated Virtual KITTI 2 has beside its images; the genuine has none.

``frames/lidar/lidar_00000.npz`` holds ``points_m`` (N, 3) float32 in the LiDAR's frame and
``ring`` (N,), ``lidar_to_camera.txt`` beside the scene's texts the 4x4 matrix from there to
Camera_0.
"""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.data.calibration import build_transform

LIDAR_FOLDER = 'lidar'
TRANSFORM_FILE = 'lidar_to_camera.txt'
LIDAR_CAMERA = 'Camera_0'
"""The camera that the transform leads to."""


def scan_file_name(frame: int) -> str:
    """The name of a frame's scan."""
    return f'lidar_{frame:05d}.npz'


def read_scan(path: Path) -> LidarScan:
    """Reads a scan.

    Raises:
        DataFileError: the file is missing, damaged or has no points.
    """
    expected = 'a scan: points_m (N, 3) float32 and ring (N,)'
    try:
        with np.load(path, allow_pickle=False) as archive:
            points_m, ring = archive['points_m'], archive['ring']
    except FileNotFoundError as error:
        raise _refused(path, expected, 'no such file') from error
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise _refused(path, expected, f'{error} ({path.stat().st_size} bytes)') from error
    if points_m.dtype != np.float32 or points_m.shape != (len(ring), 3) or not len(ring):
        raise _refused(path, expected, f'{points_m.dtype} {points_m.shape}, ring {ring.shape}')
    if not np.isfinite(points_m).all():
        raise _refused(path, expected, 'coordinates that are not finite')
    return LidarScan(
        points_m=points_m, stamp_ns=0, frame_id=LIDAR_FOLDER, ring=ring.astype(np.int32)
    )


def read_camera_from_lidar(path: Path) -> RigidTransform:
    """Reads the transform from the LiDAR's frame to the camera's.

    Raises:
        DataFileError: the file is missing, damaged or no rigid transform.
    """
    expected = 'four rows of four numbers'
    try:
        numbers = np.array([float(word) for word in path.read_text(encoding='utf-8').split()])
    except FileNotFoundError as error:
        raise _refused(path, expected, 'no such file') from error
    except (OSError, ValueError) as error:
        raise _refused(path, expected, str(error)) from error
    if numbers.shape != (16,):
        raise _refused(path, expected, f'{len(numbers)} numbers')
    return build_transform(numbers.reshape(4, 4), path)


def _refused(path: Path, expected: str, got: str) -> DataFileError:
    return DataFileError(
        expected=expected, got=got, where=str(path), remedy='simulate this scene again'
    )
