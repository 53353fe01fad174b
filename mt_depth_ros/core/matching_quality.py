"""How well images and depth are matched of late: ratio, mismatch, and the offset between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mt_depth_ros.core.matching_events import Drop, DropReason, Event, Match, Reset

_REMEMBERED_IMAGES = 300
_REMEMBERED_CLOUDS = 100
_FEWEST = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchingReport:
    """The last 300 images that were decided.

    Attributes:
        matched: images that got depth.
        missed: images without depth within tolerance.
        mismatch_p50_ms, mismatch_p95_ms: how far the depth was from its image; NaN before the
            first match.
        offset_ms: median of depth stamp less image stamp, with the configured offset added, over
            the best pair of each cloud; NaN before five of them.
        offset_spread_ms: median distance from that median. Small where the two sensors run in
            step; where they run freely it is a quarter of the image period.
    """

    matched: int
    missed: int
    mismatch_p50_ms: float
    mismatch_p95_ms: float
    offset_ms: float
    offset_spread_ms: float

    @property
    def ratio(self) -> float:
        """The share of images that got depth; NaN before the first."""
        decided = self.matched + self.missed
        return self.matched / decided if decided else float('nan')


class MatchingQuality:
    """Watches the events of the stamp matching. One thread only."""

    def __init__(self) -> None:
        # Difference of each image in nanoseconds; None: no depth within tolerance.
        self._images: deque[int | None] = deque(maxlen=_REMEMBERED_IMAGES)
        self._offsets_ns: deque[int] = deque(maxlen=_REMEMBERED_CLOUDS)
        self._cloud_stamp_ns: int | None = None
        self._best_ns: int | None = None

    def observe(self, event: Event[Any, Any]) -> None:
        """Takes in what happened."""
        if isinstance(event, Match):
            self._images.append(event.difference_ns)
            self._note_pair(event.cloud_stamp_ns, event.difference_ns)
        elif isinstance(event, Reset):
            self._cloud_stamp_ns = self._best_ns = None
        elif event.reason is DropReason.NO_CLOUD_WITHIN_TOLERANCE:
            self._images.append(None)
            self._note_miss(event)

    def report(self) -> MatchingReport:
        """How it stands."""
        mismatch_ms = [
            abs(difference) / 1e6 for difference in self._images if difference is not None
        ]
        p50_ms, p95_ms = _percentiles(mismatch_ms)
        offset_ms, spread_ms = _median_and_spread([value / 1e6 for value in self._offsets_ns])
        return MatchingReport(
            matched=len(mismatch_ms),
            missed=len(self._images) - len(mismatch_ms),
            mismatch_p50_ms=p50_ms,
            mismatch_p95_ms=p95_ms,
            offset_ms=offset_ms,
            offset_spread_ms=spread_ms,
        )

    def _note_pair(self, cloud_stamp_ns: int, difference_ns: int) -> None:
        """A cloud that serves several images counts by the nearest of them."""
        if cloud_stamp_ns == self._cloud_stamp_ns and self._best_ns is not None:
            self._best_ns = min(self._best_ns, difference_ns, key=abs)
            return
        if self._best_ns is not None:
            self._offsets_ns.append(self._best_ns)
        self._cloud_stamp_ns, self._best_ns = cloud_stamp_ns, difference_ns

    def _note_miss(self, drop: Drop[Any]) -> None:
        # Without a single match, what the misses have in common is all there is to tell.
        offset_ns = drop.nearest_difference_ns
        if offset_ns is None or self._best_ns is not None:
            return
        if offset_ns > 0 and drop.newest_difference_ns is not None:
            # The nearest would tell how many clouds are held, not how far the clocks are apart.
            offset_ns = drop.newest_difference_ns
        self._offsets_ns.append(offset_ns)


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    if not values:
        return float('nan'), float('nan')
    p50, p95 = np.percentile(values, [50, 95])
    return float(p50), float(p95)


def _median_and_spread(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < _FEWEST:
        return float('nan'), float('nan')
    median = float(np.median(values))
    return median, float(np.median(np.abs(np.asarray(values) - median)))
