"""Diagnostics of the model: what answers, on what, in which mode, and why not the network."""

from __future__ import annotations

from mt_depth_ros.pipeline.memory_use import gpu_memory_mb, resident_memory_mb
from mt_depth_ros.ros.diagnostic_section import Alarm, DiagnosticSection, Level
from mt_depth_ros.ros.node_state import Moment, NodeState


def mode_text(state: NodeState) -> str:
    """Where the depth comes from at present.

    ``loading``, ``warming up``, ``unconfigured``, ``inactive`` and so on; where the node is
    active ``network``, ``classical`` or ``classical fallback: <why>``.
    """
    if state.phase:
        return state.phase
    if not state.is_active or state.identity is None:
        return state.lifecycle
    degradation = state.degradation
    if degradation is not None and degradation.is_fallback:
        return f'classical fallback: {degradation.text}'
    mode = 'classical' if state.identity.kind == 'classical' else 'network'
    return mode if degradation is None else f'{mode}, {degradation.reason}: {degradation.text}'


def lifecycle_section(moment: Moment) -> DiagnosticSection:
    """State and mode; ERROR while a transition that failed keeps the node from working."""
    state = moment.state
    mode = mode_text(state)
    # The failed transition is in the log already.
    trouble = Alarm(
        key='trouble',
        text=f'{state.lifecycle}: {state.trouble}',
        level=Level.ERROR,
        is_logged=False,
    )
    return DiagnosticSection(
        name='lifecycle',
        message=state.lifecycle if mode == state.lifecycle else f'{state.lifecycle}, {mode}',
        values=(
            ('state', state.lifecycle),
            ('mode', mode),
            ('model', state.identity.name if state.identity is not None else ''),
        ),
        alarms=(trouble,) if state.trouble else (),
    )


def model_section(moment: Moment) -> DiagnosticSection:
    """What answers, on what, and how often it could not."""
    state, identity = moment.state, moment.state.identity
    values: list[tuple[str, object]] = [('memory [MB]', f'{resident_memory_mb():.0f}')]
    if identity is None:
        return DiagnosticSection(
            name='model', message='none is loaded', values=tuple(values), level=Level.STALE
        )
    values += [
        ('model name', identity.name),
        ('model kind', identity.kind),
        ('model version', identity.version),
        ('model sha256', identity.sha256 or '-'),
        ('device', identity.device),
        ('runtime', identity.runtime or '-'),
        ('precision', identity.precision),
    ]
    gpu = gpu_memory_mb(identity.device)
    if gpu is not None:
        values += [
            ('GPU memory taken [MB]', f'{gpu[0]:.0f}'),
            ('GPU memory free [MB]', f'{gpu[1]:.0f}'),
        ]
    values += [(f'degraded: {why}', number) for why, number in sorted(state.degraded.items())]
    # The log has it from each degraded frame.
    degraded = Alarm(key='degraded', text=mode_text(state), is_logged=False)
    is_degraded = state.is_active and state.degradation is not None
    return DiagnosticSection(
        name='model',
        message=f'{identity.name} on {identity.device}',
        values=tuple(values),
        alarms=(degraded,) if is_degraded else (),
    )
