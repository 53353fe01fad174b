"""Pairs by our matching, and by the policies of message_filters where they are installed."""

from __future__ import annotations

import pytest
from sensor_msgs.msg import Image

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.matching_events import Drop, DropReason, Match, Reset
from mt_depth_ros.core.stamp_matching import StampMatcher
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.pairing import make_pairing, matching_config, MessageFiltersPairing
from mt_depth_ros.ros.serialized_message import SerializedMessage

MS = 1_000_000


def message(stamp_ns: int) -> SerializedMessage:
    return SerializedMessage(
        data=b'',
        message_type=Image,
        topic='/topic',
        stamp_ns=stamp_ns,
        frame_id='frame',
        received_ns=stamp_ns,
    )


@pytest.fixture
def message_filters():
    return pytest.importorskip(
        'message_filters', reason='needs message_filters of a ROS distribution'
    )


def test_nearest_is_our_own_matching_with_the_parameters_of_the_node() -> None:
    pairing = make_pairing(
        NodeConfig(sync_tolerance=0.02, sync_max_wait=0.5, lidar_time_offset=-0.05)
    )
    assert isinstance(pairing, StampMatcher)
    assert pairing.config.tolerance_ns == 20 * MS
    assert pairing.config.max_wait_ns == 500 * MS
    assert pairing.config.lidar_time_offset_ns == -50 * MS


def test_a_policy_that_is_not_installed_is_refused_with_what_to_do(monkeypatch) -> None:
    from mt_depth_ros.ros import home

    monkeypatch.setattr(home, 'find_spec', lambda name: None)
    with pytest.raises(ConfigError, match="sync_policy 'nearest' only"):
        make_pairing(NodeConfig(sync_policy='approximate'))


def test_approximate_pairs_inside_the_tolerance(message_filters) -> None:
    pairing = make_pairing(NodeConfig(sync_policy='approximate', sync_tolerance=0.02))
    assert isinstance(pairing, MessageFiltersPairing)
    assert pairing.add_image(100 * MS, message(100 * MS), 0) == []
    assert pairing.add_cloud(150 * MS, message(150 * MS), 0) == []
    assert pairing.next_deadline_ns is None
    (match,) = pairing.add_cloud(110 * MS, message(110 * MS), 130 * MS)
    assert isinstance(match, Match)
    assert (match.image_stamp_ns, match.cloud_stamp_ns) == (100 * MS, 110 * MS)
    assert match.difference_ns == 10 * MS


def test_the_sensor_offset_counts_for_the_stock_policies_too(message_filters) -> None:
    pairing = make_pairing(
        NodeConfig(sync_policy='approximate', sync_tolerance=0.02, lidar_time_offset=0.05)
    )
    pairing.add_cloud(60 * MS, message(60 * MS), 0)
    (match,) = pairing.add_image(100 * MS, message(100 * MS), 0)
    assert match.aligned_cloud_stamp_ns == 110 * MS


def test_exact_pairs_equal_stamps_only(message_filters) -> None:
    pairing = make_pairing(NodeConfig(sync_policy='exact'))
    assert pairing.add_image(100 * MS, message(100 * MS), 0) == []
    assert pairing.add_cloud(101 * MS, message(101 * MS), 0) == []
    (match,) = pairing.add_cloud(100 * MS, message(100 * MS), 0)
    assert match.difference_ns == 0


def test_stamps_of_zero_are_refused_under_the_stock_policies(message_filters) -> None:
    pairing = make_pairing(NodeConfig(sync_policy='exact'))
    (drop,) = pairing.add_image(0, message(0), 0)
    assert isinstance(drop, Drop)
    assert drop.reason is DropReason.ZERO_STAMP


def test_a_reset_empties_the_queues_of_the_stock_policies(message_filters) -> None:
    pairing = make_pairing(NodeConfig(sync_policy='exact'))
    pairing.add_image(100 * MS, message(100 * MS), 0)
    (event,) = pairing.reset(0)
    assert event == Reset(cause='caller', stepped_back_ns=0, epoch=1)
    assert pairing.add_cloud(100 * MS, message(100 * MS), 0) == []


def pairs(pairing, first: int, last: int) -> list[Match]:
    """The matches of one image and one cloud a tenth of a second, from one stamp to another."""
    events = []
    for stamp_ns in range(first * 100 * MS, last * 100 * MS, 100 * MS):
        events += pairing.add_cloud(stamp_ns, message(stamp_ns), 0)
        events += pairing.add_image(stamp_ns, message(stamp_ns), 0)
    return [event for event in events if isinstance(event, Match)]


@pytest.mark.parametrize('policy', ['approximate', 'exact'])
def test_a_recording_that_loops_starts_the_stock_policies_anew(message_filters, policy) -> None:
    pairing = make_pairing(NodeConfig(sync_policy=policy))

    # Clouds alone at the end of a loop fill the queue that new ones were pushed out of.
    def loop() -> list[Match]:
        matches = pairs(pairing, 10, 20)
        for stamp_ns in range(2000 * MS, 4000 * MS, 100 * MS):
            pairing.add_cloud(stamp_ns, message(stamp_ns), 0)
        return matches

    assert [len(loop()), len(loop())] == [10, 10]
    (event,) = pairing.add_image(1000 * MS, message(1000 * MS), 0)
    assert event == Reset(cause='image', stepped_back_ns=900 * MS, epoch=2)
    # The clouds have stepped back with it: that is one reset and not two.
    (match,) = pairing.add_cloud(1000 * MS, message(1000 * MS), 0)
    assert match.epoch == 2


def test_a_late_message_starts_nothing_anew(message_filters) -> None:
    pairing = make_pairing(NodeConfig(sync_policy='approximate', sync_tolerance=0.02))
    pairing.add_image(1000 * MS, message(1000 * MS), 0)
    pairing.add_image(1200 * MS, message(1200 * MS), 0)
    assert pairing.add_image(1100 * MS, message(1100 * MS), 0) == []
    (match,) = pairing.add_cloud(1100 * MS, message(1100 * MS), 0)
    assert (match.image_stamp_ns, match.epoch) == (1100 * MS, 0)


def test_a_tolerance_set_at_run_time_counts_for_the_stock_policies_too(message_filters) -> None:
    pairing = make_pairing(NodeConfig(sync_policy='approximate', sync_tolerance=0.02))
    pairing.config = matching_config(NodeConfig(sync_tolerance=0.2))
    pairing.add_image(1000 * MS, message(1000 * MS), 0)
    # A configuration that says the same again costs nothing of what is held.
    pairing.config = matching_config(NodeConfig(sync_tolerance=0.2))
    (match,) = pairing.add_cloud(1100 * MS, message(1100 * MS), 0)
    assert match.difference_ns == 100 * MS


@pytest.mark.parametrize('policy', ['approximate', 'exact'])
def test_the_node_works_with_the_stock_policies(message_filters, start_node, policy) -> None:
    live = start_node(parameters={'sync_policy': policy})
    live.check_it_goes_on()
    live.check_it_goes_on()
