"""Diagnostics of the outputs: is there anybody who asks for what the node cannot give."""

from __future__ import annotations

from mt_depth_ros.ros.diagnostic_section import DiagnosticSection, Level
from mt_depth_ros.ros.node_state import Moment


def outputs_section(moment: Moment) -> DiagnosticSection:
    """Subscribers that cannot be served, by name."""
    state = moment.state
    if not state.is_active:
        message, level = 'gives no output while not active', Level.STALE
    elif not state.listeners:
        message, level = 'nobody subscribes to an output', Level.OK
    else:
        message, level = 'every subscriber can be served', Level.OK
    return DiagnosticSection(
        name='outputs', message=message, alarms=state.output_alarms, level=level
    )
