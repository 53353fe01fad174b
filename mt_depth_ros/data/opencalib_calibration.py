"""OpenCalib's calibrations: one text file, or a JSON file each for intrinsics and extrinsics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.data.calibration import (
    build_camera_model,
    build_transform,
    Calibration,
    require_size,
)
from mt_depth_ros.data.calibration_numbers import take_matrix

TEXT_KEYS = {'K', 'D', 'T'}
"""What the text file is known by."""

_LENS_MODEL = 'plumb_bob'


def read_opencalib_text(
    numbers: dict[str, Matrix], *, image_size: tuple[int, int] | None, where: Path
) -> Calibration:
    """Intrinsics K, distortion D and camera_from_lidar T (3 x 4, row by row).

    Raises:
        DataFileError: a value is unusable, or the image's size is not known.
    """
    return Calibration(
        camera_model=build_camera_model(
            take_matrix(numbers, 'K', (3, 3), where),
            size=require_size(None, image_size, where),
            where=where,
            distortion=(_LENS_MODEL, numbers['D']),
        ),
        camera_from_lidar=build_transform(take_matrix(numbers, 'T', (3, 4), where), where),
    )


def opencalib_kind(document: dict[str, Any]) -> str | None:
    """``intrinsic`` or ``extrinsic``; None when the document is neither."""
    entry = _entry(document)
    kind = entry.get('param_type') if entry is not None else None
    return kind if kind in {'intrinsic', 'extrinsic'} else None


def read_opencalib_json(
    intrinsic: tuple[Path, dict[str, Any]],
    extrinsic: tuple[Path, dict[str, Any]] | None,
    *,
    image_size: tuple[int, int] | None,
) -> Calibration:
    """A camera, and the LiDAR where its file was given too.

    Args:
        intrinsic: the camera's file and what it says.
        extrinsic: the file from LiDAR to this camera and what it says.
        image_size: (height, width) of the image.

    Raises:
        DataFileError: a value is missing or unusable, the image has another size, or the
            extrinsics are of another camera.
    """
    where, document = intrinsic
    entry = _entry(document) or {}
    try:
        param = entry['param']
        stated = (int(param['img_dist_h']), int(param['img_dist_w']))
        k = np.array(param['cam_K']['data'], np.float64).reshape(3, 3)
        d = np.array(param['cam_dist']['data'], np.float64).reshape(-1)
    except (KeyError, TypeError, ValueError) as error:
        raise _incomplete(where, 'img_dist_w, img_dist_h, cam_K and cam_dist', error) from error
    camera_model = build_camera_model(
        k,
        size=require_size(stated, image_size, where),
        where=where,
        distortion=(_LENS_MODEL, d),
        frame_id=str(entry.get('sensor_name', 'camera')),
    )
    if extrinsic is None:
        return Calibration(camera_model=camera_model)
    return Calibration(
        camera_model=camera_model, camera_from_lidar=_transform(extrinsic, camera_model.frame_id)
    )


def _transform(extrinsic: tuple[Path, dict[str, Any]], camera: str) -> RigidTransform:
    where, document = extrinsic
    entry = _entry(document) or {}
    if entry.get('target_sensor_name') != camera:
        raise DataFileError(
            expected=f'extrinsics to the camera {camera!r}',
            got=f'extrinsics to {entry.get("target_sensor_name")!r}',
            where=str(where),
            remedy='give the two files of the same camera',
        )
    try:
        matrix = np.array(entry['param']['sensor_calib']['data'], np.float64).reshape(4, 4)
    except (KeyError, TypeError, ValueError) as error:
        raise _incomplete(where, 'sensor_calib with 4 x 4 numbers', error) from error
    return build_transform(matrix, where)


def _entry(document: dict[str, Any]) -> dict[str, Any] | None:
    """The single object the file wraps under the sensor's name."""
    entries = [value for value in document.values() if isinstance(value, dict)]
    return entries[0] if len(entries) == 1 else None


def _incomplete(where: Path, expected: str, error: Exception) -> DataFileError:
    return DataFileError(
        expected=expected,
        got=f'{type(error).__name__}: {error}',
        where=str(where),
        remedy='restore the file from its source',
    )
