"""Which frames had to do without the network or its mask: counted, logged, and told of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
import threading

from mt_depth_ros.core.degradation import Degradation
from mt_depth_ros.ros.problem_log import ProblemLog

PROBLEM = 'degraded'


class DegradationWatch:
    """The worker enters frames, the diagnostics read. Thread-safe.

    Args:
        problems: gets each degraded frame.
        info: logs that all is well again.
    """

    def __init__(self, problems: ProblemLog, info: Callable[[str], object]) -> None:
        self._problems = problems
        self._info = info
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._current: Degradation | None = None
        self._in_a_row = 0

    @property
    def current(self) -> Degradation | None:
        """What the newest frame had to do without, or None."""
        with self._lock:
            return self._current

    @property
    def counts(self) -> dict[str, int]:
        """Degraded frames by reason."""
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        """Starts anew, as the node does when it is activated."""
        with self._lock:
            self._counts.clear()
            self._current, self._in_a_row = None, 0

    def observe(self, degradation: Degradation | None) -> None:
        """Enters a frame.

        Args:
            degradation: what it had to do without, or None.
        """
        with self._lock:
            self._current, ended = degradation, 0
            if degradation is None:
                ended, self._in_a_row = self._in_a_row, 0
            else:
                self._in_a_row += 1
                self._counts[degradation.reason] += 1
        if degradation is not None:
            answer = 'the classical fill answers instead' if degradation.is_fallback else (
                'the mask of this frame is empty'
            )  # fmt: skip
            self._problems.report_text(
                PROBLEM, f'{degradation.text}; {answer}', where=degradation.reason
            )
        elif ended:
            self._info(f'the network answers again, with all it needs, after {ended} frames')
