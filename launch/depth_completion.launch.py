"""Starts the depth completion node, and RViz if asked to.

For example, with a recording played by ``ros2 bag play --clock``:

    ros2 launch mt_depth_ros depth_completion.launch.py image:=/camera/image_raw \
        camera_info:=/camera/camera_info points:=/velodyne_points use_sim_time:=true rviz:=true
"""

from ament_index_python.resources import has_resource
from launch.actions import DeclareLaunchArgument, LogInfo, OpaqueFunction
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

from launch import Action, LaunchContext, LaunchDescription

SHARE = FindPackageShare('mt_depth_ros')

ARGUMENTS = [
    DeclareLaunchArgument(
        'image',
        default_value='image',
        description='Topic of the colour images. With image_transport "compressed" in the '
        'parameters, the JPEG or PNG images are read from this name + "/compressed".',
    ),
    DeclareLaunchArgument(
        'camera_info',
        default_value='camera_info',
        description='Topic of the calibration of these images.',
    ),
    DeclareLaunchArgument(
        'points',
        default_value='points',
        description='Topic of the LiDAR scans (PointCloud2).',
    ),
    DeclareLaunchArgument(
        'sparse_depth',
        default_value='sparse_depth',
        description='Topic of sparse depth images, instead of LiDAR scans.',
    ),
    DeclareLaunchArgument(
        'namespace',
        default_value='',
        description='Namespace of the node, e.g. front_camera; relative topics follow it.',
    ),
    DeclareLaunchArgument(
        'params_file',
        default_value=PathJoinSubstitution([SHARE, 'config', 'depth_completion.yaml']),
        description='Parameters of the node; the default file explains each of them.',
    ),
    DeclareLaunchArgument(
        'use_sim_time',
        default_value='',
        choices=['', 'true', 'false'],
        description='Take the time from /clock: for recordings and simulators. Empty: as '
        'params_file says, which is false where it says nothing.',
    ),
    DeclareLaunchArgument(
        'rviz',
        default_value='false',
        choices=['true', 'false'],
        description='Show input and output in RViz. The node runs on where RViz is missing, fails '
        'or is closed.',
    ),
    DeclareLaunchArgument(
        'fixed_frame',
        default_value='map',
        description='Frame that RViz draws in: one that /tf connects to the camera, or the '
        'frame of the camera itself.',
    ),
    DeclareLaunchArgument(
        'autostart',
        default_value='',
        choices=['', 'true', 'false'],
        description='Configure and activate the node by itself. false: wait for '
        '"ros2 lifecycle set NODE configure" and "... activate". Empty: as params_file says, '
        'which is true where it says nothing.',
    ),
    DeclareLaunchArgument(
        'log_level',
        default_value='info',
        choices=['debug', 'info', 'warn', 'error', 'fatal'],
        description='Least severity that the node logs.',
    ),
]


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=start)])


def start(context: LaunchContext) -> list[Action]:
    # These win over the parameters file, so only those that are given may be passed, and which
    # are is known at launch only. This function does that alone; the rest is declared.
    asked = {name: context.launch_configurations[name] for name in ('use_sim_time', 'autostart')}
    parameters = {name: value == 'true' for name, value in asked.items() if value}
    inputs = ('image', 'camera_info', 'points', 'sparse_depth')
    node = Node(
        package='mt_depth_ros',
        executable='depth_completion_node',
        name='depth_completion',
        namespace=LaunchConfiguration('namespace'),
        parameters=[parameters] if parameters else [],
        remappings=[(f'~/input/{name}', LaunchConfiguration(name)) for name in inputs],
        # As an argument, a parameters file that is not there ends the node; among `parameters`
        # it would only be warned of.
        arguments=[
            '--ros-args',
            '--params-file', LaunchConfiguration('params_file'),
            '--log-level', LaunchConfiguration('log_level'),
        ],
        output='screen',
        emulate_tty=True,
    )  # fmt: skip
    return [node, start_rviz(use_sim_time=parameters.get('use_sim_time', False), inputs=inputs)]


def start_rviz(*, use_sim_time: bool, inputs: tuple[str, ...]) -> Action:
    is_wanted = IfCondition(LaunchConfiguration('rviz'))
    # Asked beforehand, as a package that is not found would end the launch and the node with it.
    if not has_resource('packages', 'rviz2'):
        text = 'rviz:=true, but there is no RViz here: install the package rviz2'
        return LogInfo(msg=text, condition=is_wanted)
    # The displays name the node's topics relative to its namespace, and the input by these names.
    return Node(
        package='rviz2',
        executable='rviz2',
        namespace=LaunchConfiguration('namespace'),
        parameters=[{'use_sim_time': use_sim_time}],
        remappings=[
            (f'depth_completion/input/{name}', LaunchConfiguration(name)) for name in inputs
        ],
        arguments=[
            '-d', PathJoinSubstitution([SHARE, 'config', 'mt_depth.rviz']),
            '-f', LaunchConfiguration('fixed_frame'),
        ],
        condition=is_wanted,
        output='screen',
    )  # fmt: skip
