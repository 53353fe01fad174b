"""How well images and depth are matched, by hand-worked pairs."""

from __future__ import annotations

import math

import pytest

from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.matching_events import Drop, DropReason, Match, Reset
from mt_depth_ros.core.matching_quality import MatchingQuality
from mt_depth_ros.core.stamp_matching import StampMatcher

MS = 1_000_000


def match(image_ms: float, cloud_ms: float) -> Match[str, str]:
    image_ns, cloud_ns = round(image_ms * MS), round(cloud_ms * MS)
    return Match(
        image='image',
        cloud='cloud',
        image_stamp_ns=image_ns,
        cloud_stamp_ns=cloud_ns,
        aligned_cloud_stamp_ns=cloud_ns,
        waited_ns=0,
        settled=True,
        epoch=0,
    )


def missed(nearest_ms: float | None) -> Drop[str]:
    return Drop(
        stream='image',
        item='image',
        reason=DropReason.NO_CLOUD_WITHIN_TOLERANCE,
        stamp_ns=1,
        nearest_difference_ns=None if nearest_ms is None else round(nearest_ms * MS),
        epoch=0,
    )


def report_of(*events):
    quality = MatchingQuality()
    for event in events:
        quality.observe(event)
    return quality.report()


def test_before_anything_happened_nothing_is_claimed() -> None:
    report = report_of()
    assert (report.matched, report.missed) == (0, 0)
    assert math.isnan(report.ratio) and math.isnan(report.mismatch_p95_ms)
    assert math.isnan(report.offset_ms)


def test_ratio_and_mismatch() -> None:
    # Differences of 0 to 10 ms, on either side: the median is 5, the 95th percentile 9.5.
    matches = [match(100 * n, 100 * n + n * (-1) ** n) for n in range(11)]
    report = report_of(*matches, missed(None))
    assert report.ratio == pytest.approx(11 / 12)
    assert report.mismatch_p50_ms == pytest.approx(5.0)
    assert report.mismatch_p95_ms == pytest.approx(9.5)


def test_the_offset_is_that_of_the_nearest_image_of_each_cloud() -> None:
    # A 30 Hz camera that the LiDAR is 4 ms ahead of: each cloud serves three images.
    events = [
        match(100 * n + shift_ms, 100 * n - 4) for n in range(8) for shift_ms in (0.0, 33.3, -33.3)
    ]
    report = report_of(*events)
    assert report.offset_ms == pytest.approx(-4.0)
    assert report.offset_spread_ms == 0.0


def test_sensors_that_run_freely_have_a_spread() -> None:
    differences_ms = (-15, -10, -5, 0, 5, 10, 15, 15)
    report = report_of(*(match(100 * n, 100 * n + d) for n, d in enumerate(differences_ms)))
    # The last cloud may yet find a nearer image, so it does not count: median 0, and the
    # distances from it are 15, 10, 5, 0, 5, 10, 15, whose median is 10.
    assert (report.offset_ms, report.offset_spread_ms) == (0.0, 10.0)


def test_without_a_match_the_offset_is_that_of_the_misses() -> None:
    report = report_of(*(missed(-200.0 + n % 2) for n in range(9)))
    assert report.ratio == 0.0
    assert report.offset_ms == pytest.approx(-200.0)
    # Five at -200 and four at -199: the median distance is 0.
    assert report.offset_spread_ms == pytest.approx(0.0)


@pytest.mark.parametrize('ahead_s', [-5.0, 0.03, 2.0, 5.0])
def test_a_lidar_clock_that_is_ahead_is_told_as_far_ahead_as_it_is(ahead_s: float) -> None:
    """Of its clouds those of 1.6 s are held, so the nearest did not come with the image."""
    matcher = StampMatcher[str, str](MatchingConfig(tolerance_ns=20 * MS))
    quality = MatchingQuality()
    for index in range(50):
        stamp_ns = 1_000_000 * MS + index * 100 * MS
        cloud_ns = stamp_ns + round(ahead_s * 1000) * MS
        for event in (
            *matcher.add_cloud(cloud_ns, 'cloud', stamp_ns + 1 * MS),
            *matcher.add_image(stamp_ns, 'image', stamp_ns + 2 * MS),
        ):
            quality.observe(event)
    assert quality.report().matched == 0
    assert quality.report().offset_ms == pytest.approx(1000 * ahead_s)


def test_only_the_last_300_images_count() -> None:
    events = [missed(None)] * 500 + [match(100 * n, 100 * n) for n in range(300)]
    assert report_of(*events).ratio == 1.0


def test_a_reset_joins_no_cloud_with_one_of_before() -> None:
    reset = Reset(cause='image', stepped_back_ns=1, epoch=1)
    events = []
    for n in range(6):
        events += [match(1000, 1000 + n), reset]
    # The best pair of the cloud before each reset is not known to be final, so none is kept.
    assert math.isnan(report_of(*events).offset_ms)
