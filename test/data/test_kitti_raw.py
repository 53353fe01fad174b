"""KITTI raw: image, scan and calibration of both cameras."""

from __future__ import annotations

from pathlib import Path
import shutil

import numpy as np
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.projection import project_scan, rasterize_nearest
from mt_depth_ros.data.depth_files import DepthFormat, read_depth
from mt_depth_ros.data.kitti_raw import KittiRaw, read_raw_calibration

DRIVE = '2011_09_26/2011_09_26_drive_0001_sync'


@pytest.fixture
def raw_root(shared_data: Path, tmp_path: Path) -> Path:
    """A copy of the genuine frame that a test may damage."""
    return Path(shutil.copytree(shared_data / 'kitti_raw', tmp_path / 'kitti_raw'))


def test_a_genuine_frame_is_read(shared_data: Path) -> None:
    dataset = KittiRaw(shared_data / 'kitti_raw')
    assert [str(identity) for identity in dataset.identities] == [
        'kitti_raw/2011_09_26_drive_0001/real/image_02/00005'
    ]
    sample = dataset[0]
    assert (sample.camera.width, sample.camera.height) == (1242, 375)
    assert sample.camera.fx == 721.5377
    assert sample.camera.cx == 609.5593
    assert sample.scan is not None
    assert not sample.known.any()


def test_the_projected_scan_matches_the_official_sparse_depth(shared_data: Path) -> None:
    sample = KittiRaw(shared_data / 'kitti_raw')[0]
    assert sample.scan is not None
    assert sample.camera_from_lidar is not None
    seen = project_scan(sample.scan.points_m, sample.camera_from_lidar, sample.camera)
    projected_m = rasterize_nearest(seen.measurements, sample.camera, (375, 1242))
    official_m = read_depth(
        shared_data / 'kitti_depth/2011_09_26_drive_0001_sync/proj_depth/velodyne_raw/image_02'
        '/0000000005.png',
        DepthFormat.KITTI,
    )
    assert np.count_nonzero(official_m) == pytest.approx(19154, rel=0.001)
    both = (projected_m > 0) & (official_m > 0)
    # The official map compensates the car's motion during the sweep, so few pixels coincide.
    assert np.count_nonzero(both) > 3000
    assert np.median(np.abs(projected_m[both] - official_m[both])) < 0.06


def test_the_right_camera_sits_half_a_metre_to_the_right(shared_data: Path) -> None:
    folder = shared_data / 'kitti_raw/2011_09_26'
    left = read_raw_calibration(folder, 'image_02', image_size=(375, 1242))
    right = read_raw_calibration(folder, 'image_03', image_size=(375, 1242))
    assert left.camera_from_lidar is not None
    assert right.camera_from_lidar is not None
    shift_m = right.camera_from_lidar.translation_m - left.camera_from_lidar.translation_m
    # P_rect_03[0, 3] - P_rect_02[0, 3] = (-339.5242 - 44.85728) / 721.5377 = -0.5327 m.
    assert shift_m == pytest.approx([-0.5327, 0.0, 0.0], abs=0.01)


def test_a_calibration_of_another_image_size_is_refused(shared_data: Path) -> None:
    with pytest.raises(DataFileError, match='a calibration for the image of 1226x370'):
        read_raw_calibration(
            shared_data / 'kitti_raw/2011_09_26', 'image_02', image_size=(370, 1226)
        )


@pytest.mark.parametrize(
    'name',
    [
        'velodyne_points/data/0000000005.bin',
        '../calib_velo_to_cam.txt',
        '../calib_cam_to_cam.txt',
    ],
)
def test_a_missing_file_is_named(raw_root: Path, name: str) -> None:
    (raw_root / DRIVE / name).unlink()
    with pytest.raises(DataFileError, match=Path(name).name):
        KittiRaw(raw_root)[0]


def test_an_incomplete_calibration_is_named(raw_root: Path) -> None:
    path = raw_root / '2011_09_26/calib_cam_to_cam.txt'
    lines = [line for line in path.read_text().splitlines() if 'P_rect_02' not in line]
    path.write_text('\n'.join(lines))
    with pytest.raises(DataFileError, match=r'calib_cam_to_cam.txt: .*got none of P_rect_02'):
        KittiRaw(raw_root)[0]


def test_a_truncated_scan_is_refused(raw_root: Path) -> None:
    path = raw_root / DRIVE / 'velodyne_points/data/0000000005.bin'
    path.write_bytes(path.read_bytes()[:1001])
    with pytest.raises(DataFileError, match=r'0000000005.bin: .*1001 bytes'):
        KittiRaw(raw_root)[0]


def test_a_truncated_image_is_refused(raw_root: Path) -> None:
    path = raw_root / DRIVE / 'image_02/data/0000000005.png'
    path.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(DataFileError, match=r'0000000005.png: expected a colour image'):
        KittiRaw(raw_root)[0]


def test_a_folder_without_drives_and_a_missing_one_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'_sync/image_02/data/.* got none'):
        KittiRaw(tmp_path)
    with pytest.raises(DataFileError, match='got no such folder'):
        KittiRaw(tmp_path / 'gone')
