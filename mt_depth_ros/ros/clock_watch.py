"""Notices that the node's clock and the stamps of its input are of different times."""

from __future__ import annotations

from collections.abc import Callable

FAR_APART_NS = 60_000_000_000


class ClockWatch:
    """Says once that ``use_sim_time`` is wrong for this input.

    Recorded stamps are years old. Nothing is dropped for its age, but transforms and whoever
    reads the output need one clock.

    Args:
        warn: writes one line to the log.
    """

    def __init__(self, warn: Callable[[str], object]) -> None:
        self._warn = warn
        self._said = False

    def observe(self, stamp_ns: int, now_ns: int, *, uses_sim_time: bool, topic: str) -> None:
        """Compares a stamp with the clock.

        Args:
            stamp_ns: the message's stamp; 0 is reported elsewhere.
            now_ns: the node's clock; 0 while no /clock arrived.
            uses_sim_time: the parameter ``use_sim_time``.
            topic: where the message came from.
        """
        if self._said or stamp_ns <= 0 or now_ns <= 0:
            return
        if abs(now_ns - stamp_ns) <= FAR_APART_NS:
            return
        self._said = True
        self._warn(
            f'{topic}: {clock_advice(stamp_ns, now_ns, uses_sim_time=uses_sim_time)}. '
            'Frames are computed all the same'
        )


def clock_advice(stamp_ns: int, now_ns: int, *, uses_sim_time: bool) -> str:
    """How far a stamp is from the clock, and what to do about it.

    Args:
        stamp_ns: the message's stamp.
        now_ns: the node's clock.
        uses_sim_time: the parameter ``use_sim_time``.
    """
    apart_s = abs(now_ns - stamp_ns) / 1e9
    side = 'before' if stamp_ns < now_ns else 'after'
    remedy = (
        'use_sim_time is true: /clock must come from what plays the recording, or set '
        'use_sim_time to false for live sensors'
        if uses_sim_time
        else 'for recorded data set use_sim_time:=true and play it with --clock; for live '
        'sensors check their clocks'
    )
    return f'stamps are {apart_s:.0f} s {side} the clock of this node; {remedy}'
