"""Image and depth of one camera of a recording, in the pairs the live node forms."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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
from mt_depth_ros.core.matching_statistics import MatchStatistics
from mt_depth_ros.core.sensors import CameraImage, DepthSource, LidarScan, SparseDepthImage
from mt_depth_ros.core.stamp_matching import StampMatcher
from mt_depth_ros.core.transforms import RigidTransform, StampedTransform

_KEPT_CALIBRATIONS = 64


@dataclass(kw_only=True, slots=True)
class InputProblems:
    """What could not be used: counts by reason, and the first message of each.

    Attributes:
        counts: reason -> how often.
        first: reason -> the first message.
    """

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, error: SensorInputError) -> None:
        """Counts a problem."""
        self.counts[error.reason] += 1
        self.first.setdefault(error.reason, str(error))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MatchedPair:
    """An image and its depth, decoded.

    Attributes:
        image: the image.
        source: its depth: a scan or a sparse depth image.
        model: of the camera.
        camera_from_source: where a scan was taken; None for a depth image.
    """

    image: CameraImage
    source: DepthSource
    model: CameraModel
    camera_from_source: RigidTransform | None


class MatchedRecording:
    """One camera of a recording; iterate once over :meth:`matches`.

    The recording's receive times are the clock of the stamp matching, so the pairs are those the
    node formed when the recording was made.

    Args:
        reader: the open recording.
        topics: the camera's topics.
        matching: the rules of the pairing.
        images_are_rectified: ignore the lens distortion in camera_info.
        static_transforms: these win over those of the recording.

    Attributes:
        problems: what could not be used so far.
    """

    def __init__(
        self,
        reader: BagReader,
        topics: CameraTopics,
        *,
        matching: MatchingConfig,
        images_are_rectified: bool,
        static_transforms: Sequence[StampedTransform] = (),
    ) -> None:
        self._reader = reader
        self._topics = topics
        self._images_are_rectified = images_are_rectified
        self._matcher: StampMatcher[SensorEvent, SensorEvent] = StampMatcher(matching)
        self._transforms = initial_transforms(reader, static_transforms)
        self._calibrations: deque[tuple[int, CameraModel]] = deque(maxlen=_KEPT_CALIBRATIONS)
        self.problems = InputProblems()

    @property
    def statistics(self) -> MatchStatistics:
        """The books of the stamp matching so far."""
        return self._matcher.statistics

    def matches(self) -> Iterator[Match[SensorEvent, SensorEvent]]:
        """The pairs, not decoded; images that found no depth are counted.

        Raises:
            DataFileError: the recording is damaged.
        """
        now_ns = 0
        for event in read_sensor_events(self._reader, self._topics):
            now_ns = event.receive_time_ns
            try:
                decided = self._take(event)
            except SensorInputError as error:
                self.problems.add(error)
                continue
            yield from self._matched(decided)
        yield from self._matched(self._matcher.flush(now_ns))

    def decode(self, match: Match[SensorEvent, SensorEvent]) -> MatchedPair:
        """Decodes a pair, with calibration and extrinsic as known when it was formed.

        Raises:
            SensorInputError: a message cannot be used, or the calibration or the extrinsic is
                not in the recording.
        """
        image, source = match.image.decode(), match.cloud.decode()
        assert isinstance(image, CameraImage)
        assert isinstance(source, LidarScan | SparseDepthImage)
        camera_from_source = None
        if isinstance(source, LidarScan):
            camera_from_source = self._transforms.lookup(image.frame_id, source.frame_id)
        return MatchedPair(
            image=image,
            source=source,
            model=self._calibration(image),
            camera_from_source=camera_from_source,
        )

    def _take(self, event: SensorEvent) -> list[Event[SensorEvent, SensorEvent]]:
        now_ns = event.receive_time_ns
        if event.kind is SensorKind.IMAGE:
            return self._matcher.add_image(event.stamp_ns, event, now_ns)
        if event.kind in (SensorKind.POINTS, SensorKind.SPARSE_DEPTH):
            return self._matcher.add_cloud(event.stamp_ns, event, now_ns)
        decoded = event.decode()
        if isinstance(decoded, CameraModel):
            is_done = self._images_are_rectified
            model = decoded.as_rectified() if is_done else decoded
            self._calibrations.append((event.stamp_ns, model))
        elif isinstance(decoded, list):
            for stamped in decoded:
                self._transforms.set(stamped)
        return []

    def _matched(
        self, events: list[Event[SensorEvent, SensorEvent]]
    ) -> Iterator[Match[SensorEvent, SensorEvent]]:
        for event in events:
            if isinstance(event, Match):
                yield event
            elif isinstance(event, Drop) and event.stream == 'image':
                self.problems.counts[event.reason.value] += 1

    def _calibration(self, image: CameraImage) -> CameraModel:
        """The calibration with the image's frame and stamp, else the newest of its frame."""
        of_frame = [
            (stamp_ns, model)
            for stamp_ns, model in self._calibrations
            if model.frame_id == image.frame_id
        ]
        if not of_frame:
            frames = sorted({model.frame_id for _, model in self._calibrations})
            raise SensorInputError(
                reason='no_camera_info',
                expected=f'a camera_info of the image frame {image.frame_id!r}',
                got=f'camera_info of {", ".join(frames) or "no frame at all"}',
                where=self._topics.camera_info,
                remedy='image and camera_info must name the same frame; choose with --camera-info',
            )
        same_stamp = [model for stamp_ns, model in of_frame if stamp_ns == image.stamp_ns]
        return same_stamp[-1] if same_stamp else of_frame[-1][1]
