"""The clouds that an image may still be paired with, in order of their stamps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic

from mt_depth_ros.core.matching_events import CloudT


@dataclass(kw_only=True, slots=True, eq=False)
class HeldCloud(Generic[CloudT]):
    """A cloud in the queue.

    Attributes:
        stamp_ns: nanoseconds, as the sensor wrote it.
        cloud: as it was handed in.
        has_served: an image was matched with it.
    """

    stamp_ns: int
    cloud: CloudT
    has_served: bool = False


class CloudQueue(Generic[CloudT]):
    """Clouds with strictly increasing stamps. All stamps are on the cloud's clock."""

    def __init__(self) -> None:
        self._held: deque[HeldCloud[CloudT]] = deque()

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[HeldCloud[CloudT]]:
        return iter(self._held)

    def append(self, stamp_ns: int, cloud: CloudT) -> None:
        """Holds a cloud.

        Args:
            stamp_ns: nanoseconds, later than every stamp held.
            cloud: the cloud.
        """
        self._held.append(HeldCloud(stamp_ns=stamp_ns, cloud=cloud))

    def nearest_to(self, stamp_ns: int, *, latest_ns: int | None) -> HeldCloud[CloudT] | None:
        """The cloud nearest in time, the earlier of two equally near, or None.

        Args:
            stamp_ns: nanoseconds.
            latest_ns: clouds after this are left alone; None for no such limit.
        """
        return min(
            (held for held in self._held if latest_ns is None or held.stamp_ns <= latest_ns),
            key=lambda held: abs(held.stamp_ns - stamp_ns),
            default=None,
        )

    def remove(self, held: HeldCloud[CloudT]) -> None:
        """Lets go of one cloud.

        Args:
            held: a cloud of this queue.
        """
        self._held.remove(held)

    def pop_over(self, size: int) -> Iterator[HeldCloud[CloudT]]:
        """Takes out the oldest clouds until ``size`` are left.

        Args:
            size: how many may stay.
        """
        while len(self._held) > size:
            yield self._held.popleft()

    def pop_superseded(self, stamp_ns: int) -> Iterator[HeldCloud[CloudT]]:
        """Takes out the clouds that have another between them and every stamp from this one on.

        Args:
            stamp_ns: the earliest stamp that will be asked for.
        """
        while len(self._held) > 1 and self._held[1].stamp_ns <= stamp_ns:
            yield self._held.popleft()

    def pop_before(self, stamp_ns: int) -> Iterator[HeldCloud[CloudT]]:
        """Takes out the clouds before a stamp, except the newest cloud.

        Args:
            stamp_ns: nanoseconds.
        """
        while len(self._held) > 1 and self._held[0].stamp_ns < stamp_ns:
            yield self._held.popleft()
