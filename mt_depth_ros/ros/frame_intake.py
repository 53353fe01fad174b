"""What the callbacks do: store, match, and hand the newest pair to the worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node

from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.matching_events import Drop, DropReason, Match, Reset
from mt_depth_ros.core.matching_quality import MatchingQuality
from mt_depth_ros.ros.frame_assembly import MessagePair
from mt_depth_ros.ros.frame_ledger import FrameLedger
from mt_depth_ros.ros.pairing import PairEvent, Pairing
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.serialized_message import SerializedMessage

# Drops that say something is wrong with the input, and what to do about them; `other` is the one
# of camera and depth source that the dropped message is not of.
_ADVICE = {
    DropReason.ZERO_STAMP: 'have its driver stamp its messages: images and depth are matched by '
    'stamp',
    DropReason.DUPLICATE_STAMP: 'check that only one publisher sends on this topic',
    DropReason.OUT_OF_ORDER: 'check that only one publisher sends on this topic and that it '
    'sends in the order of the stamps',
    DropReason.NO_CLOUD_WITHIN_TOLERANCE: 'check that the depth source publishes and that both '
    'clocks agree; sync_tolerance, sync_max_wait and lidar_time_offset adjust the matching',
    DropReason.QUEUE_FULL: 'check that the {other} delivers, and the clocks of both',
}
# The shortest time from now that a deadline timer is armed for.
_SHORTEST_WAIT_NS = 1_000_000
# How much longer an image waits, for messages that came in time and are not taken yet.
_LAST_CALL_S = 0.001


class FrameIntake:
    """Pairs the messages that arrive. Executor's thread only.

    Args:
        node: gives the clock and the timer.
        pairing: forms the pairs.
        hand_over: takes the newest pair and gives back the one it supersedes, if any.
        ledger: where dropped images are entered.
        problems: where wrong input is reported.
    """

    def __init__(
        self,
        node: Node,
        pairing: Pairing,
        hand_over: Callable[[MessagePair], MessagePair | None],
        *,
        ledger: FrameLedger,
        problems: ProblemLog,
    ) -> None:
        self.pairing = pairing
        self.depth_dropped: Counter[str] = Counter()
        self.quality = MatchingQuality()
        self._node = node
        self._hand_over = hand_over
        self._ledger = ledger
        self._problems = problems
        # On the node's clock, so that waits follow simulated time.
        self._timer = node.create_timer(1.0, self._poll)
        self._timer.cancel()
        # On the steady clock: simulated time may stand still right after a deadline.
        self._last_call = node.create_timer(
            _LAST_CALL_S, self._decide, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )
        self._last_call.cancel()

    def add_image(self, message: SerializedMessage) -> None:
        """Takes in an image."""
        self._follow(self.pairing.add_image(message.stamp_ns, message, message.received_ns))

    def add_depth(self, message: SerializedMessage) -> None:
        """Takes in a scan or a sparse depth image."""
        self._follow(self.pairing.add_cloud(message.stamp_ns, message, message.received_ns))

    def follow(self, config: MatchingConfig) -> None:
        """Applies the rules as of now."""
        if config.lidar_time_offset_ns != self.pairing.config.lidar_time_offset_ns:
            # What was measured with another offset would have it corrected a second time.
            self.quality = MatchingQuality()
        self.pairing.config = config

    def refuse_image(self, reason: str) -> None:
        """Enters an image that cannot even be stored."""
        self._ledger.dropped(reason)

    def refuse_depth(self, reason: str) -> None:
        """Enters a scan or a sparse depth image that is not looked at."""
        self.depth_dropped[reason] += 1

    def reset(self) -> None:
        """Starts anew after a jump of the node's clock."""
        self._follow(self.pairing.reset(self._now_ns()))

    def destroy(self) -> None:
        """Ends the timer; images that still wait for depth are dropped."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_timer(self._last_call)
        statistics = self.pairing.statistics
        for _ in range(statistics.images.waiting if statistics is not None else 0):
            self._ledger.dropped('deactivated')

    def _poll(self) -> None:
        # Timers come before messages: what arrived in time may still be waiting to be taken.
        self._timer.cancel()
        self._last_call.reset()

    def _decide(self) -> None:
        self._last_call.cancel()
        self._follow(self.pairing.poll(self._now_ns()))

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _follow(self, events: list[PairEvent]) -> None:
        for event in events:
            self.quality.observe(event)
            if isinstance(event, Match):
                superseded = self._hand_over(MessagePair(image=event.image, depth=event.cloud))
                if superseded is not None:
                    self._ledger.dropped('superseded')
            elif isinstance(event, Reset):
                self._problems.report_text('time_reset', _reset_text(event), where=event.cause)
            else:
                self._dropped(event)
        self._arm()

    def _dropped(self, drop: Drop[SerializedMessage]) -> None:
        if drop.stream == 'image':
            self._ledger.dropped(drop.reason.value)
        else:
            self.depth_dropped[drop.reason.value] += 1
        advice = _ADVICE.get(drop.reason)
        if advice is None:
            return
        got = f'stamp {drop.stamp_ns / 1e9:.3f} s'
        if drop.reason is DropReason.NO_CLOUD_WITHIN_TOLERANCE:
            got += ', ' + _nearest_text(drop.nearest_difference_ns)
        text = f'{_EXPECTED[drop.reason]}, got {got}; {advice}'
        self._problems.report_text(
            drop.reason.value,
            f'{drop.item.topic}: '
            + text.format(other='depth source' if drop.stream == 'image' else 'camera'),
            where=drop.item.topic,
        )

    def _arm(self) -> None:
        self._last_call.cancel()
        deadline_ns = self.pairing.next_deadline_ns
        if deadline_ns is None:
            self._timer.cancel()
            return
        self._timer.timer_period_ns = max(deadline_ns - self._now_ns(), _SHORTEST_WAIT_NS)
        self._timer.reset()


_EXPECTED = {
    DropReason.ZERO_STAMP: 'expected a stamp',
    DropReason.DUPLICATE_STAMP: 'expected a stamp of its own for each message',
    DropReason.OUT_OF_ORDER: 'expected stamps that increase',
    DropReason.NO_CLOUD_WITHIN_TOLERANCE: 'expected depth within sync_tolerance of the image',
    DropReason.QUEUE_FULL: 'expected that the {other} delivers what it is to be paired with',
}


def _reset_text(reset: Reset) -> str:
    if reset.cause == 'caller':
        return (
            "clock: expected time that goes on, got a jump back of the node's clock; matching "
            'starts anew, which is right where a recording loops or simulated time was set back'
        )
    what = 'image' if reset.cause == 'image' else 'depth'
    return (
        f'{what} input: expected stamps that increase, got a step back of '
        f'{reset.stepped_back_ns / 1e9:.3f} s; matching starts anew, which is right where a '
        'recording loops; else check that only one publisher sends on this topic and that the '
        "sensor's clock is not being set"
    )


def _nearest_text(difference_ns: int | None) -> str:
    if difference_ns is None:
        return 'no depth held at all'
    side = 'after' if difference_ns > 0 else 'before'
    return f'the nearest depth {abs(difference_ns) / 1e6:.0f} ms {side} it'
