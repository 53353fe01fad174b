"""The state of the node as diagnostic messages: inputs, frames, latency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from std_msgs.msg import Header

from mt_depth_ros.ros.frame_ledger import LedgerState

OK, WARN = DiagnosticStatus.OK, DiagnosticStatus.WARN


@dataclass(frozen=True, kw_only=True, slots=True)
class InputState:
    """One input topic at a moment.

    Attributes:
        topic: its resolved name.
        received: messages since the start.
        lost: messages the middleware noticed missing since the start.
        reliable: whether reliable delivery is asked for.
    """

    topic: str
    received: int
    lost: int
    reliable: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeState:
    """What the diagnostics tell of.

    Attributes:
        model: name of the completer and what identifies it.
        mode: ``running`` or ``inactive``.
        inputs: by short name.
        ledger: the books of the images.
        in_flight: images that wait or are being computed.
        problems: number of problems by reason.
        depth_dropped: scans or depth images refused or never used, by reason.
        listeners: whether anybody subscribes to an output, or the node computes regardless.
    """

    model: str
    mode: str
    inputs: Mapping[str, InputState]
    ledger: LedgerState
    in_flight: int
    problems: Mapping[str, int]
    depth_dropped: Mapping[str, int]
    listeners: bool


class NodeDiagnostics:
    """Makes the messages; remembers the last state, to tell rates.

    Args:
        node_name: fully qualified, as the statuses are named after it.
    """

    def __init__(self, node_name: str) -> None:
        self._name = node_name.lstrip('/')
        self._previous: NodeState | None = None
        self._previous_s = 0.0

    def message(self, header: Header, state: NodeState, now_s: float) -> DiagnosticArray:
        """The message for a state.

        Args:
            header: with the time of the node's clock.
            state: the state now.
            now_s: steady time, seconds, on which rates are measured.
        """
        elapsed_s = now_s - self._previous_s if self._previous is not None else 0.0
        statuses = [
            self._inputs(state, elapsed_s),
            self._frames(state, elapsed_s),
            self._latency(state),
        ]
        self._previous, self._previous_s = state, now_s
        return DiagnosticArray(header=header, status=statuses)

    def _inputs(self, state: NodeState, elapsed_s: float) -> DiagnosticStatus:
        values, silent = [], []
        for name, topic in state.inputs.items():
            before = self._previous.inputs.get(name) if self._previous is not None else None
            gained = topic.received - before.received if before is not None else 0
            values += [
                (f'{name} topic', topic.topic),
                (f'{name} received', topic.received),
                (f'{name} lost', topic.lost),
                (f'{name} rate [Hz]', _rate(gained, elapsed_s)),
                (f'{name} reliability', 'reliable' if topic.reliable else 'best effort'),
            ]
            if elapsed_s > 0.0 and gained == 0:
                silent.append(name)
        # Of the two depth sources one is enough.
        depth = {'points', 'sparse_depth'} & set(state.inputs)
        if not depth <= set(silent):
            silent = [name for name in silent if name not in depth]
        text = f'nothing arrives on {", ".join(silent)}' if silent else 'all inputs arrive'
        return self._status('inputs', WARN if silent else OK, text, values)

    def _frames(self, state: NodeState, elapsed_s: float) -> DiagnosticStatus:
        ledger = state.ledger
        before = self._previous.ledger if self._previous is not None else None
        published = ledger.published - (before.published if before is not None else 0)
        lost = {
            reason: number - (before.dropped.get(reason, 0) if before is not None else 0)
            for reason, number in ledger.dropped.items()
        }
        values: list[tuple[str, object]] = [
            ('model', state.model),
            ('mode', state.mode),
            ('published', ledger.published),
            ('published rate [Hz]', _rate(published, elapsed_s)),
            ('in flight', state.in_flight),
            ('newest stamp [ns]', ledger.last_stamp_ns),
        ]
        values += [(f'dropped: {name}', count) for name, count in sorted(ledger.dropped.items())]
        values += [(f'problem: {name}', count) for name, count in sorted(state.problems.items())]
        values += [
            (f'depth not used: {name}', count)
            for name, count in sorted(state.depth_dropped.items())
        ]
        if not state.listeners:
            return self._status('frames', OK, 'idle: nobody subscribes to an output', values)
        if elapsed_s > 0.0 and published == 0:
            worst = max(lost, key=lambda reason: lost[reason], default='')
            why = f': {worst}' if worst and lost[worst] else ''
            return self._status('frames', WARN, f'nothing published{why}', values)
        return self._status('frames', OK, f'{_rate(published, elapsed_s)} Hz', values)

    def _latency(self, state: NodeState) -> DiagnosticStatus:
        values: list[tuple[str, object]] = []
        total_ms = 0.0
        for stage, latency in state.ledger.latency.items():
            total_ms += latency.p50_ms
            values += [
                (f'{stage} p50 [ms]', f'{latency.p50_ms:.2f}'),
                (f'{stage} p95 [ms]', f'{latency.p95_ms:.2f}'),
                (f'{stage} max [ms]', f'{latency.max_ms:.2f}'),
            ]
        return self._status('latency', OK, f'{total_ms:.1f} ms a frame', values)

    def _status(
        self, task: str, level: bytes, text: str, values: Iterable[tuple[str, object]]
    ) -> DiagnosticStatus:
        return DiagnosticStatus(
            level=level,
            name=f'{self._name}: {task}',
            message=text,
            hardware_id='none',
            values=[KeyValue(key=key, value=str(value)) for key, value in values],
        )


def _rate(number: int, elapsed_s: float) -> str:
    return f'{number / elapsed_s:.1f}' if elapsed_s > 0.0 else '-'
