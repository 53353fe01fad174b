"""Two recordings that the stock Python synchronizer gets wrong, and ours beside it.

``pytest test/core/test_stamp_matching_stock.py -s`` prints the figures. The stock numbers need
``message_filters`` and the ROS messages; ours need neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import heapq
from typing import Any

import pytest

from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.matching_events import Match
from mt_depth_ros.core.stamp_matching import StampMatcher

MS = 1_000_000
SECOND = 1_000 * MS
CLOUDS = 50


@dataclass(frozen=True)
class Arrival:
    stream: str
    stamp_ns: int
    now_ns: int


@dataclass(frozen=True)
class Pair:
    image_stamp_ns: int
    cloud_stamp_ns: int

    @property
    def difference_ns(self) -> int:
        return abs(self.cloud_stamp_ns - self.image_stamp_ns)


def camera_and_lidar(*, phase_ms: float, image_late_ms: int, cloud_late_ms: int) -> list[Arrival]:
    """Five seconds of a 30 Hz camera and a 10 Hz LiDAR, in order of arrival.

    Args:
        phase_ms: from each cloud's stamp to the image next after it.
        image_late_ms: from an image's stamp to its arrival.
        cloud_late_ms: from a cloud's stamp to its arrival.
    """
    images = [SECOND + round(k * SECOND / 30 + phase_ms * MS) for k in range(3 * CLOUDS)]
    clouds = [SECOND + k * 100 * MS for k in range(CLOUDS)]
    return list(
        heapq.merge(
            (Arrival('image', stamp, stamp + image_late_ms * MS) for stamp in images),
            (Arrival('cloud', stamp, stamp + cloud_late_ms * MS) for stamp in clouds),
            key=lambda arrival: arrival.now_ns,
        )
    )


def late_camera() -> list[Arrival]:
    """Each cloud has an image 3.4 ms after it, which arrives 33.4 ms after the cloud."""
    return camera_and_lidar(phase_ms=3.4, image_late_ms=40, cloud_late_ms=10)


def one_pass() -> list[Arrival]:
    return camera_and_lidar(phase_ms=3.4, image_late_ms=0, cloud_late_ms=0)


def looped(recording: list[Arrival]) -> list[Arrival]:
    """The recording twice; the stamps start again, the arrival clock goes on."""
    duration_ns = recording[-1].now_ns - recording[0].now_ns + 33 * MS
    again = [
        Arrival(arrival.stream, arrival.stamp_ns, arrival.now_ns + duration_ns)
        for arrival in recording
    ]
    return recording + again


def our_pairs(arrivals: list[Arrival], config: MatchingConfig) -> list[Pair]:
    matcher: StampMatcher[None, None] = StampMatcher(config)
    events = []
    for arrival in arrivals:
        add = matcher.add_image if arrival.stream == 'image' else matcher.add_cloud
        events += add(arrival.stamp_ns, None, arrival.now_ns)
    events += matcher.flush(arrivals[-1].now_ns)
    return [
        Pair(event.image_stamp_ns, event.cloud_stamp_ns)
        for event in events
        if isinstance(event, Match)
    ]


StockPairs = Callable[[list[Arrival], float], list[Pair]]


@pytest.fixture
def stock_pairs() -> StockPairs:
    """The pairs of message_filters' ApproximateTimeSynchronizer, queue 10, at a slop in s."""
    reason = 'needs message_filters of a ROS 2 distribution'
    message_filters = pytest.importorskip('message_filters', reason=reason)
    messages = pytest.importorskip('sensor_msgs.msg', reason=reason)

    def stamped(message: Any, stamp_ns: int) -> Any:
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, SECOND)
        return message

    def stamp_ns(message: Any) -> int:
        return message.header.stamp.sec * SECOND + message.header.stamp.nanosec

    def run(arrivals: list[Arrival], slop_s: float) -> list[Pair]:
        pairs: list[Pair] = []
        images, clouds = message_filters.SimpleFilter(), message_filters.SimpleFilter()
        synchronizer = message_filters.ApproximateTimeSynchronizer([images, clouds], 10, slop_s)
        synchronizer.registerCallback(
            lambda image, cloud: pairs.append(Pair(stamp_ns(image), stamp_ns(cloud)))
        )
        for arrival in arrivals:
            if arrival.stream == 'image':
                images.signalMessage(stamped(messages.Image(), arrival.stamp_ns))
            else:
                clouds.signalMessage(stamped(messages.PointCloud2(), arrival.stamp_ns))
        return pairs

    return run


