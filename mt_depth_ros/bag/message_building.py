"""Layouts of our codec as the message dataclasses that bags are written from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from mt_depth_ros.bag.standard_types import (
    CAMERA_INFO_TYPE,
    COMPRESSED_IMAGE_TYPE,
    IMAGE_TYPE,
    POINT_CLOUD_TYPE,
    standard_types,
    TRANSFORMS_TYPE,
)
from mt_depth_ros.core.transforms import StampedTransform
from mt_depth_ros.messages.header_codec import stamp_parts
from mt_depth_ros.messages.message_layouts import (
    CameraInfoLayout,
    CompressedImageLayout,
    ImageLayout,
    PointCloudLayout,
)
from mt_depth_ros.messages.transform_codec import quaternion_from_rotation


def make_image(layout: ImageLayout, stamp_ns: int, frame_id: str) -> Any:
    """A sensor_msgs/Image.

    Args:
        layout: its content.
        stamp_ns: the header's stamp, nanoseconds.
        frame_id: the header's frame.
    """
    return _make(
        IMAGE_TYPE,
        header=_make_header(stamp_ns, frame_id),
        height=layout.height,
        width=layout.width,
        encoding=layout.encoding,
        is_bigendian=int(layout.is_bigendian),
        step=layout.step,
        data=layout.data,
    )


def make_compressed_image(layout: CompressedImageLayout, stamp_ns: int, frame_id: str) -> Any:
    """A sensor_msgs/CompressedImage; arguments as :func:`make_image`."""
    header = _make_header(stamp_ns, frame_id)
    return _make(COMPRESSED_IMAGE_TYPE, header=header, format=layout.format, data=layout.data)


def make_point_cloud(layout: PointCloudLayout, stamp_ns: int, frame_id: str) -> Any:
    """A sensor_msgs/PointCloud2; arguments as :func:`make_image`."""
    return _make(
        POINT_CLOUD_TYPE,
        header=_make_header(stamp_ns, frame_id),
        height=layout.height,
        width=layout.width,
        fields=[_make('sensor_msgs/msg/PointField', **asdict(field)) for field in layout.fields],
        is_bigendian=layout.is_bigendian,
        point_step=layout.point_step,
        row_step=layout.row_step,
        data=layout.data,
        is_dense=layout.is_dense,
    )


def make_camera_info(layout: CameraInfoLayout, stamp_ns: int, frame_id: str) -> Any:
    """A sensor_msgs/CameraInfo of the whole image; arguments as :func:`make_image`."""
    whole = {'x_offset': 0, 'y_offset': 0, 'height': 0, 'width': 0, 'do_rectify': False}
    return _make(
        CAMERA_INFO_TYPE,
        header=_make_header(stamp_ns, frame_id),
        height=layout.height,
        width=layout.width,
        distortion_model=layout.distortion_model,
        d=layout.d,
        k=layout.k,
        r=layout.r,
        p=layout.p,
        binning_x=0,
        binning_y=0,
        roi=_make('sensor_msgs/msg/RegionOfInterest', **whole),
    )


def make_transforms(transforms: Sequence[StampedTransform]) -> Any:
    """A tf2_msgs/TFMessage.

    Args:
        transforms: with their own stamps.
    """
    return _make(TRANSFORMS_TYPE, transforms=[_make_transform(each) for each in transforms])


def _make_transform(stamped: StampedTransform) -> Any:
    x, y, z = stamped.transform.translation_m.tolist()
    qx, qy, qz, qw = quaternion_from_rotation(stamped.transform.rotation)
    return _make(
        'geometry_msgs/msg/TransformStamped',
        header=_make_header(stamped.stamp_ns, stamped.parent_frame),
        child_frame_id=stamped.child_frame,
        transform=_make(
            'geometry_msgs/msg/Transform',
            translation=_make('geometry_msgs/msg/Vector3', x=x, y=y, z=z),
            rotation=_make('geometry_msgs/msg/Quaternion', x=qx, y=qy, z=qz, w=qw),
        ),
    )


def _make_header(stamp_ns: int, frame_id: str) -> Any:
    sec, nanosec = stamp_parts(stamp_ns)
    stamp = _make('builtin_interfaces/msg/Time', sec=sec, nanosec=nanosec)
    return _make('std_msgs/msg/Header', stamp=stamp, frame_id=frame_id)


def _make(type_name: str, **fields: Any) -> Any:
    return standard_types().types[type_name](**fields)
