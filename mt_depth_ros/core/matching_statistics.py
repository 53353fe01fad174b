"""Counts of stamp matching: what came in, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mt_depth_ros.core.matching_events import DropReason


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamStatistics:
    """Counts of one stream since the matcher was made.

    The books balance: ``received == matched + sum(dropped.values()) + waiting``.

    Attributes:
        received: messages handed in.
        matched: images that gave an output, or clouds that served at least one image.
        dropped: the rest, by reason.
        waiting: images not decided yet, or held clouds that have served no image yet.
        period_ns: median gap between stamps, or None before the second.
    """

    received: int
    matched: int
    dropped: Mapping[DropReason, int]
    waiting: int
    period_ns: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchStatistics:
    """Counts of a matcher since it was made.

    Attributes:
        images, clouds: the books of each stream.
        resets: how often time went back.
        overtaken: images that were decided because their wait ran out, before a cloud came that
            suits them better.
        wait_needed_ns: the least ``max_wait_ns`` that would have caught the last twenty such
            clouds; 0 where there were none. Says what to set for a LiDAR that delivers late.
    """

    images: StreamStatistics
    clouds: StreamStatistics
    resets: int
    overtaken: int
    wait_needed_ns: int