def best_ms_per_cloud(pairs: list[Pair]) -> float:
    """Mean over the clouds that were used of the difference of their best pair."""
    best_ns: dict[int, int] = {}
    for pair in pairs:
        known_ns = best_ns.get(pair.cloud_stamp_ns, pair.difference_ns)
        best_ns[pair.cloud_stamp_ns] = min(known_ns, pair.difference_ns)
    return sum(best_ns.values()) / len(best_ns) / MS


def report(case: str, who: str, result: str) -> None:
    print(f'\n{case:12s} {who:34s} {result}', end='')


ONCE = MatchingConfig(reuse_clouds=False)


class TestACameraThatArrivesAfterTheLidar:
    def test_every_cloud_gets_its_nearest_image_by_default(self):
        pairs = our_pairs(late_camera(), MatchingConfig())
        report('late camera', 'ours', f'{len(pairs)} pairs, {best_ms_per_cloud(pairs):.1f} ms')
        assert len({pair.cloud_stamp_ns for pair in pairs}) == CLOUDS
        assert best_ms_per_cloud(pairs) == pytest.approx(3.4, abs=0.1)

    def test_every_image_gets_the_best_cloud_of_the_recording_by_default(self):
        arrivals = late_camera()
        clouds = [arrival.stamp_ns for arrival in arrivals if arrival.stream == 'cloud']
        pairs = our_pairs(arrivals, MatchingConfig())
        # Only the last image, 70 ms after the last cloud, is out of tolerance.
        assert len(pairs) == 3 * CLOUDS - 1
        for pair in pairs:
            assert pair.difference_ns == min(abs(c - pair.image_stamp_ns) for c in clouds)

    def test_with_one_image_per_cloud_it_is_the_nearest_image(self):
        pairs = our_pairs(late_camera(), ONCE)
        report(
            'late camera',
            'ours, reuse_clouds=False',
            f'{len(pairs)} pairs, {best_ms_per_cloud(pairs):.1f} ms',
        )
        assert len(pairs) == CLOUDS
        assert best_ms_per_cloud(pairs) == pytest.approx(3.4, abs=0.1)

    def test_the_stock_synchronizer_takes_the_first_image_instead(self, stock_pairs: StockPairs):
        pairs = stock_pairs(late_camera(), 0.050)
        report(
            'late camera',
            'ApproximateTimeSynchronizer, 50 ms',
            f'{len(pairs)} pairs, {best_ms_per_cloud(pairs):.1f} ms',
        )
        assert best_ms_per_cloud(pairs) == pytest.approx(29.4, abs=1)


class TestABagThatLoops:
    @pytest.mark.parametrize(
        ('config', 'per_pass'), [(MatchingConfig(), 3 * CLOUDS - 1), (ONCE, CLOUDS)]
    )
    def test_the_second_pass_gives_what_the_first_gave(
        self, config: MatchingConfig, per_pass: int
    ):
        first = our_pairs(one_pass(), config)
        both = our_pairs(looped(one_pass()), config)
        who = 'ours' if config.reuse_clouds else 'ours, reuse_clouds=False'
        report('bag loop', who, f'{len(first)} pairs, then {len(both) - len(first)}')
        assert len(first) == per_pass
        assert both == first * 2

    def test_the_stock_synchronizer_stalls(self, stock_pairs: StockPairs):
        first = stock_pairs(one_pass(), 0.020)
        both = stock_pairs(looped(one_pass()), 0.020)
        report(
            'bag loop',
            'ApproximateTimeSynchronizer, 20 ms',
            f'{len(first)} pairs, then {len(both) - len(first)}',
        )
        assert len(first) == CLOUDS
        assert len(both) - len(first) <= CLOUDS // 5
