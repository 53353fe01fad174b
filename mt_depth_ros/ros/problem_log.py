"""Problems with the input: each kind logged once in a while, and always counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
import threading
import time
import traceback

from mt_depth_ros.core.errors import SensorInputError


class ProblemLog:
    """Counts problems by reason and logs each reason, of each place, at most once a period.

    Safe for use by several threads.

    Args:
        warn: writes one line to the log.
        period_s: shortest time between two lines about the same reason and place.
        steady_s: the clock durations are measured on, seconds.
    """

    def __init__(
        self,
        warn: Callable[[str], object],
        *,
        period_s: float,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.period_s = period_s
        self._warn = warn
        self._steady_s = steady_s
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._last_logged_s: dict[tuple[str, str], float] = {}
        self._unlogged: Counter[tuple[str, str]] = Counter()
        self._texts: dict[str, str] = {}

    @property
    def counts(self) -> dict[str, int]:
        """Number of problems by reason since the start."""
        with self._lock:
            return dict(self._counts)

    @property
    def texts(self) -> dict[str, str]:
        """The newest text of each problem, by reason."""
        with self._lock:
            return dict(self._texts)

    def report(self, error: SensorInputError) -> None:
        """Counts an unusable message and logs what was expected, found, where, and what to do."""
        self.report_text(error.reason, str(error), where=error.where)

    def report_internal(self, error: Exception, what: str) -> None:
        """Counts and logs, with its traceback, an error that no input should cause.

        Args:
            error: what was raised.
            what: what failed, e.g. ``'a callback'``.
        """
        trace = ''.join(traceback.format_exception(error))
        self.report_text(
            'internal_error',
            f'{what} failed, which is a fault of this node and not of its input; it goes on\n'
            f'{trace}',
        )

    def report_text(self, reason: str, text: str, *, where: str = '') -> None:
        """Counts a problem and logs it unless the same one was logged a moment ago.

        Args:
            reason: short snake_case name it is counted under.
            text: what to log.
            where: the topic it was found on, so that one does not silence another.
        """
        now_s = self._steady_s()
        with self._lock:
            self._counts[reason] += 1
            self._texts[reason] = text
            kind = (reason, where)
            last_s = self._last_logged_s.get(kind)
            if last_s is not None and now_s - last_s < self.period_s:
                self._unlogged[kind] += 1
                return
            self._last_logged_s[kind] = now_s
            unlogged = self._unlogged.pop(kind, 0)
        more = f' ({unlogged} more since the last message)' if unlogged else ''
        self._warn(f'[{reason}] {text}{more}')
