"""Point clouds to and from messages, by the names and offsets of their fields."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import AnyArray, ByteImage, FloatArray
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.messages.header_codec import frame_id_from, stamp_ns_from
from mt_depth_ros.messages.message_bytes import bytes_of
from mt_depth_ros.messages.message_layouts import PointCloudLayout, PointFieldLayout
from mt_depth_ros.messages.message_protocols import PointCloudMessage, PointFieldMessage

# sensor_msgs/PointField's numbers.
_NUMPY_TYPES = {1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4', 7: 'f4', 8: 'f8'}
_FLOAT32 = 7
_RING_NAMES = ('ring', 'channel', 'line')
_DRIVER_REMEDY = 'check the LiDAR driver'


def decode_point_cloud(message: PointCloudMessage, *, where: str) -> LidarScan:
    """Reads x, y, z and the laser number of every point that was measured.

    Any layout is read: float32 or float64, either byte order, padded points and rows, organised
    clouds. Points that are not finite are left out whatever ``is_dense`` says, and so are points
    at exactly 0, 0, 0, which is how some drivers mark a missing echo.

    Args:
        message: a sensor_msgs/PointCloud2.
        where: the topic, for errors.

    Raises:
        SensorInputError: with reason ``empty_cloud``, ``missing_xyz``, ``wrong_datatype``,
            ``bad_layout``, ``truncated_cloud``, ``all_nan_cloud`` or ``malformed_data``.
    """
    data = bytes_of(message.data, where=where)
    _check_extent(message, len(data), where)
    axes = [_axis_field(message, name, where) for name in 'xyz']
    points_m = _read_points(message, data, axes)
    ring = _read_ring(message, data, where)
    measured = _is_measured(points_m)
    if measured is not None:
        points_m = points_m[measured]
        ring = None if ring is None else ring[measured]
    if len(points_m) == 0:
        raise SensorInputError(
            reason='all_nan_cloud',
            expected='points with finite coordinates',
            got=f'{message.height * message.width} points, each NaN, infinite or 0, 0, 0',
            where=where,
            remedy='check that the LiDAR sees something and is not covered',
        )
    return LidarScan(
        points_m=points_m,
        stamp_ns=stamp_ns_from(message.header.stamp),
        frame_id=frame_id_from(message.header),
        ring=ring,
    )


def _check_extent(message: PointCloudMessage, num_bytes: int, where: str) -> None:
    """Refuses a cloud without points or whose points lie outside its data."""
    height, width = int(message.height), int(message.width)
    if height == 0 or width == 0:
        raise SensorInputError(
            reason='empty_cloud',
            expected='a cloud with points',
            got=f'{width} x {height} points',
            where=where,
            remedy='check that the LiDAR turns and sends',
        )
    row_bytes = width * int(message.point_step)
    if height > 1 and message.row_step < row_bytes:
        raise SensorInputError(
            reason='bad_layout',
            expected=f'row_step of at least {row_bytes} bytes for {width} points of '
            f'{message.point_step} bytes',
            got=f'row_step {message.row_step}',
            where=where,
            remedy=_DRIVER_REMEDY,
        )
    needed_bytes = (height - 1) * int(message.row_step) + row_bytes
    if num_bytes < needed_bytes:
        raise SensorInputError(
            reason='truncated_cloud',
            expected=f'{needed_bytes} bytes for {width} x {height} points of '
            f'{message.point_step} bytes',
            got=f'{num_bytes} bytes',
            where=where,
            remedy='check the LiDAR driver and the transport for cut messages',
        )


def _find_field(
    fields: Sequence[PointFieldMessage], names: Sequence[str]
) -> PointFieldMessage | None:
    return next((field for field in fields if field.name in names), None)


def _axis_field(message: PointCloudMessage, name: str, where: str) -> PointFieldMessage:
    field = _find_field(message.fields, [name])
    if field is None:
        raise SensorInputError(
            reason='missing_xyz',
            expected='fields x, y and z',
            got=f'fields {", ".join(known.name for known in message.fields) or "none"}',
            where=where,
            remedy='give the topic of a cloud of points, not of ranges or packets',
        )
    if field.datatype not in (7, 8) or field.count > 1:
        raise SensorInputError(
            reason='wrong_datatype',
            expected=f'one FLOAT32 (7) or FLOAT64 (8) as {name}',
            got=f'{field.count} of datatype {field.datatype}',
            where=where,
            remedy=_DRIVER_REMEDY,
        )
    _check_inside_point(message, field, where)
    return field


def _check_inside_point(message: PointCloudMessage, field: PointFieldMessage, where: str) -> None:
    end = int(field.offset) + np.dtype(_NUMPY_TYPES[field.datatype]).itemsize
    if end > message.point_step:
        raise SensorInputError(
            reason='bad_layout',
            expected=f'point_step of at least {end} bytes for field {field.name!r}',
            got=f'point_step {message.point_step}',
            where=where,
            remedy=_DRIVER_REMEDY,
        )


def _read_points(
    message: PointCloudMessage, data: NDArray[np.uint8], axes: list[PointFieldMessage]
) -> FloatArray:
    """(N, 3) float32, a copy; the usual x, y, z side by side go through one strided view."""
    first = axes[0]
    size = np.dtype(_NUMPY_TYPES[first.datatype]).itemsize
    is_side_by_side = all(
        axis.datatype == first.datatype and axis.offset == first.offset + index * size
        for index, axis in enumerate(axes)
    )
    with np.errstate(over='ignore'):  # float64 beyond float32 becomes infinite, then goes
        if is_side_by_side:
            return (
                _view_field(message, data, first, 3).astype(np.float32, order='C').reshape(-1, 3)
            )
        points_m = np.empty((message.height, message.width, 3), np.float32)
        for index, axis in enumerate(axes):
            points_m[..., index] = _view_field(message, data, axis, 1)[..., 0]
    return points_m.reshape(-1, 3)


def _read_ring(
    message: PointCloudMessage, data: NDArray[np.uint8], where: str
) -> NDArray[np.int32] | None:
    field = _find_field(message.fields, _RING_NAMES)
    if field is None or field.datatype not in range(1, 7) or field.count > 1:
        return None
    _check_inside_point(message, field, where)
    return _view_field(message, data, field, 1).astype(np.int32, order='C').reshape(-1)


def _view_field(
    message: PointCloudMessage, data: NDArray[np.uint8], field: PointFieldMessage, count: int
) -> AnyArray:
    """(height, width, count) view of a field and those right behind it."""
    order = '>' if message.is_bigendian else '<'
    dtype = np.dtype(order + _NUMPY_TYPES[field.datatype])
    return np.ndarray(
        (message.height, message.width, count),
        dtype,
        buffer=data,
        offset=field.offset,
        strides=(message.row_step, message.point_step, dtype.itemsize),
    )


def _is_measured(points_m: FloatArray) -> NDArray[np.bool_] | None:
    """(N,) bool, or None when every point is."""
    x, y, z = points_m.T
    measured = np.isfinite(x)
    measured &= np.isfinite(y)
    measured &= np.isfinite(z)
    measured &= (x != 0) | (y != 0) | (z != 0)
    return None if measured.all() else measured


def encode_cloud(points_m: FloatArray, colours_rgb: ByteImage) -> PointCloudLayout:
    """Lays out coloured points as x, y, z and rgb, 16 bytes a point, as RViz reads them.

    rgb is a FLOAT32 field whose bits are 0x00RRGGBB. Half the size of PCL's padded 32 bytes.

    Args:
        points_m: (N, 3) or organised (H, W, 3) float32 metres; NaN marks a missing point.
        colours_rgb: uint8 of the same shape.

    Raises:
        ValueError: the shapes or types are not these.
    """
    shape = points_m.shape
    if points_m.dtype != np.float32 or len(shape) not in (2, 3) or shape[-1] != 3:
        raise ValueError(f'points_m: expected (..., 3) float32, got {shape} {points_m.dtype}')
    if colours_rgb.dtype != np.uint8 or colours_rgb.shape != shape:
        raise ValueError(
            f'colours_rgb: expected {shape} uint8, got {colours_rgb.shape} {colours_rgb.dtype}'
        )
    height, width = shape[:2] if len(shape) == 3 else (1, shape[0])
    fields = [PointFieldLayout(name, 4 * i, _FLOAT32) for i, name in enumerate('xyz')]
    return PointCloudLayout(
        height=height,
        width=width,
        fields=(*fields, PointFieldLayout('rgb', 12, _FLOAT32)),
        is_bigendian=False,
        point_step=16,
        row_step=16 * width,
        is_dense=bool(np.isfinite(points_m).all()),
        data=_pack_xyzrgb(points_m, colours_rgb),
    )


def _pack_xyzrgb(points_m: FloatArray, colours_rgb: ByteImage) -> NDArray[np.uint8]:
    """(N * 16,) uint8. Both conversions of OpenCV only add a fourth channel, fast."""
    if points_m.size == 0:
        return np.empty(0, np.uint8)
    row = (1, -1, 3)
    packed = cv2.cvtColor(points_m.reshape(row), cv2.COLOR_RGB2RGBA).astype('<f4', copy=False)
    bgra = cv2.cvtColor(colours_rgb.reshape(row), cv2.COLOR_RGB2BGRA)
    packed.view('<u4')[0, :, 3] = bgra.view('<u4')[0, :, 0] & np.uint32(0x00FFFFFF)
    return packed.reshape(-1).view(np.uint8)
