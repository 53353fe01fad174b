"""The real frames of the results table: part of each LiDAR scan is kept back as the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.rectification import Rectifier
from mt_depth_ros.data.bag_dataset import BagDataset
from mt_depth_ros.data.calibration_files import read_calibration
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.image_files import read_picture
from mt_depth_ros.data.kitti_object import KittiObject
from mt_depth_ros.data.kitti_raw import KittiRaw
from mt_depth_ros.data.point_files import read_points
from mt_depth_ros.data.sample import DepthSample

Pool: TypeAlias = Literal['tuning', 'reported']
"""Frames that may be tuned on, and frames that are only reported."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A frame: what it is called, and how it is read."""

    identity: FrameIdentity
    read: Callable[[], DepthSample]


class RealFrames:
    """The frames of one pool, each called after where it is from.

    Tuning: KITTI object 000000 and OpenCalib's distorted_1 (distorted_0 has a calibration for
    another image size, so it is left out). Reported: KITTI object 000001, KITTI raw frame 5 and
    the DDAD-like recording.

    Args:
        folder: with ``kitti_object``, ``kitti_raw``, ``opencalib`` and ``rosbag2/ddad_like``.
        pool: which frames.

    Raises:
        DataFileError: one of these is missing or damaged.
    """

    def __init__(self, folder: Path, pool: Pool) -> None:
        if pool == 'tuning':
            self._places = [
                *_of(KittiObject(folder / 'kitti_object'), '000000', 'KITTI object 000000'),
                _opencalib(folder / 'opencalib/distorted_1'),
            ]
        else:
            self._places = [
                *_of(KittiObject(folder / 'kitti_object'), '000001', 'KITTI object 000001'),
                *_of(KittiRaw(folder / 'kitti_raw'), None, 'KITTI raw 5'),
                *_of(BagDataset(folder / 'rosbag2/ddad_like'), None, 'DDAD-like'),
            ]

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order; the condition says where it is from."""
        return [place.identity for place in self._places]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> DepthSample:
        """Reads one frame.

        Raises:
            DataFileError: a file is missing or damaged.
            IndexError: there is no such frame.
        """
        place = self._places[index]
        return replace(place.read(), identity=place.identity)


def _of(dataset: DepthDataset, scene: str | None, source: str) -> list[_Place]:
    """The frames of a data set, or of one scene of it."""
    return [
        _Place(
            replace(identity, dataset='real', condition=source),
            lambda index=index: dataset[index],  # type: ignore[misc]
        )
        for index, identity in enumerate(dataset.identities)
        if scene in {None, identity.scene}
    ]


def _opencalib(folder: Path) -> _Place:
    identity = FrameIdentity(
        dataset='real', scene=folder.name, condition='OpenCalib', camera='camera', frame=0
    )

    def read() -> DepthSample:
        """The image and the scan, placed by the calibration beside them."""
        image_rgb = read_picture(folder / 'calib.jpg')
        size = image_rgb.shape[0], image_rgb.shape[1]
        calibration = read_calibration(folder / 'calib.txt', image_size=size)
        if calibration.camera_from_lidar is None:
            raise DataFileError(
                expected='a calibration with the place of the LiDAR',
                got='none',
                where=str(folder / 'calib.txt'),
                remedy='restore the file from its source',
            )
        model = calibration.camera_model
        points = read_points(folder / 'calib.pcd')
        return DepthSample(
            identity=identity,
            camera=model.rectified,
            image_rgb=Rectifier().rectify(image_rgb, model),
            truth_m=np.zeros(size, np.float32),
            scan=points.as_scan(stamp_ns=0, frame_id='lidar'),
            camera_from_lidar=calibration.camera_from_lidar,
        )

    return _Place(identity, read)
