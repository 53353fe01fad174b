"""Diagnostics of the frames: what comes out, and what became of the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mt_depth_ros.ros.diagnostic_section import Alarm, DiagnosticSection, Level, rate_text
from mt_depth_ros.ros.diagnostics_inputs import arrives
from mt_depth_ros.ros.node_state import Moment

HANGS_S = 10.0
"""No frame takes that long on a machine that can run the model at all."""

# Drops that keep no output back: nobody wanted one, or a newer image came next.
_SPARED = frozenset({'no_subscriber', 'superseded'})


def frames_section(moment: Moment) -> DiagnosticSection:
    """The books of the images: received = published + dropped by reason + in flight."""
    state = moment.state
    ledger = state.ledger
    published = ledger.published
    if moment.previous is not None:
        published -= moment.previous.ledger.published
    values: list[tuple[str, object]] = [
        ('published', ledger.published),
        ('published rate [Hz]', rate_text(published, moment.elapsed_s)),
        ('in flight', state.in_flight),
        ('newest stamp [ns]', '-' if ledger.last_stamp_ns is None else ledger.last_stamp_ns),
        *_counts('dropped', ledger.dropped),
        *_counts('problem', state.problems),
        *_counts('depth not used', state.depth_dropped),
    ]
    if state.books is not None:
        values += [
            ('images waiting for depth', state.books.images.waiting),
            ('depth used', state.books.clouds.matched),
            ('depth held', state.books.clouds.waiting),
        ]
    if not state.is_active:
        message, level = 'gives no output while not active', Level.STALE
    elif not state.listeners:
        message, level = 'idle: nobody subscribes to an output', Level.OK
    else:
        message, level = f'{rate_text(published, moment.elapsed_s)} Hz', Level.OK
    silence = _silence(moment)
    return DiagnosticSection(
        name='frames',
        message=message,
        values=tuple(values),
        alarms=tuple(_trouble(moment)) if silence is None else (silence,),
        level=level,
    )


def _silence(moment: Moment) -> Alarm | None:
    """Nothing comes out: the most frequent reason of late, with the remedy it was logged with."""
    state, previous, silence = moment.state, moment.previous, moment.silence
    if silence is None or silence.lasts_s < silence.patience_s:
        return None
    if state.busy_s > HANGS_S:
        return Alarm(
            key='no_output',
            text=f'nothing published: one frame has been computed for {state.busy_s:.0f} s; '
            'network or mask hang: restart the node, choose another device or network_runtime',
            level=Level.ERROR,
            is_logged=True,
        )
    before = previous.ledger.dropped if previous else silence.dropped_before
    refused = {
        name: number for name, number in state.ledger.dropped.items() if name not in _SPARED
    }
    # Between two messages there may be no image at all.
    reason = _most_of_late(refused, before) or _most_of_late(refused, silence.dropped_before)
    if reason:
        remedy = _first_line(state.problem_texts.get(reason, ''))
        return Alarm(
            key='no_output',
            text=f'nothing published: {reason}' + (f': {remedy}' if remedy else ''),
            level=Level.ERROR,
            is_logged=False,
        )
    if state.busy_s > 0.0:
        return None  # a slow model, at work
    image = state.inputs.get('image')
    has_images = image is not None and arrives('image', image)
    text = 'nothing published yet' if has_images else 'nothing published, as no image arrives'
    return Alarm(key='no_output', text=text, is_logged=False)


def _trouble(moment: Moment) -> Iterator[Alarm]:
    """Depth comes out, but something was wrong with a frame since the last message."""
    state, previous = moment.state, moment.previous
    reason = _most_of_late(state.problems, previous.problems if previous else state.problems)
    if reason and state.is_active:
        text = f'{reason}: {_first_line(state.problem_texts.get(reason, ""))}'
        yield Alarm(key='problem', text=text, is_logged=False)


def _first_line(text: str) -> str:
    """Without the traceback of an internal error, which the log holds."""
    return text.partition('\n')[0]


def _most_of_late(now: Mapping[str, int], before: Mapping[str, int]) -> str:
    """The reason that was counted most often since before; empty where none was."""
    gained = {reason: number - before.get(reason, 0) for reason, number in now.items()}
    worst = max(gained, key=lambda reason: gained[reason], default='')
    return worst if worst and gained[worst] > 0 else ''


def _counts(label: str, numbers: Mapping[str, int]) -> list[tuple[str, object]]:
    return [(f'{label}: {name}', number) for name, number in sorted(numbers.items())]
