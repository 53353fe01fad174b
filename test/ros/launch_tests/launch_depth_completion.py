"""depth_completion.launch.py: names, parameters, and RViz that fails beside the node."""

from __future__ import annotations

import os
import unittest

from launch.actions import IncludeLaunchDescription, SetLaunchConfiguration
from launch.launch_description_sources import PythonLaunchDescriptionSource
import launch_testing.actions
import launch_testing.asserts
from peer import Peer, STOP_TIMEOUT_S, TIMEOUT_S

from launch import LaunchDescription

ARGUMENTS = {
    'namespace': 'front',
    'image': 'camera/image_raw',
    'camera_info': 'camera/camera_info',
    'points': '/lidar/points',
    'sparse_depth': '/lidar/sparse_depth',
    'params_file': os.environ['PARAMS_FILE'],
    'use_sim_time': 'true',
    'rviz': 'true',
    'fixed_frame': 'lidar_frame',
    'autostart': 'true',
    'log_level': 'warn',
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


class TestNodeAndRviz(unittest.TestCase):
    def setUp(self) -> None:
        self.peer = Peer()

    def tearDown(self) -> None:
        self.peer.close()

    def test_inputs_are_remapped_and_relative_ones_follow_the_namespace(self) -> None:
        for topic in (
            '/front/camera/image_raw',
            '/front/camera/camera_info',
            '/lidar/points',
            '/lidar/sparse_depth',
        ):
            self.peer.wait_for_subscribers(topic)

    def test_parameters_come_from_the_file_and_the_arguments(self) -> None:
        values = self.peer.parameters(
            '/front/depth_completion', 'model', 'use_sim_time', 'autostart'
        )
        assert values == ['nearest', True, True]

    def test_the_node_goes_on_without_rviz(self, proc_info, proc_output) -> None:
        if os.environ['RVIZ_IS_INSTALLED'] == 'true':
            # The stand-in prints how it was called and fails, as RViz without a screen does.
            proc_info.assertWaitForShutdown('rviz2', timeout=TIMEOUT_S)
            for words in (
                "/config/mt_depth.rviz', '-f', 'lidar_frame'",
                "'__ns:=/front'",
                "'depth_completion/input/image:=camera/image_raw'",
                "'depth_completion/input/points:=/lidar/points'",
            ):
                proc_output.assertWaitFor(words, process='rviz2', stream='stdout')
        else:
            assert not [name for name in proc_info.process_names() if 'rviz2' in name]
        assert self.peer.parameters('/front/depth_completion', 'model') == ['nearest']


@launch_testing.post_shutdown_test()
class TestExitCodes(unittest.TestCase):
    def test_the_node_ended_cleanly(self, proc_info) -> None:
        launch_testing.asserts.assertExitCodes(proc_info, process='depth_completion_node')
