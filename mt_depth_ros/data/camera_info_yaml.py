"""The YAML file ROS's camera drivers load (package camera_calibration_parsers).

One entry of ours may stand beside its own: ``camera_from_lidar``, a matrix of 3 x 4 like the
others (``rows``, ``cols``, ``data``), which takes points of the LiDAR's frame into the camera's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.calibration import (
    build_camera_model,
    build_transform,
    Calibration,
    CAMERA_FRAME,
    require_size,
)

CAMERA_KEY = 'camera_matrix'
"""What the file is known by."""


def read_camera_info_yaml(
    document: dict[str, Any], *, image_size: tuple[int, int] | None, where: Path
) -> Calibration:
    """A camera, and the LiDAR where the file has our entry.

    Raises:
        DataFileError: an entry is missing or unusable, or the image has another size.
    """
    stated = (_integer(document, 'image_height', where), _integer(document, 'image_width', where))
    camera_model = build_camera_model(
        _matrix(document, CAMERA_KEY, (3, 3), where),
        size=require_size(stated, image_size, where),
        where=where,
        distortion=(
            str(document.get('distortion_model', '')),
            _matrix(document, 'distortion_coefficients', (1, None), where)[0],
        ),
        r=_matrix(document, 'rectification_matrix', (3, 3), where),
        p=_matrix(document, 'projection_matrix', (3, 4), where),
        frame_id=str(document.get('camera_name', CAMERA_FRAME)),
    )
    if 'camera_from_lidar' not in document:
        return Calibration(camera_model=camera_model)
    matrix = _matrix(document, 'camera_from_lidar', (3, 4), where)
    return Calibration(camera_model=camera_model, camera_from_lidar=build_transform(matrix, where))


def _integer(document: dict[str, Any], key: str, where: Path) -> int:
    value = document.get(key)
    if not isinstance(value, int):
        raise _refused(where, f'a whole number in {key}', repr(value))
    return value


def _matrix(
    document: dict[str, Any], key: str, shape: tuple[int, int | None], where: Path
) -> Matrix:
    entry = document.get(key)
    data = entry.get('data') if isinstance(entry, dict) else None
    try:
        numbers = np.array(data, np.float64)
        return numbers.reshape(shape[0], -1 if shape[1] is None else shape[1])
    except (TypeError, ValueError) as error:
        size = 'numbers' if shape[1] is None else f'{shape[0]} x {shape[1]} numbers'
        raise _refused(where, f'{size} in {key}.data', repr(data)) from error


def _refused(where: Path, expected: str, got: str) -> DataFileError:
    return DataFileError(
        expected=expected,
        got=got,
        where=str(where),
        remedy='write the file again with camera_calibration, or correct it by hand',
    )
