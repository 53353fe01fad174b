"""Whether this Python has ROS 2 at all."""

from __future__ import annotations

from importlib.util import find_spec

from mt_depth_ros.core.errors import ConfigError


def require_rclpy() -> None:
    """Raises where rclpy cannot be imported.

    Raises:
        ConfigError: it is not installed, or the distribution is not sourced.
    """
    if find_spec('rclpy') is None:
        raise ConfigError(
            expected='the ROS 2 client library rclpy',
            got='no such module',
            where='this Python',
            remedy="source your distribution's setup.bash, or install the wheels: "
            "pip install 'mt_depth_ros[ros]'",
        )
