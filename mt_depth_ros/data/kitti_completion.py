"""The KITTI depth completion benchmark: sparse and accumulated depth of the raw recordings.

Depth PNGs hold uint16 metres x 256, 0 for none. ``velodyne_raw`` is one projected scan, the sparse
input; ``groundtruth`` gathers eleven scans, checked against stereo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
import re
from typing import Literal, TypeAlias

import numpy as np

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.calibration_files import read_calibration
from mt_depth_ros.data.depth_files import DepthFormat, read_depth
from mt_depth_ros.data.depth_scale import check_lidar_range, check_measurements
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.image_files import read_colour_image
from mt_depth_ros.data.kitti_raw import drive_folders, KittiCamera, KittiFrame, KittiRawFolder
from mt_depth_ros.data.measurement_geometry import measured_at
from mt_depth_ros.data.sample import DepthSample

SelectionPart: TypeAlias = Literal['val_selection_cropped', 'test_depth_completion_anonymous']

_SELECTED = re.compile(r'(\d{4}_\d{2}_\d{2}_drive_\d{4})_sync_image_(\d{10})_(image_0[23])')


class KittiCompletion:
    """The training or validation drives of the benchmark.

    Args:
        root: the folder with ``train`` and ``val``, or with the drives themselves.
        raw_root: the raw recordings, for images and calibration.
        part: ``train`` or ``val``; None where ``root`` holds the drives.
        cameras: which cameras.
        with_truth: False reads drives that have no ``groundtruth``; the truth is unknown then.
        with_scans: read the full scans of the raw recordings too.

    Raises:
        DataFileError: a folder is missing or holds no frame.
    """

    def __init__(
        self,
        root: Path,
        raw_root: Path,
        *,
        part: Literal['train', 'val'] | None,
        cameras: Sequence[KittiCamera] = ('image_02', 'image_03'),
        with_truth: bool = True,
        with_scans: bool = False,
    ) -> None:
        self._drives = root if part is None else root / part
        self._raw = KittiRawFolder(raw_root)
        self._with_truth = with_truth
        self._with_scans = with_scans
        # The truth of a drive begins and ends five frames inside it.
        listed = 'groundtruth' if with_truth else 'velodyne_raw'
        self._frames = sorted(
            KittiFrame(drive.name, camera, int(path.stem))
            for drive in drive_folders(self._drives)
            for camera in cameras
            for path in (drive / 'proj_depth' / listed / camera).glob('*.png')
            if path.stem.isdigit()
        )
        if not self._frames:
            raise DataFileError(
                expected=f'<drive>_sync/proj_depth/{listed}/{"|".join(cameras)}/*.png in it',
                got='none' if self._drives.is_dir() else 'no such folder',
                where=str(self._drives),
                remedy='give the folder that KITTI depth completion was unpacked in',
            )
        self._identities = tuple(frame.identity('kitti_completion') for frame in self._frames)

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return self._identities

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> DepthSample:
        """Reads one frame.

        Raises:
            DataFileError: a file is missing, damaged, of another size or of another scale.
            IndexError: there is no such frame.
        """
        frame = self._frames[index]
        sample = self._raw.read(
            frame, identity=self._identities[index], with_scan=self._with_scans
        )
        depth = self._drives / frame.drive / 'proj_depth'
        name = f'{frame.camera}/{frame.file_stem}.png'
        truth_path = depth / 'groundtruth' / name if self._with_truth else None
        return _with_depth(sample, depth / 'velodyne_raw' / name, truth_path)


class KittiCompletionSelection:
    """The thousand frames selected for validation or for the anonymous test, 1216x352 pixels.

    Args:
        root: the folder ``depth_selection``.
        part: which of the two; the test has no truth.

    Raises:
        DataFileError: the folder is missing or holds no image.
    """

    def __init__(self, root: Path, part: SelectionPart) -> None:
        self._folder = root / part
        self._is_test = part == 'test_depth_completion_anonymous'
        self._stems = sorted(path.stem for path in (self._folder / 'image').glob('*.png'))
        if not self._stems:
            raise DataFileError(
                expected='image/*.png in it',
                got='none' if self._folder.is_dir() else 'no such folder',
                where=str(self._folder),
                remedy='give the folder depth_selection of the benchmark',
            )
        self._identities = tuple(self._identity(stem) for stem in self._stems)

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return self._identities

    def __len__(self) -> int:
        return len(self._stems)

    def __getitem__(self, index: int) -> DepthSample:
        """Reads one frame.

        Raises:
            DataFileError: a file is missing, damaged, of another size or of another scale.
            IndexError: there is no such frame.
        """
        stem = self._stems[index]
        image_rgb = read_colour_image(self._folder / 'image' / f'{stem}.png')
        size = image_rgb.shape[0], image_rgb.shape[1]
        intrinsics_path = self._folder / 'intrinsics' / f'{stem}.txt'
        sample = DepthSample(
            identity=self._identities[index],
            camera=read_calibration(intrinsics_path, image_size=size).camera_model.rectified,
            image_rgb=image_rgb,
            truth_m=np.zeros(size, np.float32),
        )
        truth_path = None
        if not self._is_test:
            truth_name = stem.replace('_image_', '_groundtruth_depth_', 1)
            truth_path = self._folder / 'groundtruth_depth' / f'{truth_name}.png'
        sparse_name = stem if self._is_test else stem.replace('_image_', '_velodyne_raw_', 1)
        return _with_depth(
            sample, self._folder / 'velodyne_raw' / f'{sparse_name}.png', truth_path
        )

    def _identity(self, stem: str) -> FrameIdentity:
        match = _SELECTED.fullmatch(stem)
        if match is not None:
            scene, number, camera = match.groups()
        elif self._is_test and stem.isdigit():
            scene, number, camera = 'anonymous', stem, 'image'
        else:
            raise DataFileError(
                expected='a name like 2011_09_26_drive_0002_sync_image_0000000005_image_02.png',
                got=f'{stem}.png',
                where=str(self._folder / 'image'),
                remedy='restore the folder from its source',
            )
        return FrameIdentity(
            dataset='kitti_completion',
            scene=scene,
            condition='real',
            camera=camera,
            frame=int(number),
        )


def _with_depth(sample: DepthSample, sparse_path: Path, truth_path: Path | None) -> DepthSample:
    size = (sample.camera.height, sample.camera.width)
    sparse_m = _read_kitti_depth(sparse_path, size)
    measurements: DepthMeasurements = measured_at(sparse_m, *np.nonzero(sparse_m))
    sample = replace(sample, measurements=measurements)
    if truth_path is None:
        return sample
    truth_m = _read_kitti_depth(truth_path, size)
    check_measurements(truth_m, measurements, where=f'{truth_path} against {sparse_path}')
    return replace(sample, truth_m=truth_m)


def _read_kitti_depth(path: Path, size: tuple[int, int]) -> FloatImage:
    depth_m = read_depth(path, DepthFormat.KITTI)
    if depth_m.shape != size:
        raise DataFileError(
            expected=f'the size of its image, {size[1]}x{size[0]}',
            got=f'{depth_m.shape[1]}x{depth_m.shape[0]}',
            where=str(path),
            remedy='use image and depth of the same frame, as they were published',
        )
    check_lidar_range(depth_m, where=str(path))
    return depth_m
