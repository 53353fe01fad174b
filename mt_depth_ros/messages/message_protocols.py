"""What the codecs read from a message: the fields of ROS 2's definitions, whoever made them.

rclpy's classes hold their bytes in an ``array.array('B')``, rosbags' dataclasses in a uint8
ndarray. Both satisfy these protocols, so live node and bag share one codec.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class TimeMessage(Protocol):
    """builtin_interfaces/Time."""

    sec: int
    nanosec: int


class HeaderMessage(Protocol):
    """std_msgs/Header."""

    stamp: TimeMessage
    frame_id: str


class ImageMessage(Protocol):
    """sensor_msgs/Image; ``data`` is anything with the buffer protocol."""

    header: HeaderMessage
    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: Any


class CompressedImageMessage(Protocol):
    """sensor_msgs/CompressedImage; ``data`` is anything with the buffer protocol."""

    header: HeaderMessage
    format: str
    data: Any


class PointFieldMessage(Protocol):
    """sensor_msgs/PointField."""

    name: str
    offset: int
    datatype: int
    count: int


class PointCloudMessage(Protocol):
    """sensor_msgs/PointCloud2; ``data`` is anything with the buffer protocol."""

    header: HeaderMessage
    height: int
    width: int
    fields: Sequence[PointFieldMessage]
    is_bigendian: bool
    point_step: int
    row_step: int
    data: Any


class RegionOfInterestMessage(Protocol):
    """sensor_msgs/RegionOfInterest."""

    x_offset: int
    y_offset: int
    height: int
    width: int
    do_rectify: bool


class CameraInfoMessage(Protocol):
    """sensor_msgs/CameraInfo; matrices are flat and row by row."""

    header: HeaderMessage
    height: int
    width: int
    distortion_model: str
    d: Any
    k: Any
    r: Any
    p: Any
    binning_x: int
    binning_y: int
    roi: RegionOfInterestMessage


class Vector3Message(Protocol):
    """geometry_msgs/Vector3."""

    x: float
    y: float
    z: float


class QuaternionMessage(Protocol):
    """geometry_msgs/Quaternion."""

    x: float
    y: float
    z: float
    w: float


class TransformMessage(Protocol):
    """geometry_msgs/Transform."""

    translation: Vector3Message
    rotation: QuaternionMessage


class TransformStampedMessage(Protocol):
    """geometry_msgs/TransformStamped."""

    header: HeaderMessage
    child_frame_id: str
    transform: TransformMessage


class TransformsMessage(Protocol):
    """tf2_msgs/TFMessage."""

    transforms: Sequence[TransformStampedMessage]
