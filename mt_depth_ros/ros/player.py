"""Plays a recording over DDS, for homes without ``ros2 bag play``.

Messages go out with the stamps they were recorded with, at the times they were received, times a
rate. With ``clock`` the recorded time goes out on /clock a hundred times a second, so that what
listens with ``use_sim_time`` sees it move smoothly. A recording of a simulation holds a /clock
already; its stamps are of that one, so it goes out and no other beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
import logging
import threading
import time
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from rosgraph_msgs.msg import Clock

from mt_depth_ros.core.errors import ConfigError, DataFileError, TransformError
from mt_depth_ros.core.transform_tree import TransformTree
from mt_depth_ros.messages.transform_codec import decode_transform
from mt_depth_ros.ros.message_copying import copy_message, message_class
from mt_depth_ros.ros.playback_clock import PlaybackClock
from mt_depth_ros.ros.topics import TF_STATIC, TF_STATIC_QOS

logger = logging.getLogger(__name__)

CLOCK = '/clock'
CLOCK_PERIOD_S = 0.01
# /clock goes out this long before the first message, so that listeners know the time.
_CLOCK_LEAD_S = 0.5
# And recorded time goes on this long after the last message, more than an image ever waits.
_CLOCK_TAIL_S = 0.5
# Between the end and the start of a loop, so that what is still on its way arrives before
# recorded time jumps back.
_LOOP_GAP_S = 0.25
_QUEUE_DEPTH = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class BagItem:
    """One recorded message.

    Attributes:
        topic: where it was recorded and goes out.
        type_name: e.g. ``'sensor_msgs/msg/Image'``.
        receive_time_ns: when it was recorded, nanoseconds.
        message: the serialized message (CDR) as bytes, which goes out untouched, or an object
            with the fields of the definition, such as rosbags' dataclasses.
    """

    topic: str
    type_name: str
    receive_time_ns: int
    message: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaybackConfig:
    """How a recording is played.

    Attributes:
        rate: recorded seconds a second.
        loop: start again at the end, until stopped.
        clock: publish the recorded time on /clock, unless the recording does.
        start_paused: wait for :meth:`BagPlayer.resume` before the first message.
        wait_for: topics that must have a subscriber before the first message.
        wait_timeout_s: longest to wait for them.
    """

    rate: float = 1.0
    loop: bool = False
    clock: bool = False
    start_paused: bool = False
    wait_for: tuple[str, ...] = ()
    wait_timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if not 0.0 < self.rate <= 1000.0:
            raise ConfigError(
                expected='a rate above 0, up to 1000',
                got=str(self.rate),
                where='playback rate',
                remedy='1 plays as recorded, 0.5 at half the speed',
            )


class BagPlayer:
    """Publishes recorded messages; :meth:`play` blocks, the rest may be called meanwhile.

    Static transforms go out once and stay for late joiners, and topics that were latched when
    they were recorded stay for them, too. Topics whose message package this home lacks are left
    out and named in :attr:`skipped`.

    Attributes:
        published: messages by topic.
        skipped: topics that are left out, and their types.
        loops: how often the end was reached.
        has_recorded_clock: whether the recording brings the /clock that is asked for itself.

    Args:
        node: publishes; needs no executor.
        topics: topic -> type name of what is to be played.
        items: makes an iterator over the messages in the order of their receive times; called
            once a loop.
        config: how to play.
        latched: topics that are kept for late joiners, as their recorded publishers kept them.
        on_publish: gets each message just before it goes out.
    """

    def __init__(
        self,
        node: Node,
        topics: Mapping[str, str],
        items: Callable[[], Iterable[BagItem]],
        config: PlaybackConfig,
        *,
        latched: Collection[str] = (),
        on_publish: Callable[[BagItem], None] = lambda item: None,
    ) -> None:
        self.published: Counter[str] = Counter()
        self.skipped: dict[str, str] = {}
        self.loops = 0
        self._node = node
        self._items = items
        self._on_publish = on_publish
        self._config = config
        self._stop = threading.Event()
        self._clock = PlaybackClock(config.rate, paused=config.start_paused)
        self._message_classes: dict[str, Any] = {}
        self._publishers: dict[str, Any] = {}
        for topic, type_name in topics.items():
            self._advertise(topic, type_name, is_latched=topic in latched)
        self.has_recorded_clock = config.clock and CLOCK in self._publishers
        makes_clock = config.clock and not self.has_recorded_clock
        self._clock_publisher = (
            node.create_publisher(Clock, CLOCK, QoSProfile(depth=10)) if makes_clock else None
        )

    @property
    def is_paused(self) -> bool:
        """Whether recorded time stands still."""
        return self._clock.is_paused

    def pause(self) -> None:
        """Lets recorded time stand still."""
        self._clock.set_paused(True)

    def resume(self) -> None:
        """Goes on."""
        self._clock.set_paused(False)

    def stop(self) -> None:
        """Makes :meth:`play` return soon."""
        self._stop.set()

    def play(self) -> None:
        """Plays to the end, or until :meth:`stop`.

        Raises:
            ConfigError: a topic of ``wait_for`` found no subscriber in time.
        """
        self._wait_for_subscribers()
        while not self._stop.is_set():
            self._play_once()
            self.loops += 1
            if not self._config.loop:
                self._lead_out()
                break
            gap_ns = round(_LOOP_GAP_S * self._config.rate * 1e9)
            self._wait_until(self._clock.now_ns() + gap_ns)

    def _advertise(self, topic: str, type_name: str, *, is_latched: bool) -> None:
        try:
            self._message_classes[topic] = message_class(type_name)
        except DataFileError:
            self.skipped[topic] = type_name
            return
        qos = QoSProfile(depth=_QUEUE_DEPTH, reliability=ReliabilityPolicy.RELIABLE)
        if is_latched:
            qos.durability = DurabilityPolicy.TRANSIENT_LOCAL
        if topic == TF_STATIC:
            qos = TF_STATIC_QOS
        self._publishers[topic] = self._node.create_publisher(
            self._message_classes[topic], topic, qos
        )

    def _wait_for_subscribers(self) -> None:
        deadline_s = time.monotonic() + self._config.wait_timeout_s
        missing = [topic for topic in self._config.wait_for if topic in self._publishers]
        while missing and not self._stop.is_set():
            missing = [
                topic for topic in missing if self._publishers[topic].get_subscription_count() == 0
            ]
            if missing and time.monotonic() > deadline_s:
                raise ConfigError(
                    expected=f'a subscriber on {", ".join(missing)}',
                    got=f'none within {self._config.wait_timeout_s:g} s',
                    where='playback',
                    remedy='start the node first, remapped to these topics',
                )
            self._stop.wait(0.05)

    def _play_once(self) -> None:
        is_first = True
        for item in self._items():
            if self._stop.is_set():
                return
            if is_first:
                self._lead_in(item.receive_time_ns)
                is_first = False
            self._wait_until(item.receive_time_ns)
            self._publish(item)

    def _lead_in(self, first_ns: int) -> None:
        """Starts recorded time a moment before the first message, where /clock is played."""
        lead_s = _CLOCK_LEAD_S if self._clock_publisher is not None and self.loops == 0 else 0.0
        self._clock.start_at(first_ns - round(lead_s * self._config.rate * 1e9))

    def _lead_out(self) -> None:
        """Lets recorded time go on, so that images which wait for later depth stop waiting."""
        if self._clock_publisher is not None:
            self._wait_until(self._clock.now_ns() + round(_CLOCK_TAIL_S * 1e9))

    def _wait_until(self, recorded_ns: int) -> None:
        while not self._stop.is_set():
            self._publish_clock()
            left_s = self._clock.seconds_until(recorded_ns)
            if left_s == 0.0:
                return
            self._stop.wait(CLOCK_PERIOD_S if left_s is None else min(left_s, CLOCK_PERIOD_S))

    def _publish(self, item: BagItem) -> None:
        publisher = self._publishers.get(item.topic)
        if publisher is None or (item.topic == TF_STATIC and self.loops > 0):
            return
        message = item.message
        if not isinstance(message, bytes):
            message = copy_message(message, self._message_classes[item.topic])
        self._on_publish(item)
        publisher.publish(message)
        self.published[item.topic] += 1

    def _publish_clock(self) -> None:
        if self._clock_publisher is not None:
            now = Time(nanoseconds=max(self._clock.now_ns(), 0)).to_msg()
            self._clock_publisher.publish(Clock(clock=now))


def static_transform_texts(message: Any) -> list[str]:
    """A tf2_msgs/TFMessage as values of the node's parameter ``static_transforms``.

    Where this home lacks tf2_msgs, a recording's /tf_static reaches the node this way. Transforms
    that cannot be used are told of and left out: one of them would keep the node from being
    configured, where a message costs none of the others.

    Args:
        message: any object with the fields of the definition.

    Returns:
        Each ``'x y z qx qy qz qw parent child'``, every number to its last digit.
    """
    texts = []
    for stamped in message.transforms:
        try:
            TransformTree().set(decode_transform(stamped, where=TF_STATIC))
        except TransformError as error:
            logger.warning('left out: %s', error)
            continue
        shift, turn = stamped.transform.translation, stamped.transform.rotation
        numbers = (shift.x, shift.y, shift.z, turn.x, turn.y, turn.z, turn.w)
        parts = [*(repr(float(number)) for number in numbers)]
        parts += [stamped.header.frame_id, stamped.child_frame_id]
        texts.append(' '.join(parts))
    return texts
