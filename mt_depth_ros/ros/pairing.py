"""How the node pairs images with depth: our stamp matching, or a policy of message_filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from rclpy.time import Time

from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.matching_events import Drop, DropReason, Event, Match, Reset, Stream
from mt_depth_ros.core.matching_statistics import MatchStatistics
from mt_depth_ros.core.stamp_matching import StampMatcher
from mt_depth_ros.core.stamp_sequence import StampSequence
from mt_depth_ros.ros.home import required_package
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.serialized_message import SerializedMessage

PairEvent: TypeAlias = Event[SerializedMessage, SerializedMessage]

QUEUE_SIZE = 16


class Pairing(Protocol):
    """Takes in messages and says what became of them. One thread only."""

    config: MatchingConfig

    def add_image(self, stamp_ns: int, image: Any, now_ns: int) -> list[PairEvent]:
        """Takes in an image."""

    def add_cloud(self, stamp_ns: int, cloud: Any, now_ns: int) -> list[PairEvent]:
        """Takes in a scan or a sparse depth image."""

    def poll(self, now_ns: int) -> list[PairEvent]:
        """Decides what has waited long enough."""

    def reset(self, now_ns: int) -> list[PairEvent]:
        """Starts anew after a jump of the clock."""

    @property
    def next_deadline_ns(self) -> int | None:
        """When to poll next."""

    @property
    def statistics(self) -> MatchStatistics | None:
        """The books, or None where the policy keeps none."""


def matching_config(config: NodeConfig) -> MatchingConfig:
    """The rules of the pairing out of the node's parameters."""
    return MatchingConfig(
        tolerance_ns=round(config.sync_tolerance * 1e9),
        max_wait_ns=round(config.sync_max_wait * 1e9),
        lidar_time_offset_ns=round(config.lidar_time_offset * 1e9),
        queue_size=QUEUE_SIZE,
    )


def make_pairing(config: NodeConfig) -> Pairing:
    """The pairing that ``sync_policy`` names.

    Raises:
        ConfigError: a policy of message_filters where that package is not installed.
    """
    rules = matching_config(config)
    if config.sync_policy == 'nearest':
        return StampMatcher[SerializedMessage, SerializedMessage](rules)
    return MessageFiltersPairing(config.sync_policy, rules)


@dataclass(frozen=True, slots=True)
class _Header:
    stamp: Any


@dataclass(frozen=True, slots=True)
class _Stamped:
    """What message_filters sees of a message: a header with a stamp."""

    header: _Header
    message: SerializedMessage


