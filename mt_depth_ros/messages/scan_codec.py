"""LiDAR scans as drivers publish them: x, y, z, intensity, ring and time of each point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import FloatArray
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.messages.message_layouts import PointCloudLayout, PointFieldLayout

_UINT16, _FLOAT32 = 4, 7
_LARGEST_RING = 65535
_POINT = np.dtype(
    {
        'names': ['x', 'y', 'z', 'intensity', 'ring', 'time'],
        'formats': ['<f4', '<f4', '<f4', '<f4', '<u2', '<f4'],
        'offsets': [0, 4, 8, 12, 16, 18],
        'itemsize': 22,
    }
)
_DATATYPES = {'<f4': _FLOAT32, '<u2': _UINT16}


def encode_scan(
    points_m: FloatArray,
    *,
    ring: NDArray[np.int32],
    intensity: FloatArray | None = None,
    time_s: FloatArray | None = None,
) -> PointCloudLayout:
    """Lays out a scan as the Velodyne driver does.

    Args:
        points_m: (N, 3) float32 metres in the LiDAR's frame; NaN marks no return.
        ring: (N,) int32 laser number, 0 to 65535.
        intensity: (N,) float32; None: zeros.
        time_s: (N,) float32 seconds since the scan's stamp; None: zeros.

    Raises:
        ValueError: a shape, a type or a ring is not this.
    """
    count = len(points_m)
    check_array(points_m, name='points_m', shape=(None, 3), dtype='f4')
    check_array(ring, name='ring', shape=(count,), dtype='i4')
    # A wrapped number would merge two rings.
    if count and not 0 <= ring.min() <= ring.max() <= _LARGEST_RING:
        raise ValueError(f'ring: expected 0 to {_LARGEST_RING}, got {ring.min()} to {ring.max()}')
    points = np.zeros(count, _POINT)
    points['x'], points['y'], points['z'] = points_m.T
    points['ring'] = ring
    for name, values in (('intensity', intensity), ('time', time_s)):
        if values is not None:
            check_array(values, name=name, shape=(count,), dtype='f4')
            points[name] = values
    fields = _POINT.fields
    assert fields is not None
    return PointCloudLayout(
        height=1,
        width=count,
        fields=tuple(
            PointFieldLayout(name, fields[name][1], _DATATYPES[fields[name][0].str])
            for name in _POINT.names or ()
        ),
        is_bigendian=False,
        point_step=_POINT.itemsize,
        row_step=_POINT.itemsize * count,
        is_dense=bool(np.isfinite(points_m).all()),
        data=points.view(np.uint8),
    )
