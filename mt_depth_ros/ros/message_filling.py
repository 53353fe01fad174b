"""Layouts of our codec as messages of this ROS home."""

from __future__ import annotations

from array import array
from dataclasses import asdict

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Quaternion, Transform, TransformStamped, Vector3
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CameraInfo, Image, PointCloud2, PointField
from std_msgs.msg import Header

from mt_depth_ros.core.transforms import StampedTransform
from mt_depth_ros.messages.header_codec import stamp_parts
from mt_depth_ros.messages.message_layouts import (
    CameraInfoLayout,
    ImageLayout,
    PointCloudLayout,
)
from mt_depth_ros.messages.transform_codec import quaternion_from_rotation


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


def make_transform(stamped: StampedTransform) -> TransformStamped:
    """A geometry_msgs/TransformStamped."""
    x, y, z = stamped.transform.translation_m.tolist()
    qx, qy, qz, qw = quaternion_from_rotation(stamped.transform.rotation)
    return TransformStamped(
        header=make_header(stamped.stamp_ns, stamped.parent_frame),
        child_frame_id=stamped.child_frame,
        transform=Transform(
            translation=Vector3(x=x, y=y, z=z), rotation=Quaternion(x=qx, y=qy, z=qz, w=qw)
        ),
    )


def byte_array(data: NDArray[np.uint8]) -> array[int]:
    """Bytes in the one form that rclpy takes fast with and without its field checks.

    Args:
        data: (N,) uint8, contiguous.
    """
    content = array('B')
    content.frombytes(data.data)
    return content
