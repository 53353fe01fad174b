from pathlib import Path

import numpy as np
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.ply_files import read_ply, write_ply

POINTS_M = np.float32([[1, 2, 3], [-4.5, 0, 6]])
COLOURS_RGB = np.uint8([[255, 0, 10], [1, 2, 3]])


def test_a_cloud_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_ply(tmp_path / 'cloud.ply', POINTS_M, COLOURS_RGB)

    points_m, colours_rgb = read_ply(tmp_path / 'cloud.ply')

    np.testing.assert_array_equal(points_m, POINTS_M)
    np.testing.assert_array_equal(colours_rgb, COLOURS_RGB)


def test_the_file_is_what_the_format_says_byte_for_byte(tmp_path: Path) -> None:
    write_ply(tmp_path / 'cloud.ply', POINTS_M[:1], COLOURS_RGB[:1])

    assert (tmp_path / 'cloud.ply').read_bytes() == (
        b'ply\nformat binary_little_endian 1.0\nelement vertex 1\n'
        b'property float x\nproperty float y\nproperty float z\n'
        b'property uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n'
        b'\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\xff\x00\x0a'
    )


def test_an_empty_cloud_is_a_valid_file(tmp_path: Path) -> None:
    write_ply(tmp_path / 'cloud.ply', POINTS_M[:0], COLOURS_RGB[:0])

    points_m, colours_rgb = read_ply(tmp_path / 'cloud.ply')

    assert points_m.shape == colours_rgb.shape == (0, 3)


def test_points_and_colours_of_different_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'colours_rgb: expected shape \(2, 3\), got \(1, 3\)'):
        write_ply(tmp_path / 'cloud.ply', POINTS_M, COLOURS_RGB[:1])


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / 'cloud.ply'
    with pytest.raises(DataFileError, match='no such file'):
        read_ply(path)
    write_ply(path, POINTS_M, COLOURS_RGB)
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(DataFileError, match='29 bytes of points for 2 points'):
        read_ply(path)
    path.write_bytes(content.replace(b'binary_little_endian', b'ascii'))
    with pytest.raises(DataFileError, match='another header'):
        read_ply(path)
