"""What the node checks of itself with each frame: its errors, and the calibration."""

from __future__ import annotations

import threading

from mt_depth_ros.core.types import DepthPrediction, RgbdFrame
from mt_depth_ros.pipeline.calibration_verdict import CalibrationVerdict
from mt_depth_ros.pipeline.self_check import CheckedFrame, SelfCheck, SelfCheckConfig
from mt_depth_ros.pipeline.self_check_report import SelfCheckReport
from mt_depth_ros.ros.calibration_watch import CalibrationWatch
from mt_depth_ros.ros.frame_assembly import PlacedFrame
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.problem_log import ProblemLog


class FrameChecks:
    """The worker enters frames, the diagnostics read.

    Args:
        problems: where a check that fails is reported.
    """

    def __init__(self, problems: ProblemLog) -> None:
        self._problems = problems
        self._lock = threading.Lock()
        self._self_check = SelfCheck(SelfCheckConfig(share=0.0))
        self._watch: CalibrationWatch | None = None
        self._lidar_time_offset_s = 0.0

    @property
    def self_check(self) -> SelfCheckReport | None:
        """The errors over the window; None where the self-check is off, as before a frame."""
        with self._lock:
            return self._self_check.report() if self._self_check.config.share > 0.0 else None

    @property
    def calibration(self) -> CalibrationVerdict | None:
        """What is known of the calibration; None where nothing is, or the check is off."""
        watch = self._watch
        return watch.verdict if watch is not None else None

    def follow(self, config: NodeConfig) -> None:
        """Applies the parameters as of now; worker's thread."""
        with self._lock:
            self._self_check.config = SelfCheckConfig(
                share=config.self_check_share, window_s=config.self_check_window
            )
        if config.lidar_time_offset != self._lidar_time_offset_s and self._watch is not None:
            self._watch.reset()
        self._lidar_time_offset_s = config.lidar_time_offset
        if config.calibration_check and self._watch is None:
            self._watch = CalibrationWatch(self._report)
        elif not config.calibration_check:
            self.close()

    def clear(self) -> None:
        """Starts anew, as when the clock jumps or the node is activated."""
        with self._lock:
            self._self_check.reset()
        if self._watch is not None:
            self._watch.reset()

    def hold_back(self, frame: RgbdFrame, *, least: int) -> CheckedFrame:
        """Takes out of a frame what its prediction will be compared with.

        Args:
            frame: with all its measurements.
            least: measurements that the completer is asked from.
        """
        return self._self_check.hold_back(frame, least=least)

    def frame_published(
        self, checked: CheckedFrame, prediction: DepthPrediction, placed: PlacedFrame
    ) -> None:
        """Compares; called after the depth is out, which it must not delay.

        Args:
            checked: as :meth:`hold_back` gave it.
            prediction: of its frame.
            placed: the frame as it was before.
        """
        try:
            with self._lock:
                self._self_check.score(checked, prediction)
            if self._watch is not None:
                self._watch.offer(placed, later_by_s=self._lidar_time_offset_s)
        except Exception as error:
            # The frame is out and in the books: no failure of a check may enter it again.
            self._problems.report_internal(error, 'the checks of a frame')

    def close(self) -> None:
        """Ends the check of the calibration."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()

    def _report(self, error: Exception) -> None:
        self._problems.report_internal(error, 'the check of the calibration')
