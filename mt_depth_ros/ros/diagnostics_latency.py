"""Diagnostics of the latency: milliseconds of each stage, over the last 200 frames."""

from __future__ import annotations

from mt_depth_ros.ros.diagnostic_section import DiagnosticSection, Level
from mt_depth_ros.ros.node_state import Moment


def latency_section(moment: Moment) -> DiagnosticSection:
    """STALE while no frame has been added since the last message."""
    ledger, previous = moment.state.ledger, moment.previous
    values: list[tuple[str, object]] = []
    for stage, latency in ledger.latency.items():
        values += [
            (f'{stage} p50 [ms]', f'{latency.p50_ms:.2f}'),
            (f'{stage} p95 [ms]', f'{latency.p95_ms:.2f}'),
            (f'{stage} max [ms]', f'{latency.max_ms:.2f}'),
        ]
    total_ms = sum(latency.p50_ms for latency in ledger.latency.values())
    is_new = ledger.published > (previous.ledger.published if previous is not None else 0)
    return DiagnosticSection(
        name='latency',
        message=f'{total_ms:.1f} ms a frame' if values else 'no frame yet',
        values=tuple(values),
        level=Level.OK if is_new else Level.STALE,
    )
