"""The last few messages of a topic, for whoever needs the one that belongs to an image."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
import threading
from typing import TypeVar

from mt_depth_ros.ros.serialized_message import SerializedMessage

FoundT = TypeVar('FoundT')


class RecentMessages:
    """One thread puts messages in, another looks for one and may wait a moment for it.

    Args:
        capacity: how many are kept.
    """

    def __init__(self, capacity: int) -> None:
        self._arrived = threading.Condition()
        self._messages: deque[SerializedMessage] = deque(maxlen=capacity)

    def put(self, message: SerializedMessage) -> None:
        """Adds a message; the oldest one goes."""
        with self._arrived:
            self._messages.append(message)
            self._arrived.notify_all()

    def find(
        self,
        choose: Callable[[Sequence[SerializedMessage]], FoundT | None],
        *,
        timeout_s: float,
    ) -> FoundT | None:
        """Looks for a message, again each time one arrives, until the time is over.

        Args:
            choose: gets the messages, oldest first; None means not there yet.
            timeout_s: longest to wait, seconds.
        """
        with self._arrived:
            found = choose(self._messages)
            if found is None and timeout_s > 0.0:
                self._arrived.wait_for(
                    lambda: choose(self._messages) is not None, timeout=timeout_s
                )
                found = choose(self._messages)
            return found


def newest_with_stamp(
    messages: Sequence[SerializedMessage], stamp_ns: int
) -> SerializedMessage | None:
    """The newest message with exactly this stamp."""
    for message in reversed(messages):
        if message.stamp_ns == stamp_ns:
            return message
    return None
