"""Two nodes in two namespaces that share one LiDAR, side by side."""

from __future__ import annotations

import pytest
from sensor_msgs.msg import PointCloud2

LIDAR = '/shared_lidar/points'


@pytest.fixture
def two_nodes(start_node):
    remap = ['--ros-args', '-r', f'~/input/points:={LIDAR}']
    return [
        start_node(parameters={'model': model}, cli_args=remap) for model in ('nearest', 'linear')
    ]


def all_have_met(lidar, live_nodes) -> bool:
    readers = live_nodes[0].peer.count_subscribers(LIDAR)
    return lidar.get_subscription_count() == readers and all(
        live.has_met(lidar) for live in live_nodes
    )


def test_each_answers_its_own_camera_from_the_lidar_they_share(two_nodes, until) -> None:
    left, right = two_nodes
    assert left.name != right.name
    lidar = left.peer.create_publisher(PointCloud2, LIDAR, 20)
    until(lambda: all_have_met(lidar, two_nodes), 'both nodes on the LiDAR')
    stamps_ns = []
    for _ in range(3):
        stamps_ns.append(left.next_stamp())
        lidar.publish(left.messages.points(stamps_ns[-1]))
        for live in two_nodes:
            live.send_frame(stamps_ns[-1], points=None)
        for live in two_nodes:
            live.wait_for(stamps_ns[-1], 'depth', 'cloud')
    for live in two_nodes:
        depth = [item for item in list(live.recorded) if item.output == 'depth']
        assert [item.stamp_ns for item in depth] == stamps_ns


def test_one_goes_on_while_the_other_has_no_images(two_nodes, until) -> None:
    left, right = two_nodes
    lidar = left.peer.create_publisher(PointCloud2, LIDAR, 20)
    until(lambda: all_have_met(lidar, two_nodes), 'both nodes on the LiDAR')
    stamp_ns = left.next_stamp()
    lidar.publish(left.messages.points(stamp_ns))
    left.send_frame(stamp_ns, points=None)
    left.wait_for(stamp_ns, 'depth')
    assert not right.outputs(stamp_ns)
