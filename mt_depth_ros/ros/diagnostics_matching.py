"""Diagnostics of the matching: does each image get depth, how near in time, and what to set."""

from __future__ import annotations

from collections.abc import Iterator
import math

from mt_depth_ros.core.matching_quality import MatchingReport
from mt_depth_ros.ros.diagnostic_section import Alarm, DiagnosticSection, Level
from mt_depth_ros.ros.node_config import LARGEST_TIME_OFFSET_S
from mt_depth_ros.ros.node_state import Moment, NodeState

# Images that were decided before better depth came, in the time between two messages.
_OVERTAKEN_SHARE = 0.1
_FEWEST_OVERTAKEN = 3
# A wait just long enough today is too short tomorrow.
_MARGIN = 1.2
_STEP_S = 0.01
# An offset is worth setting if it is this large, and constant: so many times its spread.
_LEAST_OFFSET_MS = 5.0
_CONSTANT = 4.0
_LOW_RATIO = 0.5
_FEWEST_IMAGES = 10


def matching_section(moment: Moment) -> DiagnosticSection:
    """Over the last 300 images; what is overtaken, since the last message."""
    state, report = moment.state, moment.state.matching
    if report is None or not state.is_active:
        return DiagnosticSection(
            name='matching', message='matches nothing while not active', level=Level.STALE
        )
    offset_s = state.config.lidar_time_offset
    values: list[tuple[str, object]] = [
        ('match ratio', _number(report.ratio, 3)),
        ('images matched', report.matched),
        ('images without depth', report.missed),
        ('mismatch p50 [ms]', _number(report.mismatch_p50_ms, 1)),
        ('mismatch p95 [ms]', _number(report.mismatch_p95_ms, 1)),
        ('median offset depth - image [ms]', _number(report.offset_ms, 1)),
        ('offset spread [ms]', _number(report.offset_spread_ms, 1)),
        ('lidar_time_offset [s]', offset_s),
        ('lidar_time_offset that takes the offset away [s]', _settable_offset_text(state)),
        ('sync_tolerance [s]', state.config.sync_tolerance),
        ('sync_max_wait [s]', state.config.sync_max_wait),
    ]
    if state.books is not None:
        values += [
            ('images decided too early', state.books.overtaken),
            ('sync_max_wait that would have caught them [s]', _wait_to_set_s(state) or '-'),
            ('resets', state.books.resets),
        ]
    return DiagnosticSection(
        name='matching',
        message=_summary(report),
        values=tuple(values),
        alarms=(*_too_early(moment), *_offset(state, report), *_few(moment, report)),
    )


def _summary(report: MatchingReport) -> str:
    if math.isnan(report.ratio):
        return 'no image yet'
    return f'{report.ratio:.0%} of images get depth, p95 {report.mismatch_p95_ms:.0f} ms off'


def _too_early(moment: Moment) -> Iterator[Alarm]:
    """Depth that arrives after its image was decided; a LiDAR that is stamped at sweep start."""
    state = moment.state
    if state.books is None:
        return
    before = moment.previous.books if moment.previous is not None else None
    overtaken = state.books.overtaken - (before.overtaken if before is not None else 0)
    images = state.books.images.received - (before.images.received if before is not None else 0)
    if overtaken < _FEWEST_OVERTAKEN or overtaken < _OVERTAKEN_SHARE * images:
        return
    yield Alarm(
        key='sync_max_wait',
        text=f'{overtaken} of {images} images were decided before the depth that suits them '
        f'arrived: the depth source delivers late. Set sync_max_wait to {_wait_to_set_s(state):g} '
        f'(now {state.config.sync_max_wait:g}); outputs then come that much later',
    )


def _offset(state: NodeState, report: MatchingReport) -> Iterator[Alarm]:
    # Where images get their depth, a constant offset may well be the truth about two sensors.
    if not report.ratio < _LOW_RATIO:
        return
    is_constant = abs(report.offset_ms) > _CONSTANT * report.offset_spread_ms
    if not is_constant or abs(report.offset_ms) < _LEAST_OFFSET_MS or _is_late(state):
        return
    side = 'after' if report.offset_ms > 0 else 'before'
    if abs(_offset_to_set_s(state)) <= LARGEST_TIME_OFFSET_S:
        advice = (
            f'if the sensors run in step, set lidar_time_offset to {_settable_offset_text(state)} '
            f'(now {state.config.lidar_time_offset:g}), else check both clocks'
        )
    else:
        advice = (
            f'that is more than lidar_time_offset can take away ({LARGEST_TIME_OFFSET_S:g} s): '
            'set both clocks by the same time, UTC or TAI'
        )
    yield Alarm(
        key='time_offset',
        text=f'depth is stamped {abs(report.offset_ms):.1f} ms {side} the images, within '
        f'{report.offset_spread_ms:.1f} ms; {advice}',
    )


def _few(moment: Moment, report: MatchingReport) -> Iterator[Alarm]:
    decided = report.matched + report.missed
    if decided < _FEWEST_IMAGES or report.ratio >= _LOW_RATIO:
        return
    yield Alarm(
        key='few_matches',
        text=f'only {report.matched} of {decided} images got depth within sync_tolerance '
        f'({moment.state.config.sync_tolerance:g} s); check the rate of the depth source and '
        'both clocks',
        level=Level.ERROR if report.matched == 0 else Level.WARN,
        is_logged=False,
    )


def _is_late(state: NodeState) -> bool:
    """Whether depth came too late of late, which looks like an offset and is none."""
    return state.books is not None and state.books.wait_needed_ns > 0


def _offset_to_set_s(state: NodeState) -> float:
    assert state.matching is not None
    return state.config.lidar_time_offset - state.matching.offset_ms / 1e3


def _settable_offset_text(state: NodeState) -> str:
    """The offset to set, where the parameter takes it."""
    offset_s = _offset_to_set_s(state)
    return _number(offset_s, 4) if abs(offset_s) <= LARGEST_TIME_OFFSET_S else '-'


def _wait_to_set_s(state: NodeState) -> float:
    assert state.books is not None
    steps = math.ceil(state.books.wait_needed_ns / 1e9 * _MARGIN / _STEP_S)
    return round(steps * _STEP_S, 3)


def _number(value: float, digits: int) -> str:
    return '-' if math.isnan(value) else f'{value:.{digits}f}'
