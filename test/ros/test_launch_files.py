"""The launch files, the RViz config and the QoS files name what the node really has."""

from __future__ import annotations

import ast

import pytest
import yaml

from mt_depth_ros.ros import topics
from mt_depth_ros.ros.node_outputs import OUTPUT_TYPES

NODE_ARGUMENTS = {
    'image', 'camera_info', 'points', 'sparse_depth', 'namespace', 'params_file', 'use_sim_time',
    'rviz', 'fixed_frame', 'autostart', 'log_level',
}  # fmt: skip
PLAYBACK_ARGUMENTS = {'bag', 'player', 'rate', 'loop', 'delay', 'stop_at_end'}
# What each file declares itself, and all that it takes.
ARGUMENTS = {
    'depth_completion': (NODE_ARGUMENTS, NODE_ARGUMENTS),
    'replay': (
        {*PLAYBACK_ARGUMENTS, 'rviz', 'use_sim_time'},
        PLAYBACK_ARGUMENTS | NODE_ARGUMENTS,
    ),
    'multi_camera': ({'cameras', 'points'}, {'cameras', *NODE_ARGUMENTS} - {'namespace'}),
}
WITHOUT_DEFAULT = {'bag', 'cameras'}


def test_every_launch_file_is_checked_here(repository) -> None:
    files = {path.name for path in (repository / 'launch').iterdir() if path.is_file()}
    assert files == {f'{name}.launch.py' for name in ARGUMENTS}


@pytest.mark.parametrize('name', ARGUMENTS)
def test_every_argument_is_declared_at_the_top_with_a_description(repository, name) -> None:
    tree = ast.parse((repository / f'launch/{name}.launch.py').read_text(encoding='utf-8'))
    declared = {
        call.args[0].value: {keyword.arg for keyword in call.keywords}
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and getattr(call.func, 'id', '') == 'DeclareLaunchArgument'
    }
    assert set(declared) == ARGUMENTS[name][0]
    for argument, keywords in declared.items():
        assert 'description' in keywords
        assert ('default_value' in keywords) == (argument not in WITHOUT_DEFAULT)


@pytest.mark.parametrize('name', ARGUMENTS)
def test_show_args_shows_every_argument_once(repository, name) -> None:
    launch = pytest.importorskip('launch', reason='needs ros2/launch')
    pytest.importorskip('launch_ros', reason='needs ros2/launch_ros')
    path = repository / f'launch/{name}.launch.py'
    source = launch.launch_description_sources.PythonLaunchDescriptionSource(str(path))
    arguments = source.get_launch_description(launch.LaunchContext()).get_launch_arguments()
    assert sorted(argument.name for argument in arguments) == sorted(ARGUMENTS[name][1])
    assert all(argument.description for argument in arguments)


@pytest.mark.parametrize('name', ARGUMENTS)
def test_the_readme_names_every_argument(repository, name) -> None:
    text = (repository / 'README.md').read_text(encoding='utf-8')
    section = text.partition('### Launch files')[2].partition('\n### ')[0]
    assert f'`{name}.launch.py`' in section
    for argument in ARGUMENTS[name][1]:
        assert f'`{argument}`' in section, argument


@pytest.fixture
def config(repository):
    content = yaml.safe_load((repository / 'config/mt_depth.rviz').read_text(encoding='utf-8'))
    return content['Visualization Manager']


@pytest.fixture
def displays(config):
    return {display['Name']: display for display in config['Displays']}


def test_rviz_shows_topics_of_the_node_with_matching_types_and_qos(displays) -> None:
    classes = {'Image': 'Image', 'PointCloud2': 'PointCloud2'}
    outputs = {topic.removeprefix('~/'): kind.__name__ for topic, kind in OUTPUT_TYPES.values()}
    inputs = {topics.POINTS.removeprefix('~/'): 'PointCloud2', topics.IMAGE[2:]: 'Image'}
    shown = {name: display for name, display in displays.items() if 'Topic' in display}
    assert len(shown) == 6
    for name, display in shown.items():
        qos = display['Topic']
        prefix, _, topic = qos['Value'].partition('/')
        assert prefix == topics.NODE_NAME
        kind = {**outputs, **inputs}[topic]
        assert display['Class'] == f'rviz_default_plugins/{classes[kind]}', name
        # Inputs come from drivers, which may be best effort; what the node sends is reliable.
        expected = 'Best Effort' if topic in inputs else 'Reliable'
        assert qos['Reliability Policy'] == expected, name
        # Newest only, and volatile, as nothing of the node is kept for late joiners.
        assert (qos['History Policy'], qos['Depth']) == ('Keep Last', 1), name
        assert qos['Durability Policy'] == 'Volatile', name


def test_rviz_draws_everything_in_the_frame_that_is_given_at_launch(config, displays) -> None:
    assert config['Global Options']['Fixed Frame'] == 'map'
    for name in ('Coloured cloud', 'Input cloud'):
        assert displays[name]['Use Fixed Frame'] is True
    assert displays['Grid']['Reference Frame'] == '<Fixed Frame>'
    assert config['Views']['Current']['Target Frame'] == '<Fixed Frame>'
    assert displays['Depth']['Normalize Range'] is False
    assert displays['Confidence']['Max Value'] == 1


def test_rviz_uses_only_classes_that_it_has(config) -> None:
    shown = {item['Class'] for key in ('Displays', 'Tools') for item in config[key]}
    assert shown <= {
        f'rviz_default_plugins/{name}'
        for name in (
            'PointCloud2', 'Image', 'TF', 'Grid', 'MoveCamera', 'Select', 'FocusCamera', 'Measure',
        )
    }  # fmt: skip
    assert config['Views']['Current']['Class'] == 'rviz_default_plugins/Orbit'


def test_rviz_shows_depth_mask_confidence_both_clouds_and_frames(displays) -> None:
    assert {'Depth', 'Foreground mask', 'Confidence', 'Coloured cloud', 'Input cloud', 'TF'} <= (
        set(displays)
    )


def test_recorded_static_transforms_reach_late_joiners(repository) -> None:
    content = yaml.safe_load((repository / 'config/rosbag2_qos.yaml').read_text(encoding='utf-8'))
    assert content['/tf_static']['durability'] == 'transient_local'
    assert content['/tf_static']['reliability'] == 'reliable'
