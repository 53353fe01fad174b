"""Keeping background work to a share of one core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import time


class CoreShare:
    """Measures what a task costs and says when it may run again.

    Args:
        share: of one core, on average; None: no limit.
    """

    def __init__(self, share: float | None) -> None:
        if share is not None and not 0 < share <= 1:
            raise ValueError(f'share: expected above 0 and at most 1, got {share}')
        self._share = share
        self._free_at_s = float('-inf')
        self.spent_s = 0.0

    @property
    def may_run(self) -> bool:
        """Whether what has run so far is paid for, on the steady clock."""
        return time.monotonic() >= self._free_at_s

    @contextmanager
    def running(self) -> Iterator[None]:
        """Charges the processor time of the calling thread."""
        started_s, cpu_s = time.monotonic(), time.thread_time()
        try:
            yield
        finally:
            spent_s = time.thread_time() - cpu_s
            self.spent_s += spent_s
            if self._share is not None:
                self._free_at_s = max(self._free_at_s, started_s) + spent_s / self._share
