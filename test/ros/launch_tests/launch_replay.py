"""replay.launch.py: a recording goes to the node, and dense depth comes out."""

from __future__ import annotations

import os
import unittest

from launch.actions import IncludeLaunchDescription, SetLaunchConfiguration
from launch.launch_description_sources import PythonLaunchDescriptionSource
import launch_testing.actions
import launch_testing.asserts
from peer import Peer, STOP_TIMEOUT_S
from sensor_msgs.msg import Image

from launch import LaunchDescription

ARGUMENTS = {
    'bag': os.environ['BAG'],
    'player': 'mt_depth',
    'loop': 'true',
    'delay': '1',
    'rate': '0.5',
    'rviz': 'false',
    'image': '/camera/image_raw',
    'camera_info': '/camera/camera_info',
    'points': '/lidar/points',
    'params_file': os.environ['PARAMS_FILE'],
}


def generate_test_description() -> LaunchDescription:
    source = PythonLaunchDescriptionSource(os.environ['LAUNCH_FILE'])
    return LaunchDescription(
        [
            SetLaunchConfiguration('sigterm_timeout', STOP_TIMEOUT_S),
            IncludeLaunchDescription(source, launch_arguments=ARGUMENTS.items()),
            launch_testing.actions.ReadyToTest(),
        ]
    )


class TestReplay(unittest.TestCase):
    def test_depth_comes_out_with_recorded_stamps(self) -> None:
        peer, depth = Peer(), []
        try:
            topic = '/depth_completion/depth/image_rect'
            peer.node.create_subscription(Image, topic, depth.append, 10)
            peer.wait_until(lambda: len(depth) >= 3, 'depth images')
        finally:
            peer.close()
        assert {image.encoding for image in depth} == {'32FC1'}
        assert {image.header.frame_id for image in depth} == {'camera_optical'}
        assert all(image.header.stamp.sec == 1_700_000_000 for image in depth)


@launch_testing.post_shutdown_test()
class TestExitCodes(unittest.TestCase):
    def test_player_and_node_ended_cleanly(self, proc_info) -> None:
        launch_testing.asserts.assertExitCodes(proc_info)
