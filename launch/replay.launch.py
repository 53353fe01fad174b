"""Plays a recording to the depth completion node and shows the result in RViz.

Every argument of depth_completion.launch.py holds here as well. For example:

    ros2 launch mt_depth_ros replay.launch.py bag:=drive/ image:=/camera/image_raw \
        camera_info:=/camera/camera_info points:=/velodyne_points fixed_frame:=camera_optical
"""

from pathlib import Path

from ament_index_python.resources import has_resource
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    Shutdown,
    TimerAction,
)
from launch.conditions import IfCondition
from launch.events.process import ProcessExited
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import (
    EnvironmentVariable,
    EqualsSubstitution,
    IfElseSubstitution,
    LaunchConfiguration,
    PathJoinSubstitution,
)
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare

from launch import Action, LaunchContext, LaunchDescription, SomeSubstitutionsType

CONFIG = PathJoinSubstitution([FindPackageShare('mt_depth_ros'), 'config'])
NODE_AND_RVIZ = str(Path(__file__).with_name('depth_completion.launch.py'))
CLOCK_HZ = '100'

ARGUMENTS = [
    DeclareLaunchArgument(
        'bag',
        description='The recording: a rosbag2 folder.',
    ),
    DeclareLaunchArgument(
        'player',
        default_value='ros2bag' if has_resource('packages', 'ros2bag') else 'mt_depth',
        choices=['ros2bag', 'mt_depth'],
        description='"ros2 bag play", or "mt_depth play" of this package, which is the default '
        'where rosbag2 is not installed.',
    ),
    DeclareLaunchArgument(
        'rate',
        default_value='1.0',
        description='Recorded seconds a second; less than 1 for a slow computer.',
    ),
    DeclareLaunchArgument(
        'loop',
        default_value='false',
        choices=['true', 'false'],
        description='Start again at the end.',
    ),
    DeclareLaunchArgument(
        'delay',
        default_value='5.0',
        description='Seconds before the recording starts, in which the node loads its model.',
    ),
    DeclareLaunchArgument(
        'stop_at_end',
        default_value='false',
        choices=['true', 'false'],
        description='End the node and RViz with the recording. A recording that cannot be played '
        'always ends them.',
    ),
    # The two of the included file whose defaults differ here.
    DeclareLaunchArgument(
        'rviz',
        default_value='true',
        choices=['true', 'false'],
        description='Show input and output in RViz.',
    ),
    DeclareLaunchArgument(
        'use_sim_time',
        default_value='true',
        choices=['true', 'false'],
        description='Take the time from the recording.',
    ),
]


def generate_launch_description() -> LaunchDescription:
    node_and_rviz = IncludeLaunchDescription(PythonLaunchDescriptionSource(NODE_AND_RVIZ))
    bag, rate = LaunchConfiguration('bag'), LaunchConfiguration('rate')
    ros2bag = play(
        'ros2bag',
        ['ros2', 'bag', 'play', bag, '--rate', rate, '--clock', CLOCK_HZ],
        ['--qos-profile-overrides-path', PathJoinSubstitution([CONFIG, 'rosbag2_qos.yaml'])],
        flag='--disable-keyboard-controls',
    )
    mt_depth = play(
        'mt_depth',
        [ExecutableInPackage(package='mt_depth_ros', executable='mt_depth'), 'play', bag],
        ['--rate', rate],
        flag='--clock',
    )
    player = TimerAction(period=LaunchConfiguration('delay'), actions=[ros2bag, mt_depth])
    return LaunchDescription([*ARGUMENTS, node_and_rviz, player])


def play(name: str, *command: list[SomeSubstitutionsType], flag: str) -> ExecuteProcess:
    # Empty words would reach the player as arguments, so where --loop is not wanted, the flag that
    # is there anyway takes its place.
    loop = IfElseSubstitution(LaunchConfiguration('loop'), if_value='--loop', else_value=flag)
    large_messages = PathJoinSubstitution([CONFIG, 'fastdds_large_messages.xml'])
    variable = 'FASTDDS_DEFAULT_PROFILES_FILE'
    return ExecuteProcess(
        cmd=[*(word for words in command for word in words), flag, loop],
        additional_env={variable: EnvironmentVariable(variable, default_value=large_messages)},
        condition=IfCondition(EqualsSubstitution(LaunchConfiguration('player'), name)),
        on_exit=stop_at_end,
        output='screen',
    )


def stop_at_end(event: ProcessExited, context: LaunchContext) -> Action:
    if event.returncode != 0:
        return Shutdown(reason='the recording could not be played')
    is_wanted = IfCondition(LaunchConfiguration('stop_at_end'))
    return Shutdown(reason='the recording has ended', condition=is_wanted)
