"""KITTI raw recordings: rectified images, full LiDAR scans and their calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Literal, TypeAlias

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.calibration import Calibration
from mt_depth_ros.data.calibration_numbers import parse_named_numbers
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.image_files import read_colour_image
from mt_depth_ros.data.kitti_calibration import (
    RAW_CAMERA_KEYS,
    RAW_LIDAR_KEYS,
    read_kitti_raw,
)
from mt_depth_ros.data.point_files import read_points
from mt_depth_ros.data.sample import DepthSample

KittiCamera: TypeAlias = Literal['image_02', 'image_03']
"""The left and the right colour camera."""

SCAN_PERIOD_NS = 100_000_000
"""KITTI's sensors run at 10 Hz."""

_DRIVE = re.compile(r'(\d{4}_\d{2}_\d{2})_drive_\d{4}_sync')


@dataclass(frozen=True, slots=True, order=True)
class KittiFrame:
    """A frame of a recording.

    Attributes:
        drive: as in ``2011_09_26_drive_0001_sync``.
        camera: ``image_02`` or ``image_03``.
        number: as in the file names.
    """

    drive: str
    camera: KittiCamera
    number: int

    @property
    def file_stem(self) -> str:
        """Ten digits."""
        return f'{self.number:010d}'

    def identity(self, dataset: str) -> FrameIdentity:
        """The name of the frame."""
        return FrameIdentity(
            dataset=dataset,
            scene=self.drive.removesuffix('_sync'),
            condition='real',
            camera=self.camera,
            frame=self.number,
        )


def drive_folders(folder: Path) -> list[Path]:
    """The folders in a folder that are named like a drive, sorted."""
    return sorted(each for each in folder.glob('*_sync') if _DRIVE.fullmatch(each.name))


class KittiRawFolder:
    """The files of the raw recordings: ``<date>/<drive>_sync/image_02/data/0000000005.png``.

    Args:
        root: the folder with the dates.

    Raises:
        DataFileError: the folder is missing.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise _missing(root, 'the folder of KITTI raw, with dates like 2011_09_26 in it')
        self._root = root
        self._calibrations: dict[tuple[str, KittiCamera, tuple[int, int]], Calibration] = {}

    def frames(self, cameras: Sequence[KittiCamera]) -> list[KittiFrame]:
        """Every frame that has an image, sorted."""
        return sorted(
            KittiFrame(drive.name, camera, int(path.stem))
            for date in self._root.iterdir()
            if date.is_dir()
            for drive in drive_folders(date)
            for camera in cameras
            for path in (drive / camera / 'data').glob('*.png')
            if path.stem.isdigit()
        )

    def read(self, frame: KittiFrame, *, identity: FrameIdentity, with_scan: bool) -> DepthSample:
        """Reads image, calibration and, if asked for, the scan; the truth is unknown.

        Raises:
            DataFileError: a file is missing, damaged or for another image size.
        """
        date = self._date(frame.drive)
        image_rgb = read_colour_image(
            self._root / date / frame.drive / frame.camera / 'data' / f'{frame.file_stem}.png'
        )
        size = image_rgb.shape[0], image_rgb.shape[1]
        calibration = self._calibration(date, frame.camera, size)
        scan = None
        if with_scan:
            scan_folder = self._root / date / frame.drive / 'velodyne_points' / 'data'
            scan = read_points(scan_folder / f'{frame.file_stem}.bin').as_scan(
                stamp_ns=frame.number * SCAN_PERIOD_NS, frame_id='velodyne'
            )
        return DepthSample(
            identity=identity,
            camera=calibration.camera_model.rectified,
            image_rgb=image_rgb,
            truth_m=np.zeros(size, np.float32),
            scan=scan,
            camera_from_lidar=calibration.camera_from_lidar if with_scan else None,
        )

    def _date(self, drive: str) -> str:
        match = _DRIVE.fullmatch(drive)
        if match is None:
            raise ValueError(
                f'drive: expected a name like 2011_09_26_drive_0001_sync, got {drive}'
            )
        return match[1]

    def _calibration(self, date: str, camera: KittiCamera, size: tuple[int, int]) -> Calibration:
        known = self._calibrations.get((date, camera, size))
        if known is None:
            folder = self._root / date
            known = read_raw_calibration(folder, camera, image_size=size)
            self._calibrations[date, camera, size] = known
        return known


class KittiRaw:
    """KITTI raw as a dataset of images and scans without truth.

    Args:
        root: the folder with the dates.
        cameras: which cameras.

    Raises:
        DataFileError: the folder is missing or holds no frame.
    """

    def __init__(self, root: Path, cameras: Sequence[KittiCamera] = ('image_02',)) -> None:
        self._folder = KittiRawFolder(root)
        self._frames = self._folder.frames(cameras)
        if not self._frames:
            raise _missing(root, f'<date>/<drive>_sync/{cameras[0]}/data/*.png in it')
        self._identities = tuple(frame.identity('kitti_raw') for frame in self._frames)

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return self._identities

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> DepthSample:
        """Reads one frame.

        Raises:
            DataFileError: a file is missing, damaged or for another image size.
            IndexError: there is no such frame.
        """
        return self._folder.read(
            self._frames[index], identity=self._identities[index], with_scan=True
        )


def read_raw_calibration(
    folder: Path, camera: KittiCamera, *, image_size: tuple[int, int]
) -> Calibration:
    """The calibration of one colour camera of one date.

    Args:
        folder: with ``calib_cam_to_cam.txt`` and ``calib_velo_to_cam.txt``.
        camera: which camera.
        image_size: (height, width) of its images.

    Raises:
        DataFileError: a file is missing, incomplete or for another image size.
    """
    camera_path, lidar_path = folder / 'calib_cam_to_cam.txt', folder / 'calib_velo_to_cam.txt'
    number = camera.removeprefix('image')
    numbers = _named_numbers(camera_path)
    # The reader takes the left camera; the right one is handed to it in the left one's place.
    left = {
        f'{key.removesuffix(number)}_02': value
        for key, value in numbers.items()
        if key.endswith(number)
    }
    renamed = {key: value for key, value in numbers.items() if not key.endswith('_02')} | left
    _require_keys(renamed, RAW_CAMERA_KEYS, camera_path)
    lidar_numbers = _named_numbers(lidar_path)
    _require_keys(lidar_numbers, RAW_LIDAR_KEYS, lidar_path)
    return read_kitti_raw(renamed, lidar_numbers, image_size=image_size, where=camera_path)


def _named_numbers(path: Path) -> dict[str, Matrix]:
    try:
        return parse_named_numbers(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(
            expected='a KITTI raw calibration',
            got=f'{type(error).__name__}',
            where=str(path),
            remedy='unpack the calibration of this date into its folder',
        ) from error


def _require_keys(numbers: dict[str, Matrix], keys: set[str], path: Path) -> None:
    missing = sorted(keys - numbers.keys())
    if missing:
        raise DataFileError(
            expected=f'lines {", ".join(sorted(keys))}',
            got=f'none of {", ".join(missing)}',
            where=str(path),
            remedy='restore the file from its source',
        )


def _missing(root: Path, expected: str) -> DataFileError:
    return DataFileError(
        expected=expected,
        got='none' if root.is_dir() else 'no such folder',
        where=str(root),
        remedy='give the folder the recordings were unpacked in',
    )
