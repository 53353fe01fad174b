"""One camera of a recording through the pipeline, in the pairs the live node forms."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

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
from mt_depth_ros.core.sensors import CameraImage, LidarScan, SparseDepthImage
from mt_depth_ros.core.stage_timing import StageTimer
from mt_depth_ros.core.stamp_matching import StampMatcher
from mt_depth_ros.core.transforms import StampedTransform
from mt_depth_ros.core.types import DepthPrediction, RgbdFrame
from mt_depth_ros.data.azimuth_withholding import ScanWithholding
from mt_depth_ros.evaluation.ground_truth import GroundTruth
from mt_depth_ros.evaluation.known_depth import KnownDepth, withheld_depth
from mt_depth_ros.pipeline.frame_builder import FrameBuilder
from mt_depth_ros.pipeline.patch_errors import PatchErrors
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.pipeline.self_check import SelfCheck, SelfCheckConfig

DecodedT = TypeVar('DecodedT')

_KEPT_CALIBRATIONS = 64


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReplayedFrame:
    """One image of the recording with its prediction.

    Attributes:
        frame: what the predictor saw.
        prediction: what it answered.
        receive_time_ns: when the image was recorded.
        difference_ns: aligned depth stamp less image stamp.
        known: depth kept out of the input, to score the prediction on; None: nothing was.
        self_check: errors at what the self-check kept out; None: it kept nothing out.
    """

    frame: RgbdFrame
    prediction: DepthPrediction
    receive_time_ns: int
    difference_ns: int
    known: KnownDepth | None
    self_check: PatchErrors | None = None


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


class CameraReplay:
    """Replays one camera; iterate once over :meth:`frames`.

    The recording's receive times are the clock of the stamp matching, so the pairs are those the
    node formed when the recording was made.

    Args:
        reader: the open recording.
        topics: the camera's topics.
        builder: makes frames.
        predictor: answers them.
        matching: the rules of the pairing.
        images_are_rectified: ignore the lens distortion in camera_info.
        withholding: keep part of each scan out of the input; None: use all of it.
        ground_truth: true depth of each image; None: there is none.
        self_check: keeps patches out of each frame, as the node does; None: nothing is.
    """

    def __init__(
        self,
        reader: BagReader,
        topics: CameraTopics,
        *,
        builder: FrameBuilder,
        predictor: DepthPredictor,
        matching: MatchingConfig,
        images_are_rectified: bool,
        withholding: ScanWithholding | None = None,
        ground_truth: GroundTruth | None = None,
        self_check: SelfCheck | None = None,
    ) -> None:
        self._reader = reader
        self._topics = topics
        self._builder = builder
        self._predictor = predictor
        self._images_are_rectified = images_are_rectified
        self._withholding = withholding
        self._ground_truth = ground_truth
        self._self_check = self_check or SelfCheck(SelfCheckConfig(share=0.0))
        self._matcher: StampMatcher[SensorEvent, SensorEvent] = StampMatcher(matching)
        self._transforms = initial_transforms(reader)
        self._calibrations: deque[tuple[str, int, CameraModel]] = deque(maxlen=_KEPT_CALIBRATIONS)
        self.problems = InputProblems()

    @property
    def statistics(self) -> MatchStatistics:
        """The books of the stamp matching so far."""
        return self._matcher.statistics

    def frames(self) -> Iterator[ReplayedFrame]:
        """Replays the recording; input that cannot be used is counted and left out.

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
            yield from self._answered(decided)
        yield from self._answered(self._matcher.flush(now_ns))

    def _take(self, event: SensorEvent) -> list[Event[SensorEvent, SensorEvent]]:
        now_ns = event.receive_time_ns
        if event.kind is SensorKind.TRANSFORMS:
            for stamped in _decoded(event, list):
                assert isinstance(stamped, StampedTransform)
                self._transforms.set(stamped)
            return []
        if event.kind is SensorKind.CAMERA_INFO:
            model = _decoded(event, CameraModel)
            if self._images_are_rectified:
                model = model.as_rectified()
            self._calibrations.append((model.frame_id, event.stamp_ns, model))
            return []
        if event.kind is SensorKind.IMAGE:
            return self._matcher.add_image(event.stamp_ns, event, now_ns)
        return self._matcher.add_cloud(event.stamp_ns, event, now_ns)

    def _answered(self, events: list[Event[SensorEvent, SensorEvent]]) -> Iterator[ReplayedFrame]:
        for event in events:
            if isinstance(event, Drop):
                if event.stream == 'image':
                    self.problems.counts[event.reason.value] += 1
            elif isinstance(event, Match):
                try:
                    yield self._answer(event)
                except SensorInputError as error:
                    self.problems.add(error)

    def _answer(self, match: Match[SensorEvent, SensorEvent]) -> ReplayedFrame:
        timer = StageTimer()
        with timer.stage('decode'):
            image = _decoded(match.image, CameraImage)
            source = match.cloud.decode()
        assert isinstance(source, LidarScan | SparseDepthImage)
        model = self._calibration(image)
        camera_from_source = None
        known = None
        if isinstance(source, LidarScan):
            camera_from_source = self._transforms.lookup(image.frame_id, source.frame_id)
            if self._withholding is not None:
                source, withheld = self._withholding.split(source)
                known = withheld_depth(withheld, camera_from_source, model.rectified)
        if self._ground_truth is not None:
            known = self._ground_truth.find(image.stamp_ns, match.image.receive_time_ns, model)
        frame = self._builder.build(
            image, model, source, camera_from_source=camera_from_source, timer=timer
        )
        with timer.stage('self_check'):
            checked = self._self_check.hold_back(frame)
        prediction = self._predictor.predict(checked.frame, timer=timer)
        return ReplayedFrame(
            frame=checked.frame,
            prediction=prediction,
            receive_time_ns=match.image.receive_time_ns,
            difference_ns=match.difference_ns,
            known=known,
            self_check=self._self_check.score(checked, prediction),
        )

    def _calibration(self, image: CameraImage) -> CameraModel:
        """The calibration with the image's frame and stamp, else the newest of its frame."""
        of_frame = [
            (stamp_ns, model)
            for frame_id, stamp_ns, model in self._calibrations
            if frame_id == image.frame_id
        ]
        if not of_frame:
            frames = sorted({frame_id for frame_id, _, _ in self._calibrations})
            raise SensorInputError(
                reason='no_camera_info',
                expected=f'a camera_info of the image frame {image.frame_id!r}',
                got=f'camera_info of {", ".join(frames) or "no frame at all"}',
                where=self._topics.camera_info,
                remedy='image and camera_info must name the same frame; choose with --camera-info',
            )
        same_stamp = [model for stamp_ns, model in of_frame if stamp_ns == image.stamp_ns]
        return same_stamp[-1] if same_stamp else of_frame[-1][1]


def _decoded(event: SensorEvent, expected: type[DecodedT]) -> DecodedT:
    decoded = event.decode()
    assert isinstance(decoded, expected)
    return decoded
