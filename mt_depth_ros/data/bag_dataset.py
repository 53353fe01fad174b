"""One's own robot: recordings as a dataset, part of each LiDAR scan kept back as the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
import logging
from pathlib import Path
from typing import TypeVar

import numpy as np

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_stream import SensorEvent, SensorKind
from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import DataFileError, SensorInputError
from mt_depth_ros.core.image_topics import images_are_rectified
from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.projection import (
    measurements_from_depth_image,
    project_scan,
    rasterize_nearest,
)
from mt_depth_ros.core.rectification import Rectifier
from mt_depth_ros.core.see_through import find_see_through
from mt_depth_ros.core.sensors import CameraImage, LidarScan, SparseDepthImage
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.azimuth_withholding import ScanWithholding
from mt_depth_ros.data.bag_index import BagFrame, CameraIndex, index_recording, MessagePlace
from mt_depth_ros.data.broken_frames import OnBroken
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.measurement_geometry import chosen, measured_in_view, points_of
from mt_depth_ros.data.sample import DepthSample

logger = logging.getLogger(__name__)

DecodedT = TypeVar('DecodedT')

# Forward, left, up from the camera's right, down, forward.
_AHEAD_FROM_CAMERA = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]], np.float32)


@dataclass(frozen=True, kw_only=True, slots=True)
class BagDatasetConfig:
    """How recordings become frames.

    Attributes:
        withholding: what of each scan becomes the truth; None: nothing, and the truth is unknown.
        matching: the rules by which images and clouds are paired; the defaults are the node's.
        see_through_filter: leave out of the truth what shows through foreground.
        min_depth_m, max_depth_m: of the truth, metres.
        on_unusable: what to do with a recording that is damaged or lacks a sensor.
    """

    withholding: ScanWithholding | None = None
    matching: MatchingConfig = field(default_factory=MatchingConfig)
    see_through_filter: bool = True
    min_depth_m: float = 0.5
    max_depth_m: float = 120.0
    on_unusable: OnBroken = 'raise'


class BagDataset:
    """Every image with a cloud in tolerance, of every camera of every recording in a folder.

    A scene is a recording; a frame's number is the place of its image in the recording.

    Args:
        root: a recording, or a folder of recordings.
        config: how they become frames.

    Attributes:
        cameras: what was found, also images without depth.
        unusable: the errors of the recordings that were left out, if that was chosen.

    Raises:
        DataFileError: there is no recording, one is damaged or lacks a sensor, or no image of any
            has a cloud in tolerance.
    """

    def __init__(self, root: Path, config: BagDatasetConfig | None = None) -> None:
        self._config = config or BagDatasetConfig()
        bags = recordings_in(root)
        if not bags:
            raise DataFileError(
                expected='a rosbag2 recording, or a folder of them',
                got='none' if root.is_dir() else 'no such folder',
                where=str(root),
                remedy='give the folder that the recordings lie in',
            )
        self.cameras, self.unusable = _index_recordings(bags, self._config)
        self._frames = [(camera, frame) for camera in self.cameras for frame in camera.frames]
        if not self._frames:
            raise DataFileError(
                expected='images with a cloud or sparse depth within '
                f'{self._config.matching.tolerance_ns / 1e6:g} ms',
                got=f'{sum(camera.num_images for camera in self.cameras)} images without, and '
                f'{len(self.unusable)} unusable recordings',
                where=str(root),
                remedy='check the stamps of the recording, or raise the tolerance',
            )
        self._identities = tuple(_identity(camera, frame) for camera, frame in self._frames)
        self._rectifier = Rectifier()

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return self._identities

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> DepthSample:
        """Reads one frame.

        Raises:
            DataFileError: a message of the frame cannot be used.
            IndexError: there is no such frame.
        """
        camera, frame = self._frames[index]
        try:
            return self._read(camera, frame, self._identities[index])
        except SensorInputError as error:
            raise DataFileError(
                expected=error.expected,
                got=error.got,
                where=f'{camera.bag}, {error.where}, frame {self._identities[index]}',
                remedy=error.remedy,
            ) from error

    def _read(self, camera: CameraIndex, frame: BagFrame, identity: FrameIdentity) -> DepthSample:
        if frame.problem is not None or frame.depth is None:
            raise frame.problem or ValueError(f'{identity}: expected a frame with depth')
        with BagReader(camera.bag) as reader:
            image = _decoded(reader, SensorKind.IMAGE, frame.image, CameraImage)
            kind = SensorKind.POINTS if camera.topics.points else SensorKind.SPARSE_DEPTH
            expected = LidarScan if camera.topics.points else SparseDepthImage
            source = _decoded(reader, kind, frame.depth, expected)
        model = camera.calibration(image.frame_id, frame.image)
        if images_are_rectified('auto', camera.topics.image):
            model = model.as_rectified()
        size = model.image_size
        sample = DepthSample(
            identity=identity,
            camera=model.rectified,
            image_rgb=self._rectifier.rectify(image.image_rgb, model),
            truth_m=np.zeros(size, np.float32),
        )
        if isinstance(source, LidarScan):
            camera_from_lidar = camera.transforms.lookup(image.frame_id, source.frame_id)
            return self._with_scan(sample, source, camera_from_lidar)
        assert isinstance(source, SparseDepthImage)
        return self._with_sparse_depth(sample, source, model)

    def _with_scan(
        self, sample: DepthSample, scan: LidarScan, camera_from_lidar: RigidTransform
    ) -> DepthSample:
        kept, truth_m = scan, sample.truth_m
        if self._config.withholding is not None:
            kept, withheld = self._config.withholding.split(scan)
            truth_m = self._truth(
                project_scan(kept.points_m, camera_from_lidar, sample.camera).measurements,
                project_scan(withheld.points_m, camera_from_lidar, sample.camera).measurements,
                sample.camera,
            )
        return replace(sample, scan=kept, camera_from_lidar=camera_from_lidar, truth_m=truth_m)

    def _with_sparse_depth(
        self, sample: DepthSample, depth: SparseDepthImage, model: CameraModel
    ) -> DepthSample:
        kept = measurements_from_depth_image(depth.depth_m, model, self._rectifier)
        truth_m = sample.truth_m
        if self._config.withholding is not None:
            # The sparse depth as the scan of a LiDAR at the camera's place.
            scan = LidarScan(
                points_m=points_of(kept, sample.camera) @ _AHEAD_FROM_CAMERA.T,
                stamp_ns=depth.stamp_ns,
                frame_id=depth.frame_id,
            )
            kept, withheld = (
                measured_in_view(part.points_m @ _AHEAD_FROM_CAMERA, sample.camera)
                for part in self._config.withholding.split(scan)
            )
            truth_m = self._truth(kept, withheld, sample.camera)
        return replace(sample, measurements=kept, truth_m=truth_m)

    def _truth(
        self, kept: DepthMeasurements, withheld: DepthMeasurements, camera: RectifiedCamera
    ) -> FloatImage:
        """(H, W) depth of what was withheld; foreground is told with what was kept, too."""
        depth_m = withheld.depth_m
        usable = (depth_m >= self._config.min_depth_m) & (depth_m <= self._config.max_depth_m)
        if self._config.see_through_filter:
            together = DepthMeasurements(
                u_px=np.concatenate([withheld.u_px, kept.u_px]),
                v_px=np.concatenate([withheld.v_px, kept.v_px]),
                depth_m=np.concatenate([depth_m, kept.depth_m]),
            )
            usable &= ~find_see_through(together, camera)[: len(withheld)]
        return rasterize_nearest(chosen(withheld, usable), camera, (camera.height, camera.width))


def recordings_in(root: Path) -> list[Path]:
    """The rosbag2 recordings in a folder, or the folder or file itself if it is one."""
    if _is_recording(root):
        return [root]
    if not root.is_dir():
        return []
    return sorted(each for each in root.iterdir() if _is_recording(each))


def _index_recordings(
    bags: list[Path], config: BagDatasetConfig
) -> tuple[tuple[CameraIndex, ...], tuple[DataFileError, ...]]:
    cameras: list[CameraIndex] = []
    unusable: list[DataFileError] = []
    for bag in bags:
        try:
            cameras += index_recording(bag, config.matching)
        except DataFileError as error:
            if config.on_unusable == 'raise':
                raise
            logger.warning('left out a recording: %s', error)
            unusable.append(error)
    return tuple(cameras), tuple(unusable)


def _is_recording(path: Path) -> bool:
    return (path / 'metadata.yaml').is_file() or (
        path.is_file() and path.suffix in {'.mcap', '.db3'}
    )


def _identity(camera: CameraIndex, frame: BagFrame) -> FrameIdentity:
    return FrameIdentity(
        dataset='bag',
        scene=camera.bag.stem if camera.bag.is_file() else camera.bag.resolve().name,
        condition='real',
        camera=camera.topics.name,
        frame=frame.number,
    )


def _decoded(
    reader: BagReader, kind: SensorKind, place: MessagePlace, expected: type[DecodedT]
) -> DecodedT:
    """Reads one message, which the index found at this place."""
    time_ns = place.receive_time_ns
    for message in reader.messages([place.topic], start_ns=time_ns, stop_ns=time_ns + 1):
        event = SensorEvent(kind, message)
        if event.stamp_ns == place.stamp_ns:
            decoded = event.decode()
            assert isinstance(decoded, expected)
            return decoded
    raise DataFileError(
        expected=f'a message of {place.topic} with stamp {place.stamp_ns}',
        got='none; it was there when the recording was opened',
        where=str(reader.path),
        remedy='leave recordings alone while they are read',
    )
