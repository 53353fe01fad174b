"""The state of the node at a moment: all that the diagnostics tell of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mt_depth_ros.core.degradation import Degradation
from mt_depth_ros.core.matching_quality import MatchingReport
from mt_depth_ros.core.matching_statistics import MatchStatistics
from mt_depth_ros.pipeline.build import ModelIdentity
from mt_depth_ros.pipeline.calibration_verdict import CalibrationVerdict
from mt_depth_ros.pipeline.self_check_report import SelfCheckReport
from mt_depth_ros.ros.diagnostic_section import Alarm
from mt_depth_ros.ros.frame_ledger import LedgerState
from mt_depth_ros.ros.node_config import NodeConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class InputState:
    """One input topic.

    Attributes:
        topic: its resolved name.
        received: messages since the node became active.
        lost: messages that were sent and never taken.
        reliable: whether reliable delivery is asked for.
        newest_stamp_ns: stamp of the newest message, or None.
        silent_s: steady seconds since the last message, or since it was subscribed to.
        gap_s: steady seconds between the last two messages; 0 before the second.
        publishers: how many there are.
        alarm: what keeps its publishers from being heard, or None.
    """

    topic: str
    received: int
    lost: int
    reliable: bool
    newest_stamp_ns: int | None = None
    silent_s: float = 0.0
    gap_s: float = 0.0
    publishers: int = 0
    alarm: Alarm | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeState:
    """What the diagnostics tell of.

    Attributes:
        lifecycle: label of the lifecycle's state, e.g. ``active``.
        trouble: why the last transition failed; empty after one that did not.
        phase: ``loading`` or ``warming up`` while that lasts, else empty.
        identity: what answers; None where no model is loaded.
        config: the parameters.
        inputs: by short name; empty while not active.
        ledger: the books of the images.
        in_flight: images that wait or are being computed.
        busy_s: how long the frame at work has been computed, seconds.
        problems: number of problems by reason.
        problem_texts: the last text of each.
        depth_dropped: scans or depth images refused or never used, by reason.
        books: those of the stamp matching, where it keeps any.
        matching: how well it matches of late; None while not active.
        degradation: what the newest frame had to do without, or None.
        degraded: number of frames that had to do without something, by reason.
        listeners: whether anybody subscribes to an output, or the node computes regardless.
        uses_sim_time: the parameter ``use_sim_time``.
        output_alarms: subscribers of the outputs that cannot be served.
        self_check: errors at what is kept out of the input; None where nothing is.
        calibration: whether it looks right; None where nothing is known.
    """

    lifecycle: str
    identity: ModelIdentity | None
    config: NodeConfig
    ledger: LedgerState
    trouble: str = ''
    phase: str = ''
    inputs: Mapping[str, InputState] = field(default_factory=dict)
    in_flight: int = 0
    busy_s: float = 0.0
    problems: Mapping[str, int] = field(default_factory=dict)
    problem_texts: Mapping[str, str] = field(default_factory=dict)
    depth_dropped: Mapping[str, int] = field(default_factory=dict)
    books: MatchStatistics | None = None
    matching: MatchingReport | None = None
    degradation: Degradation | None = None
    degraded: Mapping[str, int] = field(default_factory=dict)
    listeners: bool = True
    uses_sim_time: bool = False
    output_alarms: tuple[Alarm, ...] = ()
    self_check: SelfCheckReport | None = None
    calibration: CalibrationVerdict | None = None

    @property
    def is_active(self) -> bool:
        """Whether the node takes input."""
        return self.lifecycle == 'active'


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """The time without output, while somebody listens.

    Attributes:
        lasts_s: steady seconds since the last output, or since somebody listens.
        patience_s: how long it may last, steady seconds.
        dropped_before: images dropped before it began, by reason.
    """

    lasts_s: float
    patience_s: float
    dropped_before: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A state, and the one before it.

    Attributes:
        state: as of now.
        previous: of the last message of this activation, or None.
        elapsed_s: steady seconds between the two; 0 without a previous one.
        now_ns: ROS time, on which ages are told.
        silence: the time without output; None where none is awaited.
    """

    state: NodeState
    previous: NodeState | None
    elapsed_s: float
    now_ns: int
    silence: Silence | None = None
