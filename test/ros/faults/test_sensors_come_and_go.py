"""Publishers that restart, and sensors that fall silent and return."""

from __future__ import annotations

import threading

import pytest


@pytest.fixture(scope='module')
def live(start_lasting_node):
    live = start_lasting_node(parameters={'report_period': 3600.0, 'sync_max_wait': 0.05})
    live.check_it_goes_on()
    return live


def test_publishers_restart(live, start_drivers) -> None:
    threads = threading.active_count()
    for _ in range(3):
        drivers = start_drivers(live)
        for _ in range(3):
            stamp_ns = live.next_stamp()
            drivers.send(stamp_ns)
            live.wait_for(stamp_ns)
        drivers.stop()
    assert threading.active_count() == threads
    live.check_it_goes_on()


def test_publishers_restart_with_stamps_from_the_beginning(live, start_drivers) -> None:
    """A driver whose clock starts at 1970 with each start of its own."""
    for start_ns in (1_000_000_000, 500_000_000):
        drivers = start_drivers(live)
        for number in range(3):
            stamp_ns = start_ns + number * 100_000_000 + 1
            drivers.send(stamp_ns)
        live.wait_for(stamp_ns)
        drivers.stop()
    live.check_it_goes_on()


def test_the_lidar_goes_and_comes_back(live, until, start_drivers) -> None:
    reason = 'no_cloud_within_tolerance'
    lidar = start_drivers(live, 'points')
    camera = start_drivers(live, 'camera_info', 'image')
    stamp_ns = live.next_stamp()
    lidar.send(stamp_ns)
    camera.send(stamp_ns)
    live.wait_for(stamp_ns)
    lidar.stop()
    dropped = live.node.ledger.state.dropped.get(reason, 0)
    alone_ns = [live.next_stamp() for _ in range(5)]
    for number, stamp_ns in enumerate(alone_ns):
        camera.send(stamp_ns)
        until(
            lambda n=number: live.node.ledger.state.dropped.get(reason, 0) == dropped + n + 1,
            'the drop',
        )
    (line,) = until(lambda: live.lines(f'[{reason}]'), 'the message')
    assert 'check that the depth source publishes' in line
    lidar = start_drivers(live, 'points')
    stamp_ns = live.next_stamp()
    lidar.send(stamp_ns)
    camera.send(stamp_ns)
    live.wait_for(stamp_ns)
    # Nothing came out for images without depth, not with the last scan either.
    assert [live.outputs(stamp) for stamp in alone_ns] == [{}] * 5


def test_the_camera_goes_and_comes_back(live, until, start_drivers) -> None:
    lidar = start_drivers(live, 'points')
    camera = start_drivers(live, 'camera_info', 'image')
    stamp_ns = live.next_stamp()
    lidar.send(stamp_ns)
    camera.send(stamp_ns)
    live.wait_for(stamp_ns)
    camera.stop()
    recorded = len(live.recorded)
    for _ in range(40):
        before = live.node.received['points']
        lidar.send(live.next_stamp())
        until(lambda n=before: live.node.received['points'] == n + 1, 'the scan')
    books = live.node._session.intake.pairing.statistics
    # Scans without images are let go, not gathered.
    assert books.clouds.waiting <= 16
    assert sum(books.clouds.dropped.values()) >= 40 - 16
    assert len(live.recorded) == recorded
    camera = start_drivers(live, 'camera_info', 'image')
    stamp_ns = live.next_stamp()
    lidar.send(stamp_ns)
    camera.send(stamp_ns)
    live.wait_for(stamp_ns)
