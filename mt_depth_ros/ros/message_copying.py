"""Messages of other libraries as rclpy's: rosbags' dataclasses have the same fields."""

from __future__ import annotations

from array import array
from importlib import import_module
from typing import Any

import numpy as np

from mt_depth_ros.core.errors import DataFileError


def message_class(type_name: str) -> Any:
    """Rclpy's class of a message type.

    Args:
        type_name: e.g. ``'sensor_msgs/msg/Image'``.

    Raises:
        DataFileError: this ROS home does not have the package or the message.
    """
    package, _, name = type_name.partition('/')
    name = name.rpartition('/')[2]
    try:
        return getattr(import_module(f'{package}.msg'), name)
    except (ImportError, AttributeError) as error:
        raise DataFileError(
            expected='a message type of this ROS installation',
            got=repr(type_name),
            where='messages to publish',
            remedy=f'install the ROS package {package}, or leave this topic out',
        ) from error


def copy_message(source: Any, target_class: Any) -> Any:
    """A message with the same content as rclpy's class.

    Args:
        source: any object with the fields of the definition, such as rosbags' dataclasses.
        target_class: rclpy's class of the same definition.
    """
    target = target_class()
    for name, type_name in target.get_fields_and_field_types().items():
        value = _copy_value(getattr(source, name), getattr(target, name), type_name)
        setattr(target, name, value)
    return target


def _copy_value(value: Any, default: Any, type_name: str) -> Any:
    """One field's value, of the type that rclpy's fresh message has there."""
    if hasattr(default, 'get_fields_and_field_types'):
        return copy_message(value, type(default))
    if isinstance(default, array):
        content = array(default.typecode)
        content.frombytes(np.asarray(value, dtype=default.typecode).tobytes())
        return content
    if isinstance(default, np.ndarray):
        return np.asarray(value, dtype=default.dtype)
    if isinstance(default, list):
        if '/' not in type_name:
            return list(value)
        element_class = message_class(_element_type(type_name))
        return [copy_message(element, element_class) for element in value]
    return type(default)(value)


def _element_type(type_name: str) -> str:
    """``'sequence<sensor_msgs/PointField>'`` -> ``'sensor_msgs/PointField'``."""
    inner = type_name.removeprefix('sequence<').removesuffix('>')
    return inner.partition('[')[0].partition(',')[0].strip()
