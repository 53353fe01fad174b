"""Calibrations from files; their content tells the format, not their names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
import json
from pathlib import Path
from typing import Any

import yaml

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data import (
    camera_info_yaml,
    kitti_calibration,
    opencalib_calibration,
)
from mt_depth_ros.data.calibration import Calibration
from mt_depth_ros.data.calibration_numbers import parse_named_numbers, parse_numbers


class CalibrationFormat(Enum):
    """What one file can be."""

    KITTI_OBJECT = 'KITTI object (P2, R0_rect, Tr_velo_to_cam)'
    KITTI_RAW_CAMERA = 'KITTI raw calib_cam_to_cam.txt'
    KITTI_RAW_LIDAR = 'KITTI raw calib_velo_to_cam.txt'
    NINE_NUMBERS = 'nine numbers (fx 0 cx 0 fy cy 0 0 1)'
    CAMERA_INFO_YAML = 'camera_info YAML (camera_matrix, ...)'
    OPENCALIB_TEXT = 'OpenCalib text (K, D, T)'
    OPENCALIB_INTRINSIC = 'OpenCalib intrinsic JSON'
    OPENCALIB_EXTRINSIC = 'OpenCalib extrinsic JSON'


_FORMAT = CalibrationFormat
_KITTI_RAW_NAMES = ('calib_cam_to_cam.txt', 'calib_velo_to_cam.txt')
_LIDAR_HALVES = {
    _FORMAT.KITTI_RAW_LIDAR: _FORMAT.KITTI_RAW_CAMERA,
    _FORMAT.OPENCALIB_EXTRINSIC: _FORMAT.OPENCALIB_INTRINSIC,
}
"""Files with the LiDAR's place only, and the camera's file each belongs to."""

_SINGLE_TEXTS = {
    _FORMAT.KITTI_OBJECT: kitti_calibration.read_kitti_object,
    _FORMAT.NINE_NUMBERS: kitti_calibration.read_nine_numbers,
    _FORMAT.OPENCALIB_TEXT: opencalib_calibration.read_opencalib_text,
}
"""Files of numbers that need no other file."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _File:
    """One file, read and recognised.

    Attributes:
        path: where it was read from.
        kind: what it is.
        numbers: its named numbers, where it is a text of them.
        document: its JSON or YAML.
    """

    path: Path
    kind: CalibrationFormat
    numbers: dict[str, Matrix]
    document: dict[str, Any]


def read_calibration(*paths: Path, image_size: tuple[int, int] | None) -> Calibration:
    """Reads one camera's calibration.

    Args:
        paths: one file; or the two of KITTI raw or OpenCalib JSON, in any order; or the folder
            of KITTI raw. KITTI's camera is the left colour camera (image_2, image_02).
        image_size: (height, width) of the image it is for, or None to rely on the files, of
            which KITTI raw, camera_info and OpenCalib JSON state it.

    Returns:
        The camera, and the LiDAR's place where the files tell it.

    Raises:
        DataFileError: a file is missing, of no supported format, unusable, or for another size.
    """
    files = [_recognised(path) for path in _expanded(paths)]
    lidar_halves = [file for file in files if file.kind in _LIDAR_HALVES]
    cameras = [file for file in files if file.kind not in _LIDAR_HALVES]
    if len(cameras) != 1 or len(lidar_halves) > 1:
        raise _wrong_set(files)
    camera, lidar = cameras[0], lidar_halves[0] if lidar_halves else None
    if lidar is not None and _LIDAR_HALVES[lidar.kind] is not camera.kind:
        raise _wrong_set(files)
    return _read(camera, lidar, image_size)


def _read(camera: _File, lidar: _File | None, image_size: tuple[int, int] | None) -> Calibration:
    if camera.kind is _FORMAT.KITTI_RAW_CAMERA:
        return kitti_calibration.read_kitti_raw(
            camera.numbers,
            None if lidar is None else lidar.numbers,
            image_size=image_size,
            where=camera.path,
        )
    if camera.kind is _FORMAT.OPENCALIB_INTRINSIC:
        return opencalib_calibration.read_opencalib_json(
            (camera.path, camera.document),
            None if lidar is None else (lidar.path, lidar.document),
            image_size=image_size,
        )
    if camera.kind is _FORMAT.CAMERA_INFO_YAML:
        return camera_info_yaml.read_camera_info_yaml(
            camera.document, image_size=image_size, where=camera.path
        )
    read = _SINGLE_TEXTS[camera.kind]
    return read(camera.numbers, image_size=image_size, where=camera.path)


