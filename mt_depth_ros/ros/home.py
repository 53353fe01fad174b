"""Which ROS packages this home has, and what stands in for the missing ones.

Two homes: a ROS 2 distribution, where every package below exists, and plain Python, where rclpy
and the message packages come as wheels and some packages do not exist at all. The rest of ``ros/``
asks here and nowhere else.

================== ==========================================================================
missing package    what is used instead
================== ==========================================================================
tf2_msgs           no transform topics: extrinsics come from the parameter static_transforms
tf2_ros            static transforms only (our own tree): moving extrinsics cannot be followed
message_filters    sync_policy ``nearest`` (our own) only
cv_bridge          colour encodings of our own codec only: no Bayer, no YUV
================== ==========================================================================
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from mt_depth_ros.core.errors import ConfigError

SUBSTITUTES = {
    'tf2_msgs': 'extrinsics come from the parameter static_transforms, not from /tf_static',
    'tf2_ros': 'static transforms only: extrinsics that move cannot be followed',
    'message_filters': "sync_policy 'nearest' only",
    'cv_bridge': 'no Bayer and no YUV images',
}


def optional_package(name: str) -> ModuleType | None:
    """A package of a ROS distribution, or None where this home does not have it.

    Args:
        name: a key of :data:`SUBSTITUTES`, or a module inside it.
    """
    package = name.partition('.')[0]
    if package not in SUBSTITUTES:
        raise ValueError(f'expected one of {sorted(SUBSTITUTES)}, got {package!r}')
    if find_spec(package) is None:
        return None
    return import_module(name)


def required_package(name: str, *, for_what: str) -> ModuleType:
    """The same, where the user asked for something that cannot do without.

    Args:
        name: a key of :data:`SUBSTITUTES`.
        for_what: the parameter and value that need it.

    Raises:
        ConfigError: the package is not installed.
    """
    package = optional_package(name)
    if package is None:
        raise ConfigError(
            expected=f'the ROS package {name}, which {for_what} needs',
            got='it is not installed',
            where=for_what,
            remedy=f'install it (ros-$ROS_DISTRO-{name.replace("_", "-")}), or do without: '
            f'{SUBSTITUTES[name]}',
        )
    return package


def missing_packages() -> dict[str, str]:
    """What this home lacks: package name -> what is used instead."""
    return {name: text for name, text in SUBSTITUTES.items() if find_spec(name) is None}
