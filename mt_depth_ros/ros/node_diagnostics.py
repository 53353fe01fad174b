"""The state of the node as diagnostic messages.

Made by hand, not by diagnostic_updater: that is no wheel, so it is missing in plain Python, and
two ways to the same message would be one too many. What comes out has its layout, so the same
tools read it (the aggregator, rqt_robot_monitor, ``ros2 topic echo /diagnostics``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from diagnostic_msgs.msg import DiagnosticArray
from std_msgs.msg import Header

from mt_depth_ros.ros.alarm_log import AlarmLog
from mt_depth_ros.ros.diagnostic_section import DiagnosticSection
from mt_depth_ros.ros.diagnostics_accuracy import calibration_section, self_check_section
from mt_depth_ros.ros.diagnostics_frames import frames_section
from mt_depth_ros.ros.diagnostics_inputs import inputs_section
from mt_depth_ros.ros.diagnostics_latency import latency_section
from mt_depth_ros.ros.diagnostics_matching import matching_section
from mt_depth_ros.ros.diagnostics_model import lifecycle_section, model_section
from mt_depth_ros.ros.diagnostics_outputs import outputs_section
from mt_depth_ros.ros.node_state import Moment, NodeState
from mt_depth_ros.ros.output_silence import OutputSilence

SectionSource: TypeAlias = Callable[[Moment], DiagnosticSection]

SECTIONS: tuple[SectionSource, ...] = (
    lifecycle_section,
    model_section,
    inputs_section,
    matching_section,
    frames_section,
    latency_section,
    outputs_section,
    self_check_section,
    calibration_section,
)
"""Every status, in order. Further ones are added where the node makes its diagnostics."""


class NodeDiagnostics:
    """Makes the messages; remembers the last state, to tell rates.

    Args:
        node_name: fully qualified, as the statuses are named after it.
        log: gets the alarms; None: they are not logged.
        sections: what is told.
    """

    def __init__(
        self,
        node_name: str,
        log: AlarmLog | None = None,
        sections: Sequence[SectionSource] = SECTIONS,
    ) -> None:
        self._name = node_name.lstrip('/')
        self._log = log
        self._sections = tuple(sections)
        self._previous: NodeState | None = None
        self._previous_s = 0.0
        self._silence = OutputSilence()

    def restart(self) -> None:
        """Counts rates anew, as the counters do."""
        self._previous = None
        self._silence.restart()

    def message(self, header: Header, state: NodeState, now_s: float) -> DiagnosticArray:
        """The message for a state.

        Args:
            header: with the time of the node's clock.
            state: the state now.
            now_s: steady time, seconds, on which rates are measured.
        """
        stamp = header.stamp
        moment = Moment(
            state=state,
            previous=self._previous,
            elapsed_s=now_s - self._previous_s if self._previous is not None else 0.0,
            now_ns=stamp.sec * 1_000_000_000 + stamp.nanosec,
            silence=self._silence.observe(state, now_s),
        )
        sections = [make(moment) for make in self._sections]
        self._previous, self._previous_s = state, now_s
        if self._log is not None:
            self._log.observe(alarm for section in sections for alarm in section.alarms)
        return DiagnosticArray(
            header=header, status=[section.status(self._name) for section in sections]
        )
