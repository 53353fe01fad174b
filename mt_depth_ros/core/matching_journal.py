"""The books of stamp matching: every event is written and counted in one place."""

from __future__ import annotations

from collections import Counter
from typing import Generic, Literal

from mt_depth_ros.core.matching_events import (
    CloudT,
    Drop,
    DropReason,
    Event,
    ImageT,
    Match,
    Reset,
    Stream,
)
from mt_depth_ros.core.matching_statistics import StreamStatistics


class _StreamCounts:
    def __init__(self) -> None:
        self.received = 0
        self.matched = 0
        self.dropped: Counter[DropReason] = Counter()


class MatchingJournal(Generic[ImageT, CloudT]):
    """Collects the events of a call and counts them since the beginning.

    Attributes:
        epoch: number of resets so far.
    """

    def __init__(self) -> None:
        self.epoch = 0
        self._counts: dict[Stream, _StreamCounts] = {
            'image': _StreamCounts(),
            'cloud': _StreamCounts(),
        }
        self._events: list[Event[ImageT, CloudT]] = []

    def receive(self, stream: Stream) -> None:
        """Counts a message that came in."""
        self._counts[stream].received += 1

    def match(self, match: Match[ImageT, CloudT], *, cloud_has_served: bool) -> None:
        """Writes a match.

        Args:
            match: the event.
            cloud_has_served: the cloud was counted at an earlier match.
        """
        self._counts['image'].matched += 1
        self._counts['cloud'].matched += not cloud_has_served
        self._events.append(match)

    def drop_image(
        self,
        stamp_ns: int,
        image: ImageT,
        reason: DropReason,
        *,
        nearest_difference_ns: int | None = None,
        newest_difference_ns: int | None = None,
    ) -> None:
        """Writes the drop of an image; arguments as in :class:`Drop`."""
        self._counts['image'].dropped[reason] += 1
        self._events.append(
            Drop(
                stream='image',
                item=image,
                reason=reason,
                stamp_ns=stamp_ns,
                nearest_difference_ns=nearest_difference_ns,
                newest_difference_ns=newest_difference_ns,
                epoch=self.epoch,
            )
        )

    def drop_cloud(self, stamp_ns: int, cloud: CloudT, reason: DropReason) -> None:
        """Writes the drop of a cloud that served no image; arguments as in :class:`Drop`."""
        self._counts['cloud'].dropped[reason] += 1
        self._events.append(
            Drop(stream='cloud', item=cloud, reason=reason, stamp_ns=stamp_ns, epoch=self.epoch)
        )

    def reset(self, cause: Stream | Literal['caller'], stepped_back_ns: int) -> None:
        """Writes a reset and begins the next epoch; arguments as in :class:`Reset`."""
        self.epoch += 1
        self._events.append(Reset(cause=cause, stepped_back_ns=stepped_back_ns, epoch=self.epoch))

    def take_events(self) -> list[Event[ImageT, CloudT]]:
        """The events since the last call, in order."""
        events, self._events = self._events, []
        return events

    def stream_statistics(
        self, stream: Stream, *, waiting: int, period_ns: int | None
    ) -> StreamStatistics:
        """A snapshot of one stream that later counting does not change.

        Args:
            stream: which one.
            waiting: messages whose fate is open.
            period_ns: of the stream's stamps, or None.
        """
        counts = self._counts[stream]
        return StreamStatistics(
            received=counts.received,
            matched=counts.matched,
            dropped=dict(counts.dropped),
            waiting=waiting,
            period_ns=period_ns,
        )
