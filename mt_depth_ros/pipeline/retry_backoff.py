"""When to ask a backend again that failed."""

from __future__ import annotations

from collections.abc import Callable
import time


class RetryBackoff:
    """After one failure the next frame asks again; after more in a row, pauses that double.

    So a failure that passes costs one frame, and one that stays costs little.

    Args:
        shortest_s: the pause after the second failure in a row, seconds.
        longest_s: no pause is longer, seconds.
        steady_s: the clock pauses are measured on, seconds.
    """

    def __init__(
        self,
        *,
        shortest_s: float = 1.0,
        longest_s: float = 30.0,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shortest_s = shortest_s
        self._longest_s = longest_s
        self._steady_s = steady_s
        self._failures = 0
        self._next_try_s = float('-inf')

    @property
    def is_due(self) -> bool:
        """Whether to ask now."""
        return self._steady_s() >= self._next_try_s

    def failed(self) -> float:
        """Notes a failure.

        Returns:
            Seconds until the next try; 0 means the next frame.
        """
        self._failures += 1
        pause_s = 0.0
        if self._failures > 1:
            # The exponent is bounded: a week of failures must not overflow.
            doublings = min(self._failures - 2, 30)
            pause_s = min(self._shortest_s * 2.0**doublings, self._longest_s)
        self._next_try_s = self._steady_s() + pause_s
        return pause_s

    def worked(self) -> None:
        """Notes a success."""
        self._failures = 0
        self._next_try_s = float('-inf')
