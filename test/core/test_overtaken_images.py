"""Which images were decided too early, and the wait they would have needed."""

from __future__ import annotations

from mt_depth_ros.core.overtaken_images import OvertakenImages


def watching(stamp_ns: int, *, arrived_ns: int, difference_ns: int) -> OvertakenImages:
    overtaken = OvertakenImages()
    overtaken.watch(stamp_ns, arrived_ns=arrived_ns, difference_ns=difference_ns)
    return overtaken


def test_nothing_was_overtaken_at_first():
    assert (OvertakenImages().count, OvertakenImages().wait_needed_ns) == (0, 0)


def test_a_cloud_no_nearer_than_the_answer_overtakes_nobody():
    overtaken = watching(1000, arrived_ns=0, difference_ns=50)
    overtaken.observe_cloud(950, 100)
    overtaken.observe_cloud(1050, 200)
    assert overtaken.count == 0


def test_an_image_counts_once_however_many_nearer_clouds_follow():
    overtaken = watching(1000, arrived_ns=0, difference_ns=50)
    overtaken.observe_cloud(960, 100)
    overtaken.observe_cloud(990, 200)
    assert overtaken.count == 1
    assert overtaken.wait_needed_ns == 201


def test_a_cloud_nearer_than_the_answer_but_not_than_the_first_late_one_asks_no_longer_wait():
    overtaken = watching(1000, arrived_ns=0, difference_ns=50)
    overtaken.observe_cloud(990, 100)
    overtaken.observe_cloud(1020, 200)
    assert overtaken.wait_needed_ns == 101


def test_the_wait_needed_follows_the_recent_past():
    overtaken = watching(1000, arrived_ns=0, difference_ns=50)
    overtaken.observe_cloud(1000, 900)
    for count in range(20):
        stamp_ns = 2000 + 1000 * count
        overtaken.watch(stamp_ns, arrived_ns=stamp_ns, difference_ns=50)
        overtaken.observe_cloud(stamp_ns, stamp_ns + 30)
    assert overtaken.count == 21
    assert overtaken.wait_needed_ns == 31