class MessageFiltersPairing:
    """The stock policies: first pair inside the tolerance, or equal stamps.

    They tell nothing about what they let go, so images without depth are not counted by reason.
    Where time goes back they would let go of every new message, as the oldest one they hold; so
    they start anew there, by the rule of :class:`StampMatcher`.

    Args:
        policy: ``'approximate'`` or ``'exact'``.
        config: the rules; the stock policies have no longest wait.

    Raises:
        ConfigError: message_filters is not installed.
    """

    def __init__(self, policy: str, config: MatchingConfig) -> None:
        self._filters = required_package('message_filters', for_what=f'sync_policy {policy!r}')
        self._policy = policy
        self._config = config
        self._image_stamps, self._cloud_stamps = StampSequence(), StampSequence()
        self._epoch = 0
        self._now_ns = 0
        self._events: list[PairEvent] = []
        self._connect()

    @property
    def config(self) -> MatchingConfig:
        """The rules; another tolerance starts with empty queues."""
        return self._config

    @config.setter
    def config(self, config: MatchingConfig) -> None:
        is_new_tolerance = config.tolerance_ns != self._config.tolerance_ns
        self._config = config
        if is_new_tolerance:
            # A policy is given its tolerance when it is made.
            self._connect()

    @property
    def next_deadline_ns(self) -> int | None:
        """The stock policies never wait for a time to come."""
        return None

    @property
    def statistics(self) -> MatchStatistics | None:
        """The stock policies tell nothing about what they let go."""
        return None

    def add_image(self, stamp_ns: int, image: SerializedMessage, now_ns: int) -> list[PairEvent]:
        """Takes in an image."""
        self._now_ns = now_ns
        if stamp_ns <= 0:
            return [self._refused('image', image)]
        resets = self._follow(self._image_stamps, 'image', stamp_ns)
        return resets + self._signal(self._images, stamp_ns, image)

    def add_cloud(self, stamp_ns: int, cloud: SerializedMessage, now_ns: int) -> list[PairEvent]:
        """Takes in a scan or a sparse depth image."""
        self._now_ns = now_ns
        if stamp_ns <= 0:
            return [self._refused('cloud', cloud)]
        resets = self._follow(self._cloud_stamps, 'cloud', stamp_ns)
        aligned_ns = max(stamp_ns + self.config.lidar_time_offset_ns, 0)
        return resets + self._signal(self._clouds, aligned_ns, cloud)

    def poll(self, now_ns: int) -> list[PairEvent]:
        """Nothing waits here."""
        return []

    def reset(self, now_ns: int) -> list[PairEvent]:
        """Starts anew with empty queues."""
        return [self._start_anew('caller', 0)]

    def _follow(self, sequence: StampSequence, stream: Stream, stamp_ns: int) -> list[PairEvent]:
        """Notes a stamp; starts anew where it says that time went back."""
        resets: list[PairEvent] = []
        if sequence.restarts_at(stamp_ns, reset_after_ns=self.config.reset_after_ns):
            resets.append(self._start_anew(stream, sequence.step_back_ns(stamp_ns)))
        # What comes late is left to the policy, which may still pair it.
        if sequence.newest_ns is None or stamp_ns > sequence.newest_ns:
            sequence.append(stamp_ns)
        return resets

    def _start_anew(self, cause: Stream | Literal['caller'], stepped_back_ns: int) -> Reset:
        self._epoch += 1
        for stamps in (self._image_stamps, self._cloud_stamps):
            stamps.restart(reset_after_ns=self._config.reset_after_ns)
        self._connect()
        return Reset(cause=cause, stepped_back_ns=stepped_back_ns, epoch=self._epoch)

    def _connect(self) -> None:
        self._images = self._filters.SimpleFilter()
        self._clouds = self._filters.SimpleFilter()
        inputs = [self._images, self._clouds]
        if self._policy == 'exact':
            policy = self._filters.TimeSynchronizer(inputs, self.config.queue_size)
        else:
            tolerance_s = self.config.tolerance_ns / 1e9
            policy = self._filters.ApproximateTimeSynchronizer(
                inputs, self.config.queue_size, tolerance_s
            )
        policy.registerCallback(self._paired)

    def _refused(self, stream: Stream, message: SerializedMessage) -> Drop[SerializedMessage]:
        return Drop(
            stream=stream,
            item=message,
            reason=DropReason.ZERO_STAMP,
            stamp_ns=message.stamp_ns,
            epoch=self._epoch,
        )

    def _signal(self, entry: Any, stamp_ns: int, message: SerializedMessage) -> list[PairEvent]:
        stamp = Time(nanoseconds=stamp_ns).to_msg()
        entry.signalMessage(_Stamped(_Header(stamp), message))
        events, self._events = self._events, []
        return events

    def _paired(self, image: _Stamped, cloud: _Stamped) -> None:
        aligned_ns = cloud.message.stamp_ns + self.config.lidar_time_offset_ns
        match = Match(
            image=image.message,
            cloud=cloud.message,
            image_stamp_ns=image.message.stamp_ns,
            cloud_stamp_ns=cloud.message.stamp_ns,
            aligned_cloud_stamp_ns=aligned_ns,
            waited_ns=self._now_ns - image.message.received_ns,
            settled=True,
            epoch=self._epoch,
        )
        self._events.append(match)
