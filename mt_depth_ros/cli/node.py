"""``mt_depth node``: the ROS 2 node, for homes without ``ros2 run``."""

from __future__ import annotations

import typer

CONTEXT_SETTINGS = {'allow_extra_args': True, 'ignore_unknown_options': True}


def node(context: typer.Context) -> None:
    """Runs the node; arguments go to ROS as they are.

    [bold]Example:[/bold] mt_depth node --ros-args -r '~/input/image:=/camera/image_raw'
    -r '~/input/camera_info:=/camera/camera_info' -r '~/input/points:=/lidar/points'
    """
    from mt_depth_ros.cli.ros_home import require_rclpy

    require_rclpy()
    from mt_depth_ros.ros.main import main

    raise typer.Exit(main(context.args))
