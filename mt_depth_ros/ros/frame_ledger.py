"""What became of every image: the node's books, and how long each stage took."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
import threading
import time

import numpy as np

_REMEMBERED_FRAMES = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class StageLatency:
    """Milliseconds of one stage over the last frames.

    Attributes:
        p50_ms, p95_ms, max_ms: over the last 200 frames that had this stage.
    """

    p50_ms: float
    p95_ms: float
    max_ms: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerState:
    """The books at one moment.

    Attributes:
        published: images that gave an output.
        dropped: images that gave none, by reason.
        latency: by stage, in the order the stages ran.
        last_stamp_ns: stamp of the newest image published, or None.
        published_s: when that was, steady time, or None.
        gap_s: steady seconds between the last two; 0 before the second.
    """

    published: int
    dropped: dict[str, int]
    latency: dict[str, StageLatency]
    last_stamp_ns: int | None
    published_s: float | None
    gap_s: float


class FrameLedger:
    """Counts each image once: published, or dropped for one reason. Thread-safe.

    Args:
        steady_s: the clock the time between outputs is measured on, seconds.
    """

    def __init__(self, *, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._steady_s = steady_s
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Opens new books, as messages are counted anew from each activation on."""
        with self._lock:
            self._published = 0
            self._dropped: Counter[str] = Counter()
            self._stage_ms: dict[str, deque[float]] = {}
            self._last_stamp_ns: int | None = None
            self._published_s: float | None = None
            self._gap_s = 0.0

    def published(self, stamp_ns: int, stage_ms: dict[str, float]) -> None:
        """Enters an image that gave an output.

        Args:
            stamp_ns: its stamp.
            stage_ms: milliseconds by stage.
        """
        now_s = self._steady_s()
        with self._lock:
            self._published += 1
            if self._published_s is not None:
                self._gap_s = now_s - self._published_s
            self._published_s = now_s
            self._last_stamp_ns = stamp_ns
            for stage, elapsed_ms in stage_ms.items():
                window = self._stage_ms.setdefault(stage, deque(maxlen=_REMEMBERED_FRAMES))
                window.append(elapsed_ms)

    def dropped(self, reason: str) -> None:
        """Enters an image that gave none.

        Args:
            reason: short snake_case name.
        """
        with self._lock:
            self._dropped[reason] += 1

    @property
    def state(self) -> LedgerState:
        """A copy of the books."""
        with self._lock:
            windows = {stage: list(window) for stage, window in self._stage_ms.items()}
            published, dropped = self._published, dict(self._dropped)
            last_stamp_ns = self._last_stamp_ns
            published_s, gap_s = self._published_s, self._gap_s
        return LedgerState(
            published=published,
            dropped=dropped,
            latency={stage: _latency(window) for stage, window in windows.items()},
            last_stamp_ns=last_stamp_ns,
            published_s=published_s,
            gap_s=gap_s,
        )


def _latency(window_ms: list[float]) -> StageLatency:
    p50_ms, p95_ms = np.percentile(window_ms, [50, 95])
    return StageLatency(p50_ms=float(p50_ms), p95_ms=float(p95_ms), max_ms=max(window_ms))
