"""The worker's whole job: one pair of messages in, the node's outputs out."""

from __future__ import annotations

from collections.abc import Callable

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.stage_timing import StageTimer
from mt_depth_ros.pipeline.frame_builder import FrameBuilder, FrameBuilderConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.ros.frame_assembly import FrameAssembler, MessagePair
from mt_depth_ros.ros.frame_checks import FrameChecks
from mt_depth_ros.ros.frame_ledger import FrameLedger
from mt_depth_ros.ros.frame_reports import FrameReports
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.node_outputs import NodeOutputs
from mt_depth_ros.ros.predictor_config import fallback_config, range_config
from mt_depth_ros.ros.problem_log import ProblemLog


class FrameProcessor:
    """Computes and publishes frames; every frame ends in the ledger. Worker's thread only.

    Attributes:
        image_size: (height, width) of the newest image that fitted its calibration, or None.

    Args:
        assembler: builds the frame.
        predictor: predicts its depth.
        outputs: publishes.
        reports: tell of each frame.
        checks: compare the prediction with what they keep out, and watch the calibration.
        ledger: where each image is entered.
        problems: where unusable input is reported.
        config: gives the configuration as of now; read once a frame.
    """

    def __init__(
        self,
        assembler: FrameAssembler,
        predictor: DepthPredictor,
        outputs: NodeOutputs,
        reports: FrameReports,
        checks: FrameChecks,
        *,
        ledger: FrameLedger,
        problems: ProblemLog,
        config: Callable[[], NodeConfig],
    ) -> None:
        self._assembler = assembler
        self._predictor = predictor
        self._outputs = outputs
        self._reports = reports
        self._checks = checks
        self._ledger = ledger
        self._problems = problems
        self._config = config
        self.image_size: tuple[int, int] | None = None
        self._is_abandoned = False
        self._followed: NodeConfig | None = None
        self._builder = FrameBuilder(FrameBuilderConfig())

    def process(self, pair: MessagePair) -> None:
        """Computes and publishes one frame, unless nobody listens.

        Args:
            pair: the messages.
        """
        config = self._config()
        wanted = self._outputs.wanted(lazy=config.lazy)
        if not wanted.anything:
            self._reports.frame_is_not_wanted()
            self._ledger.dropped('no_subscriber')
            return
        self._follow(config)
        self._reports.frame_begins()
        timer = StageTimer()
        try:
            placed = self._assembler.assemble(
                pair, self._builder, timer, min_points=config.min_points_in_view
            )
            self.image_size = placed.frame.image_rgb.shape[:2]
            with timer.stage('self_check'):
                checked = self._checks.hold_back(
                    placed.frame, least=self._predictor.least_measurements
                )
            frame = checked.frame
            prediction = self._predictor.predict(frame, timer=timer, want_mask=wanted.mask)
        except SensorInputError as error:
            if self._is_abandoned:
                return
            self._problems.report(error)
            self._ledger.dropped(error.reason)
            return
        if self._is_abandoned:
            return
        self._outputs.publish(frame, prediction, wanted=wanted, config=config, timer=timer)
        self._reports.frame_published(frame, prediction)
        self._ledger.published(frame.stamp_ns, timer.stage_ms)
        self._checks.frame_published(checked, prediction, placed)

    def fail(self, error: Exception, pair: MessagePair) -> None:
        """Reports what no frame should raise, and lets the next one be tried.

        Args:
            error: what :meth:`process` raised.
            pair: the messages it was raised for.
        """
        if self._is_abandoned:
            return
        self._problems.report_internal(error, f'the frame of stamp {pair.image.stamp_ns} ns')
        self._ledger.dropped('internal_error')

    def abandon(self) -> None:
        """Gives up the frame at work: whatever comes of it is neither published nor entered."""
        self._is_abandoned = True

    def _follow(self, config: NodeConfig) -> None:
        """Applies the parameters that may change while the node runs."""
        if config is self._followed:
            return
        self._followed = config
        self._checks.follow(config)
        self._builder = FrameBuilder(
            FrameBuilderConfig(
                min_depth_m=config.min_depth,
                max_depth_m=config.max_range,
                see_through_filter=config.see_through_filter,
            )
        )
        self._predictor.limits = range_config(config)
        if self._predictor.fallback is not None:
            self._predictor.fallback.config = fallback_config(config)
