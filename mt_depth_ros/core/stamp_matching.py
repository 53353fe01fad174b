"""Pairs every camera image with the LiDAR cloud nearest to it in time.

The image is the anchor. It is decided at once when no later cloud can be nearer, which the newest
cloud stamp and the period of the cloud stamps tell, and otherwise when its wait runs out. Deciding
in the order of the stamps delays nobody: where an image is settled, so is every earlier one.

No ROS, no thread, no clock and no callback in here. Every call says what time it is and gets back
what happened. That depends on the calls that add messages alone: a :meth:`StampMatcher.poll` only
brings a decision that is due sooner. A replay that passes the receive times of a recording as
``now_ns`` therefore forms the pairs that the live node formed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, Literal

from mt_depth_ros.core.cloud_queue import CloudQueue, HeldCloud
from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.matching_events import (
    CloudT,
    DropReason,
    Event,
    ImageT,
    Match,
    Stream,
)
from mt_depth_ros.core.matching_journal import MatchingJournal
from mt_depth_ros.core.matching_statistics import MatchStatistics
from mt_depth_ros.core.overtaken_images import OvertakenImages
from mt_depth_ros.core.stamp_sequence import StampSequence


@dataclass(kw_only=True, slots=True, eq=False)
class _WaitingImage(Generic[ImageT]):
    stamp_ns: int
    image: ImageT
    arrived_ns: int


class StampMatcher(Generic[ImageT, CloudT]):
    """Forms pairs out of two streams of stamped messages. Not thread-safe: the caller locks.

    Stamps are nanoseconds on the sensors' clock; ``now_ns`` is the time of the call on the
    caller's clock, which may be another one. Every method that takes ``now_ns`` returns what
    happened, in order; what was due before a message came is decided without that message.

    Args:
        config: the rules; may be replaced between calls, and the next call follows it.
    """

    def __init__(self, config: MatchingConfig | None = None) -> None:
        self.config = config or MatchingConfig()
        self._waiting: deque[_WaitingImage[ImageT]] = deque()
        self._clouds: CloudQueue[CloudT] = CloudQueue()
        self._image_stamps, self._cloud_stamps = StampSequence(), StampSequence()
        self._overtaken = OvertakenImages()
        self._now_ns = 0
        self._journal: MatchingJournal[ImageT, CloudT] = MatchingJournal()

    def add_image(self, stamp_ns: int, image: ImageT, now_ns: int) -> list[Event[ImageT, CloudT]]:
        """Takes in an image.

        Args:
            stamp_ns: its stamp, nanoseconds.
            image: handed back in the event that decides it.
            now_ns: its arrival, nanoseconds on the caller's clock.
        """
        self._advance_to(now_ns)
        self._journal.receive('image')
        reason = self._refusal(self._image_stamps, 'image', stamp_ns)
        if reason is not None:
            self._journal.drop_image(stamp_ns, image, reason)
        else:
            self._image_stamps.append(stamp_ns)
            self._waiting.append(_WaitingImage(stamp_ns=stamp_ns, image=image, arrived_ns=now_ns))
            self._decide_images()
            while len(self._waiting) > self.config.queue_size:
                oldest = self._waiting.popleft()
                self._journal.drop_image(oldest.stamp_ns, oldest.image, DropReason.QUEUE_FULL)
        return self._journal.take_events()

    def add_cloud(self, stamp_ns: int, cloud: CloudT, now_ns: int) -> list[Event[ImageT, CloudT]]:
        """Takes in a cloud, or a sparse depth image.

        Args:
            stamp_ns: its stamp as the sensor wrote it, nanoseconds.
            cloud: handed back in every match it is part of.
            now_ns: its arrival, nanoseconds on the caller's clock.
        """
        self._advance_to(now_ns)
        self._journal.receive('cloud')
        reason = self._refusal(self._cloud_stamps, 'cloud', stamp_ns)
        if reason is not None:
            self._journal.drop_cloud(stamp_ns, cloud, reason)
        else:
            self._cloud_stamps.append(stamp_ns)
            self._clouds.append(stamp_ns, cloud)
            self._overtaken.observe_cloud(stamp_ns + self.config.lidar_time_offset_ns, now_ns)
            self._decide_images()
            for oldest in self._clouds.pop_over(self.config.queue_size):
                self._drop_cloud(oldest, DropReason.QUEUE_FULL)
        return self._journal.take_events()

    def poll(self, now_ns: int) -> list[Event[ImageT, CloudT]]:
        """Decides the images whose wait has run out.

        Args:
            now_ns: nanoseconds on the caller's clock.
        """
        self._advance_to(now_ns)
        return self._journal.take_events()

    def flush(self, now_ns: int) -> list[Event[ImageT, CloudT]]:
        """Decides every image that waits, as at the end of a recording.

        Args:
            now_ns: nanoseconds on the caller's clock.
        """
        self._advance_to(now_ns)
        self._decide_images(no_more_clouds=True)
        return self._journal.take_events()

    def reset(self, now_ns: int) -> list[Event[ImageT, CloudT]]:
        """Starts anew, as after a jump of the caller's clock; waiting images are decided first.

        Args:
            now_ns: nanoseconds on the caller's clock, after the jump.
        """
        self._advance_to(now_ns)
        self._start_anew('caller', 0)
        return self._journal.take_events()

    @property
    def next_deadline_ns(self) -> int | None:
        """When to call :meth:`poll` next, on the caller's clock; None while nothing waits."""
        return self._waiting[0].arrived_ns + self.config.max_wait_ns if self._waiting else None

    @property
    def statistics(self) -> MatchStatistics:
        """The books at this moment."""
        return MatchStatistics(
            images=self._journal.stream_statistics(
                'image', waiting=len(self._waiting), period_ns=self._image_stamps.period.period_ns
            ),
            clouds=self._journal.stream_statistics(
                'cloud',
                waiting=sum(not held.has_served for held in self._clouds),
                period_ns=self._cloud_stamps.period.period_ns,
            ),
            resets=self._journal.epoch,
            overtaken=self._overtaken.count,
            wait_needed_ns=self._overtaken.wait_needed_ns,
        )

    def _advance_to(self, now_ns: int) -> None:
        if now_ns < self._now_ns:
            # A clock that steps back must not lengthen anyone's wait.
            for waiting in self._waiting:
                waiting.arrived_ns = min(waiting.arrived_ns, now_ns)
        self._now_ns = now_ns
        self._decide_images()

    def _refusal(
        self, sequence: StampSequence, stream: Stream, stamp_ns: int
    ) -> DropReason | None:
        """Why a stamp cannot be used, or None; starts anew where the stamp says so."""
        if stamp_ns <= 0:
            return DropReason.ZERO_STAMP
        if sequence.restarts_at(stamp_ns, reset_after_ns=self.config.reset_after_ns):
            self._start_anew(stream, sequence.step_back_ns(stamp_ns))
        if sequence.newest_ns is None or stamp_ns > sequence.newest_ns:
            return None
        if stamp_ns == sequence.newest_ns:
            return DropReason.DUPLICATE_STAMP
        return DropReason.OUT_OF_ORDER

    def _start_anew(self, cause: Stream | Literal['caller'], stepped_back_ns: int) -> None:
        self._decide_images(no_more_clouds=True)
        for held in self._clouds.pop_over(0):
            self._drop_cloud(held, DropReason.RESET)
        for stamps in (self._image_stamps, self._cloud_stamps):
            stamps.restart(reset_after_ns=self.config.reset_after_ns)
        self._overtaken.forget()
        self._journal.reset(cause, stepped_back_ns)

    def _decide_images(self, *, no_more_clouds: bool = False) -> None:
        """Decides waiting images, oldest first, up to the first that may yet do better."""
        while self._waiting:
            image = self._waiting[0]
            nearest = self._nearest_cloud(image)
            improves_below_ns = self._improves_below_ns(image, nearest)
            settled = self._is_settled(image, improves_below_ns)
            wait_is_over = self._now_ns >= image.arrived_ns + self.config.max_wait_ns
            if not (settled or wait_is_over or no_more_clouds):
                break
            self._waiting.popleft()
            if not settled and not no_more_clouds:
                self._overtaken.watch(
                    image.stamp_ns, arrived_ns=image.arrived_ns, difference_ns=improves_below_ns
                )
            self._decide(image, nearest, settled=settled)
        self._release_clouds()

    def _difference_ns(self, image: _WaitingImage[ImageT], cloud_stamp_ns: int) -> int:
        return cloud_stamp_ns + self.config.lidar_time_offset_ns - image.stamp_ns

    def _reach_ns(self) -> int:
        """How far after an image the cloud may be that it takes.

        Where a cloud serves one image only, an image must not take it from the next one, and a
        cloud that is more than half an image period later is nearer to the next one.
        """
        image_period_ns = self._image_stamps.period.period_ns
        if self.config.reuse_clouds or image_period_ns is None:
            return self.config.tolerance_ns
        return min(self.config.tolerance_ns, image_period_ns // 2)

    def _nearest_cloud(self, image: _WaitingImage[ImageT]) -> HeldCloud[CloudT] | None:
        wanted_ns = image.stamp_ns - self.config.lidar_time_offset_ns
        latest_ns = None if self.config.reuse_clouds else wanted_ns + self._reach_ns()
        return self._clouds.nearest_to(wanted_ns, latest_ns=latest_ns)

    def _improves_below_ns(
        self, image: _WaitingImage[ImageT], nearest: HeldCloud[CloudT] | None
    ) -> int:
        """A later cloud changes the answer if it differs from the image by less than this."""
        beyond_reach_ns = self._reach_ns() + 1
        if nearest is None:
            return beyond_reach_ns
        return min(beyond_reach_ns, abs(self._difference_ns(image, nearest.stamp_ns)))

    def _is_settled(self, image: _WaitingImage[ImageT], improves_below_ns: int) -> bool:
        """Whether no later cloud can change the answer.

        The next cloud comes no earlier than the shortest gap after the newest one, and if that is
        past the image and no improvement, the clouds after it are none either.
        """
        newest_ns = self._cloud_stamps.newest_ns
        if newest_ns is None:
            return False
        earliest_next_ns = newest_ns + self._cloud_stamps.period.shortest_gap_ns
        return self._difference_ns(image, earliest_next_ns) >= improves_below_ns

    def _decide(
        self, image: _WaitingImage[ImageT], nearest: HeldCloud[CloudT] | None, *, settled: bool
    ) -> None:
        """Answers for an image: a match within tolerance, or a drop."""
        if nearest is None:
            self._give_up(image, nearest_difference_ns=None)
            return
        difference_ns = self._difference_ns(image, nearest.stamp_ns)
        if abs(difference_ns) > self.config.tolerance_ns:
            self._give_up(image, nearest_difference_ns=difference_ns)
            return
        match = Match(
            image=image.image,
            cloud=nearest.cloud,
            image_stamp_ns=image.stamp_ns,
            cloud_stamp_ns=nearest.stamp_ns,
            aligned_cloud_stamp_ns=image.stamp_ns + difference_ns,
            waited_ns=min(self._now_ns - image.arrived_ns, self.config.max_wait_ns),
            settled=settled,
            epoch=self._journal.epoch,
        )
        self._journal.match(match, cloud_has_served=nearest.has_served)
        nearest.has_served = True
        if not self.config.reuse_clouds:
            self._clouds.remove(nearest)

    def _give_up(self, image: _WaitingImage[ImageT], *, nearest_difference_ns: int | None) -> None:
        newest_ns = self._cloud_stamps.newest_ns
        self._journal.drop_image(
            image.stamp_ns,
            image.image,
            DropReason.NO_CLOUD_WITHIN_TOLERANCE,
            nearest_difference_ns=nearest_difference_ns,
            newest_difference_ns=(
                None if newest_ns is None else self._difference_ns(image, newest_ns)
            ),
        )

    def _release_clouds(self) -> None:
        """Lets go of the clouds that neither a waiting nor a later image can take."""
        first_ns = self._waiting[0].stamp_ns if self._waiting else self._image_stamps.newest_ns
        if first_ns is None:
            return
        wanted_ns = first_ns - self.config.lidar_time_offset_ns
        if self.config.reuse_clouds:
            released = self._clouds.pop_superseded(wanted_ns)
        else:
            released = self._clouds.pop_before(wanted_ns - self.config.tolerance_ns)
        for held in released:
            self._drop_cloud(held, DropReason.UNUSED)

    def _drop_cloud(self, held: HeldCloud[CloudT], reason: DropReason) -> None:
        if not held.has_served:
            self._journal.drop_cloud(held.stamp_ns, held.cloud, reason)
