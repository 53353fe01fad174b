"""What the encoders make: the fields of a ROS message without a header or a message class.

``ros/`` and ``bag/`` copy them into the message classes of their own home.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import Matrix


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ImageLayout:
    """The fields of a sensor_msgs/Image.

    Attributes:
        height, width: pixels.
        encoding: name out of sensor_msgs/image_encodings.hpp.
        is_bigendian: byte order of ``data``.
        step: bytes a row.
        data: (height * step,) uint8, contiguous; may share memory with what was encoded.
    """

    height: int
    width: int
    encoding: str
    is_bigendian: bool
    step: int
    data: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CompressedImageLayout:
    """The fields of a sensor_msgs/CompressedImage.

    Attributes:
        format: what image_transport's plugins write, e.g. ``'16UC1; compressedDepth png'``.
        data: (N,) uint8.
    """

    format: str
    data: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PointFieldLayout:
    """The fields of a sensor_msgs/PointField.

    Attributes:
        name: what is measured.
        offset: bytes from the start of a point.
        datatype: number out of sensor_msgs/PointField, 7 = FLOAT32.
        count: values in the field.
    """

    name: str
    offset: int
    datatype: int
    count: int = 1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PointCloudLayout:
    """The fields of a sensor_msgs/PointCloud2.

    Attributes:
        height, width: points; height is 1 for a cloud without rows.
        fields: where in a point each value lies.
        is_bigendian: byte order of ``data``.
        point_step: bytes a point.
        row_step: bytes a row.
        is_dense: whether every point is finite.
        data: (height * row_step,) uint8, contiguous.
    """

    height: int
    width: int
    fields: tuple[PointFieldLayout, ...]
    is_bigendian: bool
    point_step: int
    row_step: int
    is_dense: bool
    data: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CameraInfoLayout:
    """The fields of a sensor_msgs/CameraInfo without binning and region of interest.

    Attributes:
        height, width: pixels.
        distortion_model: name out of sensor_msgs/distortion_models.hpp.
        d: distortion coefficients.
        k: (9,) float64 intrinsics, row by row.
        r: (9,) float64 rectifying rotation, row by row.
        p: (12,) float64 projection, row by row.
    """

    height: int
    width: int
    distortion_model: str
    d: Matrix
    k: Matrix
    r: Matrix
    p: Matrix
