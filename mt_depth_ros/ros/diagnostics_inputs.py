"""Diagnostics of the inputs: do they arrive, how often, how old, and if not, why not."""

from __future__ import annotations

from collections.abc import Iterator

from mt_depth_ros.ros.clock_watch import clock_advice, FAR_APART_NS
from mt_depth_ros.ros.diagnostic_section import Alarm, DiagnosticSection, Level, rate_text
from mt_depth_ros.ros.node_state import InputState, Moment

SILENT_AFTER_S = 2.5
"""An input that brings nothing for so long is reported, steady seconds."""

# A slow sensor may be silent for so many times its own period.
_SLOW_SENSOR_GAPS = 3.0
# Some drivers publish it once.
_ONCE_IS_ENOUGH = 'camera_info'

_DEPTH_INPUTS = frozenset({'points', 'sparse_depth'})
_LOST_SHARE = 0.1
_FEWEST_LOST = 3


def inputs_section(moment: Moment) -> DiagnosticSection:
    """Rates are of steady time, ages of ROS time."""
    state = moment.state
    if not state.is_active:
        return DiagnosticSection(
            name='inputs', message='takes no input while not active', level=Level.STALE
        )
    values: list[tuple[str, object]] = []
    for name, topic in state.inputs.items():
        gained = topic.received - _before(moment, name, 'received')
        values += [
            (f'{name} topic', topic.topic),
            (f'{name} publishers', topic.publishers),
            (f'{name} received', topic.received),
            (f'{name} lost', topic.lost),
            (f'{name} rate [Hz]', rate_text(gained, moment.elapsed_s)),
            (f'{name} age [s]', _age_text(topic, moment.now_ns)),
            (f'{name} reliability', 'reliable' if topic.reliable else 'best effort'),
        ]
    awaited = [name for name in _needed(moment) if not arrives(name, state.inputs[name])]
    return DiagnosticSection(
        name='inputs',
        message=f'waiting for {", ".join(awaited)}' if awaited else 'all inputs arrive',
        values=tuple(values),
        alarms=(*_silence(moment), *_losses(moment), *_clocks(moment)),
    )


def _needed(moment: Moment) -> list[str]:
    """The inputs that have to deliver, by name; of the two depth sources one is enough."""
    inputs = moment.state.inputs
    depth = [name for name in inputs if name in _DEPTH_INPUTS]
    if any(arrives(name, inputs[name]) for name in depth):
        needed = set(inputs) - _DEPTH_INPUTS
    else:
        # The one that somebody publishes, else the first.
        published = [name for name in depth if inputs[name].publishers]
        needed = set(inputs) - _DEPTH_INPUTS | set(published or depth[:1])
    return [name for name in inputs if name in needed]


def _silence(moment: Moment) -> Iterator[Alarm]:
    """What does not arrive, with the reason where there is one."""
    for name in _needed(moment):
        topic = moment.state.inputs[name]
        if not arrives(name, topic):
            yield from _reason(topic)


def _reason(topic: InputState) -> Iterator[Alarm]:
    # A publisher that does not fit will not fit later either; one that is missing may yet come.
    if topic.alarm is not None and (topic.publishers or topic.silent_s >= SILENT_AFTER_S):
        yield topic.alarm
    elif topic.alarm is None and topic.silent_s >= SILENT_AFTER_S:
        yield Alarm(
            key=f'silent_input:{topic.topic}',
            text=f'{topic.topic}: somebody publishes it, but nothing has arrived for '
            f'{topic.silent_s:.0f} s; check that messages are sent (ros2 topic hz), and start '
            'the publisher with the transport profile that mt_depth doctor names',
            level=Level.ERROR,
        )


def arrives(name: str, topic: InputState) -> bool:
    """Whether an input delivers, by its own period where that is long.

    Args:
        name: its short name.
        topic: how it stands.
    """
    if topic.received == 0:
        return False
    patience_s = max(SILENT_AFTER_S, _SLOW_SENSOR_GAPS * topic.gap_s)
    return name == _ONCE_IS_ENOUGH or topic.silent_s < patience_s


def _losses(moment: Moment) -> Iterator[Alarm]:
    for name, topic in moment.state.inputs.items():
        lost = topic.lost - _before(moment, name, 'lost')
        sent = lost + topic.received - _before(moment, name, 'received')
        if lost >= _FEWEST_LOST and lost > _LOST_SHARE * sent:
            yield Alarm(
                key=f'lost_messages:{topic.topic}',
                text=f'{topic.topic}: {lost} of {sent} messages were lost of late; raise '
                'input_queue_depth, set input_reliability to reliable, or start the publisher '
                'with the transport profile that mt_depth doctor names',
            )


def _clocks(moment: Moment) -> Iterator[Alarm]:
    """Stamps of another time, as long as they come."""
    if moment.now_ns <= 0:
        return
    for name, topic in moment.state.inputs.items():
        stamp_ns = topic.newest_stamp_ns
        if name == _ONCE_IS_ENOUGH or not stamp_ns or not arrives(name, topic):
            continue
        if abs(moment.now_ns - stamp_ns) > FAR_APART_NS:
            advice = clock_advice(
                stamp_ns, moment.now_ns, uses_sim_time=moment.state.uses_sim_time
            )
            # The log has it from ClockWatch, once.
            yield Alarm(
                key='other_clock',
                text=f'{topic.topic}: {advice}',
                is_logged=False,
            )
            return


def _before(moment: Moment, name: str, counter: str) -> int:
    if moment.previous is None or name not in moment.previous.inputs:
        return 0
    return int(getattr(moment.previous.inputs[name], counter))


def _age_text(topic: InputState, now_ns: int) -> str:
    if topic.newest_stamp_ns is None or now_ns <= 0:
        return '-'
    return f'{(now_ns - topic.newest_stamp_ns) / 1e9:.3f}'
