"""One camera of a recording through the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mt_depth_ros.bag.sensor_stream import SensorEvent
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.matching_events import Match
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.stage_timing import StageTimer
from mt_depth_ros.core.types import DepthPrediction, RgbdFrame
from mt_depth_ros.data.azimuth_withholding import ScanWithholding
from mt_depth_ros.evaluation.ground_truth import GroundTruth
from mt_depth_ros.evaluation.known_depth import KnownDepth, withheld_depth
from mt_depth_ros.evaluation.matched_recording import MatchedRecording
from mt_depth_ros.pipeline.frame_builder import FrameBuilder
from mt_depth_ros.pipeline.patch_errors import PatchErrors
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.pipeline.self_check import SelfCheck, SelfCheckConfig


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


class CameraReplay:
    """Replays one camera; iterate once over :meth:`frames`.

    Args:
        recording: of the camera.
        builder: makes frames.
        predictor: answers them.
        withholding: keep part of each scan out of the input; None: use all of it.
        ground_truth: true depth of each image; None: there is none.
        self_check: keeps patches out of each frame, as the node does; None: nothing is.
    """

    def __init__(
        self,
        recording: MatchedRecording,
        *,
        builder: FrameBuilder,
        predictor: DepthPredictor,
        withholding: ScanWithholding | None = None,
        ground_truth: GroundTruth | None = None,
        self_check: SelfCheck | None = None,
    ) -> None:
        self._recording = recording
        self._builder = builder
        self._predictor = predictor
        self._withholding = withholding
        self._ground_truth = ground_truth
        self._self_check = self_check or SelfCheck(SelfCheckConfig(share=0.0))

    def frames(self) -> Iterator[ReplayedFrame]:
        """Replays the recording; input that cannot be used is counted and left out.

        Raises:
            DataFileError: the recording is damaged.
        """
        for match in self._recording.matches():
            try:
                yield self._answer(match)
            except SensorInputError as error:
                self._recording.problems.add(error)

    def _answer(self, match: Match[SensorEvent, SensorEvent]) -> ReplayedFrame:
        timer = StageTimer()
        with timer.stage('decode'):
            pair = self._recording.decode(match)
        image, model, source = pair.image, pair.model, pair.source
        known = None
        if isinstance(source, LidarScan) and self._withholding is not None:
            assert pair.camera_from_source is not None
            source, withheld = self._withholding.split(source)
            known = withheld_depth(
                withheld, pair.camera_from_source, model.rectified, hidden_behind=source
            )
        if self._ground_truth is not None:
            known = self._ground_truth.find(image.stamp_ns, match.image.receive_time_ns, model)
        frame = self._builder.build(
            image, model, source, camera_from_source=pair.camera_from_source, timer=timer
        )
        with timer.stage('self_check'):
            checked = self._self_check.hold_back(frame, least=self._predictor.least_measurements)
        prediction = self._predictor.predict(checked.frame, timer=timer)
        return ReplayedFrame(
            frame=checked.frame,
            prediction=prediction,
            receive_time_ns=match.image.receive_time_ns,
            difference_ns=match.difference_ns,
            known=known,
            self_check=self._self_check.score(checked, prediction),
        )
