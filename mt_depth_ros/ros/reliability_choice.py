"""Whether a subscription asks for reliable delivery, decided from what arrives.

Best effort is what sensor data wants. But a process that publishes through a shared-memory segment
smaller than its messages loses them, all or most, without a word. A reliable publisher whose
messages do not arrive is that case: reliable delivery makes them arrive, if slowly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

from rclpy.qos import ReliabilityPolicy

WINDOW_S = 2.0
# From this share of lost messages on, reliable delivery is worth its price.
_LOST_SHARE = 0.25
_LEAST_LOST = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What a subscription sees at a moment.

    Attributes:
        now_s: steady time, seconds.
        publishers: what each matched publisher offers, by its identifier.
        received: messages that arrived since the start.
        lost: messages the middleware noticed missing since the start.
    """

    now_s: float
    publishers: Mapping[bytes, ReliabilityPolicy]
    received: int
    lost: int


class ReliabilityChoice:
    """Best effort first; reliable where that brings nothing or loses a good part.

    Args:
        wanted: ``'auto'``, or ``'best_effort'`` or ``'reliable'``, which are kept.
    """

    def __init__(self, wanted: str) -> None:
        self.is_reliable = wanted == 'reliable'
        self._is_automatic = wanted == 'auto'
        self._window: deque[Delivery] = deque()
        self._awaited: Delivery | None = None

    def switch(self) -> None:
        """Notes that the subscription was made again with the other reliability."""
        self.is_reliable = not self.is_reliable
        self._window.clear()
        self._awaited = None

    def reason_to_switch(self, delivery: Delivery) -> str:
        """Why the other reliability is the better one, or an empty string; ask regularly.

        Args:
            delivery: what the subscription sees now.
        """
        before = self._window[-1] if self._window else None
        self._window.append(delivery)
        while delivery.now_s - self._window[0].now_s > WINDOW_S:
            self._window.popleft()
        if not self._is_automatic or not delivery.publishers:
            return ''
        has_reliable = ReliabilityPolicy.RELIABLE in delivery.publishers.values()
        if self.is_reliable:
            # A best-effort publisher cannot serve a reliable subscription at all.
            return '' if has_reliable else 'only best-effort publishers are left'
        silence = self._silence(delivery, before)
        return (silence or self._loss()) if has_reliable else ''

    def _silence(self, delivery: Delivery, before: Delivery | None) -> str:
        """Whether nothing has arrived for two seconds since the newest publisher was matched."""
        known = before.publishers if before is not None else {}
        if set(delivery.publishers) - set(known):
            # What came since the last look may well be from the new publisher.
            received = before.received if before is not None else 0
            self._awaited = replace(delivery, received=received)
        if self._awaited is None or delivery.received > self._awaited.received:
            self._awaited = None
            return ''
        if delivery.now_s - self._awaited.now_s < WINDOW_S:
            return ''
        return 'nothing arrives with best effort although a reliable publisher is there'

    def _loss(self) -> str:
        """Whether a good part of the messages of the last two seconds was lost."""
        first, last = self._window[0], self._window[-1]
        received, lost = last.received - first.received, last.lost - first.lost
        if lost < _LEAST_LOST or lost < _LOST_SHARE * (received + lost):
            return ''
        return f'{lost} of {received + lost} messages were lost with best effort'
