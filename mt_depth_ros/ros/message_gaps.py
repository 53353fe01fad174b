"""Messages that never came, by the gaps in the numbers that publishers give them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

_REMEMBERED_PUBLISHERS = 64


class MessageGaps:
    """Counts what each publisher sent between two messages that arrived.

    What was sent before the first message of a publisher arrived is not counted: it may have been
    sent before anybody listened.

    Attributes:
        missing: messages since the start.
    """

    def __init__(self) -> None:
        self.missing = 0
        self._newest: OrderedDict[bytes, int] = OrderedDict()

    def observe(self, info: Mapping[str, Any]) -> None:
        """Takes in a message.

        Args:
            info: what rclpy tells of it; not every middleware numbers messages.
        """
        number = info.get('publication_sequence_number')
        publisher = (info.get('publisher_gid') or {}).get('data')
        if number is None or publisher is None:
            return
        newest = self._newest.get(publisher)
        if newest is not None:
            self.missing += max(number - newest - 1, 0)
        self._newest[publisher] = max(number, newest or 0)
        self._newest.move_to_end(publisher)
        if len(self._newest) > _REMEMBERED_PUBLISHERS:
            self._newest.popitem(last=False)

    def forget_publishers(self) -> None:
        """Starts anew with each publisher, as a new subscription does."""
        self._newest.clear()
