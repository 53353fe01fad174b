"""The frames of one camera of a recording, in the pairs the live node forms."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_stream import (
    initial_transforms,
    read_sensor_events,
    SensorEvent,
    SensorKind,
)
from mt_depth_ros.bag.sensor_topics import CameraTopics
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.matching_events import Drop, Event, Match
from mt_depth_ros.core.sensors import CameraImage, LidarScan, SparseDepthImage
from mt_depth_ros.core.stamp_matching import StampMatcher
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import RgbdFrame
from mt_depth_ros.pipeline.frame_builder import FrameBuilder

_KEPT_CALIBRATIONS = 64


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MatchedFrame:
    """An image with its depth.

    Attributes:
        frame: what a completer would see.
        scan: the scan it was made of; None: its depth came as an image.
        camera_from_lidar: as the frame was made with; None without a scan.
        difference_ns: aligned depth stamp less image stamp.
    """

    frame: RgbdFrame
    scan: LidarScan | None
    camera_from_lidar: RigidTransform | None
    difference_ns: int


class MatchedFrames:
    """Reads one camera; iterate once over :meth:`frames`.

    Args:
        reader: the open recording.
        topics: the camera's topics.
        builder: makes frames.
        matching: the rules of the pairing; the recording's receive times are its clock.
        images_are_rectified: ignore the lens distortion in camera_info.
        misplaced_by: moves the LiDAR's points in the camera's frame after the extrinsic: an
            error made on purpose. None: the extrinsic as recorded.
    """

    def __init__(
        self,
        reader: BagReader,
        topics: CameraTopics,
        *,
        builder: FrameBuilder,
        matching: MatchingConfig,
        images_are_rectified: bool,
        misplaced_by: RigidTransform | None = None,
    ) -> None:
        self._reader = reader
        self._topics = topics
        self._builder = builder
        self._images_are_rectified = images_are_rectified
        self._misplaced_by = misplaced_by or RigidTransform.identity()
        self._matcher: StampMatcher[SensorEvent, SensorEvent] = StampMatcher(matching)
        self._transforms = initial_transforms(reader)
        self._calibrations: deque[CameraModel] = deque(maxlen=_KEPT_CALIBRATIONS)
        self.not_used: Counter[str] = Counter()
        self.first_problem = ''

    def frames(
        self, wants: Callable[[int], bool] = lambda stamp_ns: True
    ) -> Iterator[MatchedFrame]:
        """Reads the recording; input that cannot be used is counted and left out.

        Args:
            wants: told an image's stamp; False: do not even decode it.

        Raises:
            DataFileError: the recording is damaged.
        """
        now_ns = 0
        for event in read_sensor_events(self._reader, self._topics):
            now_ns = event.receive_time_ns
            try:
                decided = self._take(event)
            except SensorInputError as error:
                self._count(error)
                continue
            yield from self._built(decided, wants)
        yield from self._built(self._matcher.flush(now_ns), wants)

    def _take(self, event: SensorEvent) -> list[Event[SensorEvent, SensorEvent]]:
        now_ns = event.receive_time_ns
        if event.kind is SensorKind.IMAGE:
            return self._matcher.add_image(event.stamp_ns, event, now_ns)
        if event.kind in (SensorKind.POINTS, SensorKind.SPARSE_DEPTH):
            return self._matcher.add_cloud(event.stamp_ns, event, now_ns)
        decoded = event.decode()
        if isinstance(decoded, CameraModel):
            is_done = self._images_are_rectified
            self._calibrations.append(decoded.as_rectified() if is_done else decoded)
        elif isinstance(decoded, list):
            for stamped in decoded:
                self._transforms.set(stamped)
        return []

    def _built(
        self, events: list[Event[SensorEvent, SensorEvent]], wants: Callable[[int], bool]
    ) -> Iterator[MatchedFrame]:
        for event in events:
            if isinstance(event, Drop) and event.stream == 'image':
                self.not_used[event.reason.value] += 1
            elif isinstance(event, Match) and wants(event.image_stamp_ns):
                try:
                    yield self._build(event)
                except SensorInputError as error:
                    self._count(error)

    def _build(self, match: Match[SensorEvent, SensorEvent]) -> MatchedFrame:
        image, source = match.image.decode(), match.cloud.decode()
        assert isinstance(image, CameraImage)
        assert isinstance(source, LidarScan | SparseDepthImage)
        camera_from_lidar, scan = None, None
        if isinstance(source, LidarScan):
            scan = source
            recorded = self._transforms.lookup(image.frame_id, source.frame_id)
            camera_from_lidar = self._misplaced_by @ recorded
        frame = self._builder.build(
            image, self._calibration(image), source, camera_from_source=camera_from_lidar
        )
        return MatchedFrame(
            frame=frame,
            scan=scan,
            camera_from_lidar=camera_from_lidar,
            difference_ns=match.difference_ns,
        )

    def _calibration(self, image: CameraImage) -> CameraModel:
        """The newest calibration of the image's frame."""
        for model in reversed(self._calibrations):
            if model.frame_id == image.frame_id:
                return model
        frames = sorted({model.frame_id for model in self._calibrations})
        raise SensorInputError(
            reason='no_camera_info',
            expected=f'a camera_info of the image frame {image.frame_id!r}',
            got=f'camera_info of {", ".join(frames) or "no frame at all"}',
            where=self._topics.camera_info,
            remedy='image and camera_info must name the same frame; choose with --camera-info',
        )

    def _count(self, error: SensorInputError) -> None:
        self.not_used[error.reason] += 1
        self.first_problem = self.first_problem or str(error)
