"""Starts one depth completion node for each of several cameras that share one LiDAR.

Each camera has a namespace with its topics below it; its node runs there too. For example, for
/front/image_raw, /front/camera_info, /left/image_raw, /left/camera_info and /lidar/points:

    ros2 launch mt_depth_ros multi_camera.launch.py cameras:=front,left image:=image_raw \
        points:=/lidar/points

The nodes are /front/depth_completion and /left/depth_completion. One parameters file serves all;
sections with these names in it hold for one camera only.
"""

from pathlib import Path

from launch.actions import (
    DeclareLaunchArgument,
    GroupAction,
    IncludeLaunchDescription,
    OpaqueFunction,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource

from launch import Action, LaunchContext, LaunchDescription

ONE_CAMERA = str(Path(__file__).with_name('depth_completion.launch.py'))

ARGUMENTS = [
    DeclareLaunchArgument(
        'cameras',
        description='Namespaces of the cameras, separated by commas, e.g. front,left.',
    ),
    DeclareLaunchArgument(
        'points',
        default_value='/points',
        description='Topic of the LiDAR scans that all cameras share.',
    ),
]


def generate_launch_description() -> LaunchDescription:
    # The other arguments are those of one camera, with the same words; topics without a leading
    # slash are looked for below each camera's namespace.
    one_camera = PythonLaunchDescriptionSource(ONE_CAMERA)
    own = {'namespace', *(argument.name for argument in ARGUMENTS)}
    shared = [
        argument
        for argument in one_camera.get_launch_description(LaunchContext()).get_launch_arguments()
        if argument.name not in own
    ]
    return LaunchDescription([*ARGUMENTS, *shared, OpaqueFunction(function=start_cameras)])


def start_cameras(context: LaunchContext) -> list[Action]:
    # How many cameras there are is known at launch only, and no substitution splits a list. This
    # function does that alone; the rest is declared.
    names = [
        name.strip().rstrip('/') for name in context.launch_configurations['cameras'].split(',')
    ]
    # front and /front are two names of one camera.
    if not all(names) or len({name.lstrip('/') for name in names}) != len(names):
        raise ValueError(
            f'cameras: expected different names separated by commas, got {",".join(names)!r}'
        )
    return [start_camera(name) for name in names]


def start_camera(name: str) -> Action:
    source = PythonLaunchDescriptionSource(ONE_CAMERA)
    include = IncludeLaunchDescription(source, launch_arguments={'namespace': name}.items())
    return GroupAction([include])
