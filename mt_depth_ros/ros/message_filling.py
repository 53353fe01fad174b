"""Layouts of our codec as messages of this ROS home."""

from __future__ import annotations

from array import array
from dataclasses import asdict

from builtin_interfaces.msg import Time
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CameraInfo, Image, PointCloud2, PointField
from std_msgs.msg import Header

from mt_depth_ros.messages.header_codec import stamp_parts
from mt_depth_ros.messages.message_layouts import (
    CameraInfoLayout,
    ImageLayout,
    PointCloudLayout,
)


def make_header(stamp_ns: int, frame_id: str) -> Header:
    """A header.

    Args:
        stamp_ns: nanoseconds.
        frame_id: the frame.
    """
    sec, nanosec = stamp_parts(stamp_ns)
    return Header(stamp=Time(sec=sec, nanosec=nanosec), frame_id=frame_id)


def make_image(layout: ImageLayout, header: Header) -> Image:
    """A sensor_msgs/Image."""
    message = Image(header=header)
    for name in ('height', 'width', 'encoding', 'step'):
        setattr(message, name, getattr(layout, name))
    message.is_bigendian = int(layout.is_bigendian)
    message.data = byte_array(layout.data)
    return message


def make_point_cloud(layout: PointCloudLayout, header: Header) -> PointCloud2:
    """A sensor_msgs/PointCloud2."""
    message = PointCloud2(header=header)
    for name in ('height', 'width', 'is_bigendian', 'point_step', 'row_step', 'is_dense'):
        setattr(message, name, getattr(layout, name))
    message.fields = [PointField(**asdict(field)) for field in layout.fields]
    message.data = byte_array(layout.data)
    return message


def make_camera_info(layout: CameraInfoLayout, header: Header) -> CameraInfo:
    """A sensor_msgs/CameraInfo."""
    message = CameraInfo(header=header)
    for name in ('height', 'width', 'distortion_model', 'k', 'r', 'p'):
        setattr(message, name, getattr(layout, name))
    message.d = layout.d.tolist()
    return message


def byte_array(data: NDArray[np.uint8]) -> array[int]:
    """Bytes in the one form that rclpy takes fast with and without its field checks.

    Args:
        data: (N,) uint8, contiguous.
    """
    content = array('B')
    content.frombytes(data.data)
    return content
