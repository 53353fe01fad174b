"""LiDAR scans in files: KITTI ``.bin``, ``.npz`` (DDAD) and ``.pcd``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import AnyArray, FloatArray, Matrix
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.data.pcd_files import read_pcd

_KITTI_POINT_BYTES = 16
_NPZ_KEY = 'data'
_RING_FIELDS = ('ring',)
_TIME_FIELDS = ('timestamp', 'time', 't')


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PointFile:
    """The points of one file, without those that have no finite position.

    Attributes:
        points_m: (N, 3) float32 x, y, z metres in the sensor's frame, all finite.
        ring: (N,) int32 laser number, or None when the file does not tell.
        time_s: (N,) float64 time of each point as the file gives it, seconds, or None.
    """

    points_m: FloatArray
    ring: NDArray[np.int32] | None = None
    time_s: Matrix | None = None

    def __post_init__(self) -> None:
        check_array(self.points_m, name='points_m', shape=(None, 3), dtype='f4')
        if self.ring is not None:
            check_array(self.ring, name='ring', shape=(len(self.points_m),), dtype='i4')
        if self.time_s is not None:
            check_array(self.time_s, name='time_s', shape=(len(self.points_m),), dtype='f8')

    def as_scan(self, *, stamp_ns: int, frame_id: str) -> LidarScan:
        """The points as one sweep.

        Args:
            stamp_ns: nanoseconds; files of one frame carry none.
            frame_id: what to call the LiDAR's frame.
        """
        return LidarScan(
            points_m=self.points_m, stamp_ns=stamp_ns, frame_id=frame_id, ring=self.ring
        )


def read_points(path: Path) -> PointFile:
    """Reads a scan; the suffix tells the format.

    Args:
        path: ``.bin`` (KITTI: float32 x, y, z, reflectance), ``.npz`` (DDAD: array ``data`` of
            N x 4) or ``.pcd``.

    Raises:
        DataFileError: the file is missing, damaged, of another format, or has no points.
    """
    readers = {'.bin': _read_kitti, '.npz': _read_npz, '.pcd': _read_pcd}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _refused(path, f'one of {", ".join(readers)}', path.suffix or 'no suffix')
    if not path.is_file():
        raise _refused(path, f'a {path.suffix} file', 'no such file')
    points = reader(path)
    if len(points.points_m) == 0:
        raise _refused(path, 'points with finite x, y, z', 'none')
    return points


def _read_kitti(path: Path) -> PointFile:
    content = path.read_bytes()
    if len(content) % _KITTI_POINT_BYTES != 0:
        raise _refused(
            path,
            'a KITTI scan: float32 x, y, z, reflectance, 16 bytes a point',
            f'{len(content)} bytes, which is no multiple of 16',
        )
    return _kept(np.frombuffer(content, '<f4').reshape(-1, 4))


def _read_npz(path: Path) -> PointFile:
    expected = f'an .npz archive with an array {_NPZ_KEY!r} of N x 3 or more numbers'
    try:
        archive = np.load(path, allow_pickle=False)
        table = archive[_NPZ_KEY] if isinstance(archive, NpzFile) and _NPZ_KEY in archive else None
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise _refused(path, expected, f'{error}') from error
    if table is None:
        found = ', '.join(archive) if isinstance(archive, NpzFile) else 'a single array'
        raise _refused(path, expected, found)
    is_table = table.ndim == 2 and table.shape[1] >= 3 and np.issubdtype(table.dtype, np.number)
    if not is_table:
        raise _refused(path, expected, f'{table.dtype} of shape {table.shape}')
    return _kept(table)


def _read_pcd(path: Path) -> PointFile:
    fields = read_pcd(path)
    missing = [name for name in ('x', 'y', 'z') if name not in fields]
    if missing:
        raise _refused(path, 'fields x, y, z', f'fields {", ".join(fields)}')
    xyz = np.stack([fields[name] for name in ('x', 'y', 'z')], axis=1)
    return _kept(xyz, ring=_first(fields, _RING_FIELDS), time_s=_first(fields, _TIME_FIELDS))


def _first(fields: dict[str, AnyArray], names: tuple[str, ...]) -> AnyArray | None:
    return next((fields[name] for name in names if name in fields), None)


def _kept(
    table: AnyArray, *, ring: AnyArray | None = None, time_s: AnyArray | None = None
) -> PointFile:
    points_m = table[:, :3].astype(np.float32)
    is_finite = np.isfinite(points_m).all(axis=1)
    return PointFile(
        points_m=points_m[is_finite],
        ring=None if ring is None else ring[is_finite].astype(np.int32),
        time_s=None if time_s is None else time_s[is_finite].astype(np.float64),
    )


def _refused(path: Path, expected: str, got: str) -> DataFileError:
    return DataFileError(
        expected=expected, got=got, where=str(path), remedy='check the path and the file'
    )
