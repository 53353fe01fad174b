"""KITTI object frames: image, full LiDAR scan and calibration; each is a place of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.calibration_files import read_calibration
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.image_files import read_colour_image
from mt_depth_ros.data.point_files import read_points
from mt_depth_ros.data.sample import DepthSample


class KittiObject:
    """The frames of ``image_2``, with ``velodyne`` and ``calib`` beside it; the truth is unknown.

    Args:
        root: the folder that holds these three, or one that holds it as ``training``.

    Raises:
        DataFileError: there are no images.
    """

    def __init__(self, root: Path) -> None:
        holds_images = (root / 'image_2').is_dir()
        self._root = root if holds_images else root / 'training'
        self._numbers = sorted(
            int(path.stem)
            for path in (self._root / 'image_2').glob('*.png')
            if path.stem.isdigit()
        )
        if not self._numbers:
            raise DataFileError(
                expected='image_2/000000.png and so on in it',
                got='none' if root.is_dir() else 'no such folder',
                where=str(root),
                remedy='give the folder that KITTI object was unpacked in',
            )
        self._identities = tuple(
            FrameIdentity(
                dataset='kitti_object',
                scene=f'{number:06d}',
                condition='real',
                camera='image_2',
                frame=number,
            )
            for number in self._numbers
        )

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return self._identities

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> DepthSample:
        """Reads one frame.

        Raises:
            DataFileError: a file is missing or damaged.
            IndexError: there is no such frame.
        """
        stem = f'{self._numbers[index]:06d}'
        image_rgb = read_colour_image(self._root / 'image_2' / f'{stem}.png')
        size = image_rgb.shape[0], image_rgb.shape[1]
        calibration_path = self._root / 'calib' / f'{stem}.txt'
        calibration = read_calibration(calibration_path, image_size=size)
        if calibration.camera_from_lidar is None:
            raise DataFileError(
                expected='a calibration with Tr_velo_to_cam',
                got='one without the LiDAR',
                where=str(calibration_path),
                remedy='restore the file from its source',
            )
        points = read_points(self._root / 'velodyne' / f'{stem}.bin')
        return DepthSample(
            identity=self._identities[index],
            camera=calibration.camera_model.rectified,
            image_rgb=image_rgb,
            truth_m=np.zeros(size, np.float32),
            scan=points.as_scan(stamp_ns=0, frame_id='velodyne'),
            camera_from_lidar=calibration.camera_from_lidar,
        )