def _expanded(paths: tuple[Path, ...]) -> list[Path]:
    """Folders replaced by the files KITTI raw keeps in them."""
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        found = [path / name for name in _KITTI_RAW_NAMES if (path / name).is_file()]
        if not found:
            raise _refused(path, f'a folder with {" and ".join(_KITTI_RAW_NAMES)}', 'neither')
        files += found
    return files


def _recognised(path: Path) -> _File:
    try:
        text = path.read_text(encoding='utf-8')
    except FileNotFoundError as error:
        raise _refused(path, 'a calibration file', 'no such file') from error
    except UnicodeDecodeError as error:
        raise _unknown(path, 'a binary file') from error
    document = _document(text)
    numbers = _numbers(text)
    kind = _kind(document, numbers)
    if kind is None:
        beginning = ' '.join(text.split())[:60]
        raise _unknown(path, f'a file that begins {beginning!r}' if beginning else 'an empty file')
    return _File(path=path, kind=kind, numbers=numbers, document=document)


def _document(text: str) -> dict[str, Any]:
    """The text as JSON or as camera_info YAML; empty when it is neither."""
    try:
        if text.lstrip().startswith('{'):
            document = json.loads(text)
        elif camera_info_yaml.CAMERA_KEY in text:
            document = yaml.safe_load(text)
        else:
            return {}
    except (json.JSONDecodeError, yaml.YAMLError):
        return {}
    return document if isinstance(document, dict) else {}


def _numbers(text: str) -> dict[str, Matrix]:
    """The named numbers of the text; nine bare ones get the name of the intrinsics."""
    bare = parse_numbers(text)
    if bare is not None and len(bare) == 9:
        return {kitti_calibration.INTRINSICS_KEY: bare}
    return parse_named_numbers(text)


def _kind(document: dict[str, Any], numbers: dict[str, Matrix]) -> CalibrationFormat | None:
    if camera_info_yaml.CAMERA_KEY in document:
        return _FORMAT.CAMERA_INFO_YAML
    opencalib = opencalib_calibration.opencalib_kind(document)
    if opencalib is not None:
        is_camera = opencalib == 'intrinsic'
        return _FORMAT.OPENCALIB_INTRINSIC if is_camera else _FORMAT.OPENCALIB_EXTRINSIC
    for keys, kind in (
        (kitti_calibration.OBJECT_KEYS, _FORMAT.KITTI_OBJECT),
        (kitti_calibration.RAW_CAMERA_KEYS, _FORMAT.KITTI_RAW_CAMERA),
        (opencalib_calibration.TEXT_KEYS, _FORMAT.OPENCALIB_TEXT),
        (kitti_calibration.RAW_LIDAR_KEYS, _FORMAT.KITTI_RAW_LIDAR),
        ({kitti_calibration.INTRINSICS_KEY}, _FORMAT.NINE_NUMBERS),
    ):
        if keys <= numbers.keys():
            return kind
    return None


def _wrong_set(files: list[_File]) -> DataFileError:
    pairs = ', or '.join(
        f'{half.value} with {camera.value}' for half, camera in _LIDAR_HALVES.items()
    )
    return DataFileError(
        expected=f'one calibration file of a camera, or a pair: {pairs}',
        got=', '.join(file.kind.value for file in files) or 'no file',
        where=', '.join(str(file.path) for file in files) or 'calibration',
        remedy='give the files of one camera',
    )


def _unknown(path: Path, got: str) -> DataFileError:
    return _refused(path, f'one of: {"; ".join(kind.value for kind in CalibrationFormat)}', got)


def _refused(path: Path, expected: str, got: str) -> DataFileError:
    return DataFileError(
        expected=expected, got=got, where=str(path), remedy='check the path and the file'
    )
