"""Coloured point clouds as PLY, binary little-endian: what MeshLab and CloudCompare open."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mt_depth_ros.core.arrays import ByteImage, FloatArray
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.errors import DataFileError

_VERTEX = np.dtype(
    [
        ('x', '<f4'),
        ('y', '<f4'),
        ('z', '<f4'),
        ('red', 'u1'),
        ('green', 'u1'),
        ('blue', 'u1'),
    ]
)
_PROPERTIES = ''.join(
    f'property {"float" if _VERTEX[name].kind == "f" else "uchar"} {name}\n'
    for name in _VERTEX.names or ()
)
_HEADER = (
    'ply\nformat binary_little_endian 1.0\nelement vertex {count}\n' + _PROPERTIES + 'end_header\n'
)


def write_ply(path: Path, points_m: FloatArray, colours_rgb: ByteImage) -> None:
    """Writes a cloud.

    Args:
        path: the file to write.
        points_m: (N, 3) float32 metres.
        colours_rgb: (N, 3) uint8.

    Raises:
        ValueError: an array has the wrong shape or dtype.
    """
    check_array(points_m, name='points_m', shape=(None, 3), dtype='f4')
    check_array(colours_rgb, name='colours_rgb', shape=(len(points_m), 3), dtype='u1')
    vertices = np.empty(len(points_m), _VERTEX)
    for column, name in enumerate(('x', 'y', 'z')):
        vertices[name] = points_m[:, column]
    for column, name in enumerate(('red', 'green', 'blue')):
        vertices[name] = colours_rgb[:, column]
    header = _HEADER.format(count=len(points_m))
    path.write_bytes(header.encode('ascii') + vertices.tobytes())


def read_ply(path: Path) -> tuple[FloatArray, ByteImage]:
    """Reads a cloud that :func:`write_ply` wrote.

    Returns:
        (N, 3) float32 metres and (N, 3) uint8 red, green, blue.

    Raises:
        DataFileError: the file is missing, damaged or of another layout.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise _refused(path, 'no such file') from error
    head, end, body = content.partition(b'end_header\n')
    count = _vertex_count(head + end)
    if count is None:
        raise _refused(path, 'another header')
    if len(body) != count * _VERTEX.itemsize:
        raise _refused(path, f'{len(body)} bytes of points for {count} points')
    vertices = np.frombuffer(body, _VERTEX)
    points_m = np.stack([vertices[name] for name in ('x', 'y', 'z')], axis=1)
    colours_rgb = np.stack([vertices[name] for name in ('red', 'green', 'blue')], axis=1)
    return points_m.astype(np.float32, copy=False), colours_rgb


def _vertex_count(header: bytes) -> int | None:
    """The number of points, or None when this is not our header."""
    before, after = (part.encode('ascii') for part in _HEADER.split('{count}'))
    digits = header.removeprefix(before).removesuffix(after)
    is_ours = header == before + digits + after and digits.isdigit()
    return int(digits) if is_ours else None


def _refused(path: Path, got: str) -> DataFileError:
    return DataFileError(
        expected='a binary little-endian PLY with float x, y, z and uchar red, green, blue',
        got=got,
        where=str(path),
        remedy='check the path, or write the cloud again',
    )
