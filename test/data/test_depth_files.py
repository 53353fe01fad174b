from pathlib import Path

import cv2
import numpy as np
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.depth_files import DepthFormat, read_depth, write_depth

PNG_FORMATS = [DepthFormat.KITTI, DepthFormat.MILLIMETRES, DepthFormat.VIRTUAL_KITTI]


@pytest.mark.parametrize(
    ('depth_format', 'code', 'depth_m'),
    [
        (DepthFormat.KITTI, 2560, 10.0),
        (DepthFormat.MILLIMETRES, 1234, 1.234),
        (DepthFormat.VIRTUAL_KITTI, 394, 3.94),
        (DepthFormat.VIRTUAL_KITTI, 65535, np.inf),
    ],
)
def test_the_numbers_of_a_png_become_metres(
    tmp_path: Path, depth_format: DepthFormat, code: int, depth_m: float
) -> None:
    path = tmp_path / 'depth.png'
    cv2.imwrite(str(path), np.full((3, 4), code, np.uint16))

    read_m = read_depth(path, depth_format)

    assert read_m.dtype == np.float32
    np.testing.assert_array_equal(read_m, np.full((3, 4), depth_m, np.float32))


@pytest.mark.parametrize('depth_format', PNG_FORMATS)
def test_what_is_written_is_read_again_to_half_a_step(
    tmp_path: Path, depth_format: DepthFormat
) -> None:
    depth_m = np.random.default_rng(0).uniform(0.5, 60, (20, 30)).astype(np.float32)
    path = tmp_path / 'depth.png'

    write_depth(path, depth_m, depth_format)

    np.testing.assert_allclose(read_depth(path, depth_format), depth_m, atol=0.0051)


def test_metres_are_kept_bit_for_bit_with_holes_and_sky(tmp_path: Path) -> None:
    depth_m = np.float32([[1.5, np.nan], [np.inf, 0]])
    path = tmp_path / 'depth.npy'

    write_depth(path, depth_m, DepthFormat.METRES)

    np.testing.assert_array_equal(read_depth(path), depth_m)


def test_a_double_array_is_read_as_single(tmp_path: Path) -> None:
    np.save(tmp_path / 'depth.npy', np.full((2, 3), 2.5))

    assert read_depth(tmp_path / 'depth.npy').dtype == np.float32


@pytest.mark.parametrize(
    'pixels',
    [np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5), np.uint8), np.zeros((4, 5, 4), np.uint8)],
    ids=['colour', 'grey', 'transparent'],
)
def test_a_picture_of_depth_is_refused(tmp_path: Path, pixels: np.ndarray) -> None:
    path = tmp_path / 'picture.png'
    cv2.imwrite(str(path), pixels)

    with pytest.raises(DataFileError, match=r'picture.png: expected a 16-bit grey PNG.*8 bits'):
        read_depth(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for name in ('none.png', 'none.npy'):
        with pytest.raises(DataFileError, match=f'{name}.*no such file'):
            read_depth(tmp_path / name)


@pytest.mark.parametrize('suffix', ['.png', '.npy'])
def test_a_truncated_file_is_refused(tmp_path: Path, suffix: str) -> None:
    depth_m = np.random.default_rng(0).uniform(1, 50, (60, 80)).astype(np.float32)
    path = tmp_path / f'depth{suffix}'
    write_depth(path, depth_m, DepthFormat.METRES if suffix == '.npy' else DepthFormat.KITTI)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    with pytest.raises(DataFileError, match=rf'depth{suffix}: expected.*bytes\)'):
        read_depth(path)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    for name in ('notes.png', 'notes.npy'):
        (tmp_path / name).write_text('no depth here')
        with pytest.raises(DataFileError, match=f'{name}: expected'):
            read_depth(tmp_path / name)


@pytest.mark.parametrize(
    'array', [np.zeros((2, 3, 3), np.float32), np.zeros((2, 3), np.uint16), np.zeros(4)]
)
def test_an_array_that_is_no_depth_map_is_refused(tmp_path: Path, array: np.ndarray) -> None:
    np.save(tmp_path / 'depth.npy', array)

    with pytest.raises(DataFileError, match='two-dimensional float array'):
        read_depth(tmp_path / 'depth.npy')


def test_a_png_cannot_be_metres(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'expected a \.npy file'):
        read_depth(tmp_path / 'depth.png', DepthFormat.METRES)
    with pytest.raises(ValueError, match=r'expected a name ending in \.npy'):
        write_depth(tmp_path / 'depth.png', np.ones((2, 2), np.float32), DepthFormat.METRES)


def test_official_files_hold_plausible_depth(shared_data: Path) -> None:
    drive = 'kitti_depth/2011_09_26_drive_0001_sync/proj_depth/velodyne_raw/image_02'
    kitti_m = read_depth(shared_data / drive / '0000000005.png')
    frames = 'vkitti_2.0.3_depth/Scene01/morning/frames/depth/Camera_0'
    virtual_m = read_depth(
        shared_data / 'vkitti2_format' / frames / 'depth_00000.png', DepthFormat.VIRTUAL_KITTI
    )

    assert kitti_m.shape == virtual_m.shape == (375, 1242)
    assert 15_000 < np.count_nonzero(kitti_m) < 25_000
    assert 70 < kitti_m.max() < 100
    assert virtual_m.min() == pytest.approx(3.94)
    assert np.isposinf(virtual_m).mean() == pytest.approx(0.139, abs=0.001)
