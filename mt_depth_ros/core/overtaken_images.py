"""Images that were decided too early, and the wait that would have been long enough."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_WATCHED_DECISIONS = 16
_REMEMBERED_WAITS = 20


@dataclass(kw_only=True, slots=True)
class _Decision:
    image_stamp_ns: int
    arrived_ns: int
    difference_ns: int
    overtaken: bool = False


class OvertakenImages:
    """Notices clouds that come after an image they would have suited was decided.

    Attributes:
        count: images that were overtaken so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._decisions: deque[_Decision] = deque(maxlen=_WATCHED_DECISIONS)
        self._waits_ns: deque[int] = deque(maxlen=_REMEMBERED_WAITS)

    @property
    def wait_needed_ns(self) -> int:
        """The wait that would have caught every one of the recent late clouds, or 0."""
        return max(self._waits_ns, default=0)

    def watch(self, image_stamp_ns: int, *, arrived_ns: int, difference_ns: int) -> None:
        """Remembers an image whose wait ran out.

        Args:
            image_stamp_ns: its stamp.
            arrived_ns: when it arrived, on the caller's clock.
            difference_ns: a cloud suits it better if it is nearer than this.
        """
        self._decisions.append(
            _Decision(
                image_stamp_ns=image_stamp_ns, arrived_ns=arrived_ns, difference_ns=difference_ns
            )
        )

    def observe_cloud(self, aligned_stamp_ns: int, now_ns: int) -> None:
        """Counts the images that a cloud would have suited better, each once.

        Args:
            aligned_stamp_ns: the cloud's stamp with the sensor offset added.
            now_ns: when it arrived, on the caller's clock.
        """
        for decision in self._decisions:
            difference_ns = abs(aligned_stamp_ns - decision.image_stamp_ns)
            if difference_ns < decision.difference_ns:
                self.count += not decision.overtaken
                decision.overtaken = True
                decision.difference_ns = difference_ns
                self._waits_ns.append(now_ns - decision.arrived_ns + 1)

    def forget(self) -> None:
        """Stops watching; the counts stay."""
        self._decisions.clear()
