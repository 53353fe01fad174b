"""Which moment of a recording is now: pacing that can be slowed, paused and resumed."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time


class PlaybackClock:
    """Maps steady time to recorded time. Thread-safe.

    Args:
        rate: recorded seconds a second.
        paused: start standing still.
        steady_ns: the steady clock, nanoseconds.
    """

    def __init__(
        self,
        rate: float,
        *,
        paused: bool = False,
        steady_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        if not rate > 0.0:
            raise ValueError(f'rate: expected a number above 0, got {rate}')
        self._rate = rate
        self._steady_ns = steady_ns
        self._lock = threading.Lock()
        self._is_paused = paused
        self._recorded_ns = 0
        self._since_ns = steady_ns()

    @property
    def is_paused(self) -> bool:
        """Whether recorded time stands still."""
        return self._is_paused

    def start_at(self, recorded_ns: int) -> None:
        """Makes a moment of the recording now."""
        with self._lock:
            self._recorded_ns, self._since_ns = recorded_ns, self._steady_ns()

    def set_paused(self, paused: bool) -> None:
        """Stops recorded time, or lets it go on from where it stood."""
        with self._lock:
            self._recorded_ns, self._since_ns = self._now_ns(), self._steady_ns()
            self._is_paused = paused

    def now_ns(self) -> int:
        """The recorded time now, nanoseconds."""
        with self._lock:
            return self._now_ns()

    def seconds_until(self, recorded_ns: int) -> float | None:
        """Steady seconds until a moment of the recording, 0 if it is over, None while paused."""
        with self._lock:
            if self._is_paused:
                return None
            return max(recorded_ns - self._now_ns(), 0) / 1e9 / self._rate

    def _now_ns(self) -> int:
        if self._is_paused:
            return self._recorded_ns
        return self._recorded_ns + round((self._steady_ns() - self._since_ns) * self._rate)
