"""The launch file, the RViz config and the QoS files name what the node really has."""

from __future__ import annotations

import ast

import pytest
import yaml

from mt_depth_ros.ros import topics
from mt_depth_ros.ros.node_outputs import OUTPUT_TYPES

ARGUMENTS = {
    'image', 'camera_info', 'points', 'sparse_depth', 'namespace', 'params_file', 'use_sim_time',
    'rviz', 'fixed_frame', 'autostart', 'log_level',
}  # fmt: skip


@pytest.fixture
def launch_file(repository):
    return repository / 'launch/depth_completion.launch.py'


def test_every_argument_is_declared_at_the_top_with_a_description(launch_file) -> None:
    tree = ast.parse(launch_file.read_text(encoding='utf-8'))
    declared = {
        call.args[0].value: {keyword.arg for keyword in call.keywords}
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, 'id', '') == 'DeclareLaunchArgument'
    }
    assert set(declared) == ARGUMENTS
    for keywords in declared.values():
        assert {'default_value', 'description'} <= keywords


def test_the_launch_description_can_be_made(launch_file) -> None:
    launch = pytest.importorskip('launch', reason='needs ros2/launch')
    pytest.importorskip('launch_ros', reason='needs ros2/launch_ros')
    source = launch.launch_description_sources.PythonLaunchDescriptionSource(str(launch_file))
    description = source.get_launch_description(launch.LaunchContext())
    arguments = description.get_launch_arguments()
    assert {argument.name for argument in arguments} == ARGUMENTS
    assert all(argument.description for argument in arguments)


@pytest.fixture
def displays(repository):
    content = yaml.safe_load((repository / 'config/mt_depth.rviz').read_text(encoding='utf-8'))
    return {display['Name']: display for display in content['Visualization Manager']['Displays']}


def test_rviz_shows_topics_of_the_node_with_matching_types_and_qos(displays) -> None:
    classes = {'Image': 'Image', 'PointCloud2': 'PointCloud2'}
    outputs = {topic.removeprefix('~/'): kind.__name__ for topic, kind in OUTPUT_TYPES.values()}
    inputs = {topics.POINTS.removeprefix('~/'): 'PointCloud2', topics.IMAGE[2:]: 'Image'}
    shown = {name: display for name, display in displays.items() if 'Topic' in display}
    assert len(shown) == 6
    for name, display in shown.items():
        topic = display['Topic']['Value'].removeprefix(f'{topics.NODE_NAME}/')
        kind = {**outputs, **inputs}[topic]
        assert display['Class'] == f'rviz_default_plugins/{classes[kind]}', name
        # Inputs come from drivers, which may be best effort; what the node sends is reliable.
        expected = 'Best Effort' if topic in inputs else 'Reliable'
        assert display['Topic']['Reliability Policy'] == expected, name


def test_rviz_shows_depth_mask_confidence_both_clouds_and_frames(displays) -> None:
    assert {'Depth', 'Foreground mask', 'Confidence', 'Coloured cloud', 'Input cloud', 'TF'} <= (
        set(displays)
    )


def test_recorded_static_transforms_reach_late_joiners(repository) -> None:
    content = yaml.safe_load((repository / 'config/rosbag2_qos.yaml').read_text(encoding='utf-8'))
    assert content['/tf_static']['durability'] == 'transient_local'
    assert content['/tf_static']['reliability'] == 'reliable'
