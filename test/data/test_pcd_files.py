from pathlib import Path

import numpy as np
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.pcd_files import read_pcd

RECORD = np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('ring', '<u2'), ('t', '<f8')])
POINTS = np.array([(1, 2, 3, 7, 0.25), (4.5, -5, 6, 63, 0.5)], RECORD)


def header(storage: str, points: int = 2) -> bytes:
    return (
        '# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z ring t\n'
        'SIZE 4 4 4 2 8\nTYPE F F F U F\nCOUNT 1 1 1 1 1\n'
        f'WIDTH {points}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {points}\nDATA {storage}\n'
    ).encode()


def literals(plain: bytes) -> bytes:
    runs = [plain[start : start + 32] for start in range(0, len(plain), 32)]
    return b''.join(bytes([len(run) - 1]) + run for run in runs)


def compressed() -> bytes:
    plain = b''.join(POINTS[name].tobytes() for name in RECORD.names or ())
    packed = literals(plain)
    return np.array([len(packed), len(plain)], '<u4').tobytes() + packed


BODIES = {
    'ascii': b'1 2 3 7 0.25\n4.5 -5 6 63 0.5\n',
    'binary': POINTS.tobytes(),
    'binary_compressed': compressed(),
}


@pytest.mark.parametrize('storage', BODIES)
def test_every_storage_gives_the_same_fields(tmp_path: Path, storage: str) -> None:
    path = tmp_path / 'scan.pcd'
    path.write_bytes(header(storage) + BODIES[storage])

    fields = read_pcd(path)

    assert list(fields) == ['x', 'y', 'z', 'ring', 't']
    for name, values in fields.items():
        assert values.dtype == RECORD[name]
        np.testing.assert_array_equal(values, POINTS[name])


@pytest.mark.parametrize('storage', BODIES)
def test_a_truncated_file_is_refused(tmp_path: Path, storage: str) -> None:
    path = tmp_path / 'scan.pcd'
    path.write_bytes(header(storage) + BODIES[storage][:-6])

    with pytest.raises(DataFileError, match=r'scan.pcd: expected a PCD file.*announce'):
        read_pcd(path)


def test_missing_positions_in_ascii_are_nan(tmp_path: Path) -> None:
    path = tmp_path / 'scan.pcd'
    path.write_bytes(header('ascii', 1) + b'nan nan nan 3 0\n')

    assert np.isnan(read_pcd(path)['x']).all()


def test_fields_of_several_values_and_padding_are_read(tmp_path: Path) -> None:
    path = tmp_path / 'scan.pcd'
    path.write_bytes(
        b'VERSION 0.7\nFIELDS x _ normal _\nSIZE 4 1 4 1\nTYPE F U F U\nCOUNT 1 3 2 1\n'
        b'WIDTH 1\nHEIGHT 1\nPOINTS 1\nDATA binary\n'
        + np.float32(2.5).tobytes()
        + b'abc'
        + np.float32([0.5, -0.5]).tobytes()
        + b'd'
    )

    fields = read_pcd(path)

    assert fields['x'].tolist() == [2.5]
    assert fields['normal'].tolist() == [[0.5, -0.5]]


def test_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    path = tmp_path / 'scan.pcd'
    path.write_bytes((header('ascii') + BODIES['ascii']).replace(b'\n', b'\r\n'))

    np.testing.assert_array_equal(read_pcd(path)['x'], POINTS['x'])


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        (b'DATA ascii', b'DATA zipped', 'DATA zipped, supported are ascii'),
        (b'SIZE 4 4 4 2 8\n', b'', 'header without SIZE'),
        (b'TYPE F F F U F', b'TYPE F F Q U F', 'field z of type Q'),
        (b'SIZE 4 4 4 2 8', b'SIZE 4 4 4 2', 'argument'),
        (b'POINTS 2', b'POINTS many', 'invalid literal'),
        (b'DATA ascii\n', b'', 'no DATA line'),
        (b'4.5', b'4.5.6', 'could not convert'),
    ],
)
def test_a_damaged_header_is_refused_by_what_is_wrong(
    tmp_path: Path, old: bytes, new: bytes, message: str
) -> None:
    path = tmp_path / 'scan.pcd'
    path.write_bytes((header('ascii') + BODIES['ascii']).replace(old, new))

    with pytest.raises(DataFileError, match=message):
        read_pcd(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'none.pcd.*no such file'):
        read_pcd(tmp_path / 'none.pcd')
