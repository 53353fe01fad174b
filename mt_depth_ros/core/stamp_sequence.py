"""What the stamps of one sensor tell: their order, restarts, and the period between them."""

from __future__ import annotations

from collections import deque
import statistics

# Longer than any backward jump that is judged by its size alone (at 100 Hz: 2.5 s).
_REMEMBERED_STAMPS = 256
_REMEMBERED_GAPS = 20
_GAPS_NEEDED = 3


class PeriodEstimate:
    """Period and jitter of a sensor from the gaps between its stamps.

    Only gaps shorter than the period matter to who waits for the next message, and lost messages
    make long ones, so the jitter looks at the short side alone: twice the way from the median of
    the recent gaps down to their lowest tenth. A tenth of wrong gaps and almost half of the
    messages lost change nothing; where the gaps have no common period the bound goes to zero,
    which means to wait.
    """

    def __init__(self) -> None:
        self._gaps_ns: deque[int] = deque(maxlen=_REMEMBERED_GAPS)
        self._period_ns: int | None = None
        self._shortest_gap_ns = 0

    @property
    def period_ns(self) -> int | None:
        """Median of the recent gaps, or None before the first."""
        return self._period_ns

    @property
    def shortest_gap_ns(self) -> int:
        """The period less its jitter; 0 before three gaps and where they are irregular."""
        return self._shortest_gap_ns

    def add_gap(self, gap_ns: int) -> None:
        """Takes in the difference of two stamps that followed each other.

        Args:
            gap_ns: nanoseconds, > 0.
        """
        self._gaps_ns.append(gap_ns)
        ordered = sorted(self._gaps_ns)
        self._period_ns = int(statistics.median(ordered))
        if len(ordered) >= _GAPS_NEEDED:
            jitter_ns = 2 * (self._period_ns - ordered[len(ordered) // 10])
            self._shortest_gap_ns = max(0, self._period_ns - jitter_ns)


class StampSequence:
    """The accepted stamps of one sensor, strictly increasing between restarts.

    Attributes:
        newest_ns: the last accepted stamp, or None at the start and after a restart.
        period: the period of the accepted stamps; it outlives restarts.
    """

    def __init__(self) -> None:
        self.newest_ns: int | None = None
        self.period = PeriodEstimate()
        self._first_ns = 0  # of this pass; not used before there is one
        self._accepted_ns: deque[int] = deque(maxlen=_REMEMBERED_STAMPS)

    def step_back_ns(self, stamp_ns: int) -> int:
        """How far a stamp lies before the newest one, nanoseconds; 0 if it does not."""
        return 0 if self.newest_ns is None else max(0, self.newest_ns - stamp_ns)

    def restarts_at(self, stamp_ns: int, *, reset_after_ns: int) -> bool:
        """Whether this stamp starts a recording anew instead of being late.

        A late message has a stamp that was not there before and lies a little back. A recording
        that starts again jumps far back or, where it is shorter than that, repeats a stamp. The
        stamps of passes longer than that are not remembered beyond their end.

        Args:
            stamp_ns: the stamp that arrived.
            reset_after_ns: a step back by more than this is a restart.
        """
        back_ns = self.step_back_ns(stamp_ns)
        return back_ns > reset_after_ns or (back_ns > 0 and stamp_ns in self._accepted_ns)

    def restart(self, *, reset_after_ns: int) -> None:
        """Forgets the newest stamp, so that any stamp may follow and no gap spans the restart.

        Args:
            reset_after_ns: a pass that was longer starts again by a larger step, so its stamps
                tell nothing later on: late ones of the next pass are the same.
        """
        if self.newest_ns is not None and self.newest_ns - self._first_ns > reset_after_ns:
            self._accepted_ns.clear()
        self.newest_ns = None

    def append(self, stamp_ns: int) -> None:
        """Accepts the next stamp.

        Args:
            stamp_ns: nanoseconds, later than the newest.

        Raises:
            ValueError: the stamp is not later than the newest.
        """
        if self.newest_ns is not None:
            if stamp_ns <= self.newest_ns:
                raise ValueError(f'stamp_ns: expected more than {self.newest_ns}, got {stamp_ns}')
            self.period.add_gap(stamp_ns - self.newest_ns)
        else:
            self._first_ns = stamp_ns
        self.newest_ns = stamp_ns
        self._accepted_ns.append(stamp_ns)
