"""multi_camera.launch.py: one node for each camera, and one LiDAR for all."""

from __future__ import annotations

import os
import unittest

from launch.actions import IncludeLaunchDescription, SetLaunchConfiguration
from launch.launch_description_sources import PythonLaunchDescriptionSource
import launch_testing.actions
import launch_testing.asserts
from peer import Peer, STOP_TIMEOUT_S

from launch import LaunchDescription

ARGUMENTS = {
    'cameras': 'front, rig/left',
    'image': 'image_raw',
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


class TestNodes(unittest.TestCase):
    def setUp(self) -> None:
        self.peer = Peer()

    def tearDown(self) -> None:
        self.peer.close()

    def test_each_camera_has_its_topics_and_all_share_the_lidar(self) -> None:
        for camera in ('/front', '/rig/left'):
            self.peer.wait_for_subscribers(f'{camera}/image_raw')
            self.peer.wait_for_subscribers(f'{camera}/camera_info')
        self.peer.wait_for_subscribers('/lidar/points', 2)

    def test_each_node_can_have_parameters_of_its_own(self) -> None:
        models = [
            self.peer.parameters(f'{camera}/depth_completion', 'model')
            for camera in ('/front', '/rig/left')
        ]
        assert models == [['nearest'], ['linear']]


@launch_testing.post_shutdown_test()
class TestExitCodes(unittest.TestCase):
    def test_the_nodes_ended_cleanly(self, proc_info) -> None:
        launch_testing.asserts.assertExitCodes(proc_info)
