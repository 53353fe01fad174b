"""Sensors that deliver recorded messages with the stamps of now, for as long as asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import itertools
import threading
import time
from typing import Any

import rclpy
from rclpy.duration import Duration
from rclpy.qos import QoSProfile, ReliabilityPolicy

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.ros.message_copying import message_class
from mt_depth_ros.ros.serialized_message import with_stamp

_QUEUE_DEPTH = 5
_MATCH_TIMEOUT_S = 30.0
_DELIVERY_TIMEOUT_S = 30.0
# The publisher knows the subscriber first; what it sends before the subscriber knows it may be
# gone by then, and nobody can count it.
_SETTLE_S = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SensorStream:
    """One driver: what it publishes together carries one stamp.

    Attributes:
        topics: topic -> type name.
        frames: serialized messages by topic, taken in turn.
        rate_hz: frames a second.
    """

    topics: Mapping[str, str]
    frames: Sequence[Mapping[str, bytes]]
    rate_hz: float


class SensorFeed:
    """Publishes streams from a DDS participant of its own, so that it restarts as drivers do.

    Args:
        streams: what to publish.

    Attributes:
        sent: messages by topic, over all starts.
        stamps_ns: every stamp sent on any topic.
    """

    def __init__(self, streams: Sequence[SensorStream]) -> None:
        self.sent: Counter[str] = Counter()
        self.stamps_ns: set[int] = set()
        self._streams = streams
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._context: rclpy.Context | None = None
        self._publishers: dict[str, Any] = {}

    def start(self) -> None:
        """Starts the drivers; returns when everything they publish has a subscriber.

        Raises:
            ConfigError: nobody subscribes.
        """
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self._node = rclpy.create_node('mt_depth_sensors', context=self._context)
        qos = QoSProfile(depth=_QUEUE_DEPTH, reliability=ReliabilityPolicy.RELIABLE)
        self._publishers = {
            topic: self._node.create_publisher(message_class(type_name), topic, qos)
            for stream in self._streams
            for topic, type_name in stream.topics.items()
        }
        self._wait_for_subscribers()
        time.sleep(_SETTLE_S)
        self._stopping.clear()
        self._threads = [
            threading.Thread(target=self._publish_stream, args=(stream,), daemon=True)
            for stream in self._streams
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the drivers after what they sent was delivered."""
        if self._context is None:
            return
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        for publisher in self._publishers.values():
            publisher.wait_for_all_acked(Duration(seconds=_DELIVERY_TIMEOUT_S))
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)
        self._context = None

    def _wait_for_subscribers(self) -> None:
        deadline_s = time.monotonic() + _MATCH_TIMEOUT_S
        for topic, publisher in self._publishers.items():
            while publisher.get_subscription_count() == 0:
                if time.monotonic() > deadline_s:
                    raise ConfigError(
                        expected=f'a subscriber on {topic}',
                        got=f'none within {_MATCH_TIMEOUT_S:g} s',
                        where='sensor feed',
                        remedy="look at the node's log",
                    )
                time.sleep(0.01)

    def _publish_stream(self, stream: SensorStream) -> None:
        period_s = 1.0 / stream.rate_hz
        due_s = time.monotonic()
        for frame in itertools.cycle(stream.frames):
            if self._stopping.wait(max(due_s - time.monotonic(), 0.0)):
                return
            stamp_ns = time.time_ns()
            with self._lock:
                self.stamps_ns.add(stamp_ns)
            for topic, message in frame.items():
                self._publishers[topic].publish(with_stamp(message, stamp_ns))
                self.sent[topic] += 1
            # A machine that stalled does not get the frames it missed all at once.
            due_s = max(due_s + period_s, time.monotonic() - period_s)
