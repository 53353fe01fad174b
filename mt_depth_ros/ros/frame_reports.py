"""What the node tells of each frame beside its depth: how it came about, and how long it took."""

from __future__ import annotations

from rclpy.node import Node

from mt_depth_ros.core.types import DepthPrediction, RgbdFrame
from mt_depth_ros.ros.debug_timings import DebugTimings
from mt_depth_ros.ros.degradation_watch import DegradationWatch
from mt_depth_ros.ros.frame_status import FrameStatus
from mt_depth_ros.ros.problem_log import ProblemLog


class FrameReports:
    """Status, debug timings and degradation of every frame; the worker's thread enters them.

    Attributes:
        degradations: read by the diagnostics.

    Args:
        node: the node that publishes.
        problems: gets each degraded frame.
    """

    def __init__(self, node: Node, problems: ProblemLog) -> None:
        self.degradations = DegradationWatch(problems, node.get_logger().info)
        self._status = FrameStatus(node)
        self._timings = DebugTimings(node)

    def clear(self) -> None:
        """Begins anew, as with an activation; while no frame is at work."""
        self.degradations.clear()
        self._timings.clear()

    def frame_is_not_wanted(self) -> None:
        """Notes that a frame is not computed, as nobody listens."""
        self._timings.clear()

    def frame_begins(self) -> None:
        """Notes that work on a frame begins."""
        self._timings.frame_begins()

    def frame_published(self, frame: RgbdFrame, prediction: DepthPrediction) -> None:
        """Tells of a frame whose depth was just published.

        Args:
            frame: what the prediction saw.
            prediction: what came out.
        """
        self._status.publish(frame, prediction)
        self._timings.frame_published(prediction.stamp_ns)
        self.degradations.observe(prediction.degradation)

    def destroy(self) -> None:
        """Ends the publishers."""
        self._status.destroy()
        self._timings.destroy()
