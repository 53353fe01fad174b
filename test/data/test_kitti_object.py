"""KITTI object frames."""

from __future__ import annotations

from pathlib import Path
import shutil

import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.kitti_object import KittiObject


def test_frames_without_a_scan_are_broken_and_named(shared_data: Path) -> None:
    dataset = KittiObject(shared_data / 'kitti_object')
    assert len(dataset) == 10
    frames = ReadableFrames(dataset, on_broken='skip')
    assert [str(sample.identity) for sample in frames] == [
        'kitti_object/000000/real/image_2/00000',
        'kitti_object/000001/real/image_2/00001',
    ]
    assert len(frames.broken) == 8
    assert frames.broken[0].error.where.endswith('velodyne/000004.bin')


@pytest.mark.parametrize(('index', 'points_in_view'), [(0, 20285), (1, 18630)])
def test_the_known_number_of_points_falls_into_the_image(
    shared_data: Path, index: int, points_in_view: int
) -> None:
    sample = KittiObject(shared_data / 'kitti_object')[index]
    assert sample.scan is not None
    assert sample.camera_from_lidar is not None
    seen = project_scan(sample.scan.points_m, sample.camera_from_lidar, sample.camera)
    assert len(seen.measurements) == points_in_view


def test_the_fourth_column_of_p2_is_part_of_the_transform(shared_data: Path) -> None:
    sample = KittiObject(shared_data / 'kitti_object')[0]
    assert sample.camera.offset_m.tolist() == [0.0, 0.0, 0.0]
    assert sample.camera_from_lidar is not None
    # inv(K) P2[:, 3] = (45.75831 - 604.0814 * 0.004981) / 707.0493 = 0.0605 m to the right.
    x_m = sample.camera_from_lidar.translation_m[0]
    assert x_m == pytest.approx(0.0605, abs=0.03)


def test_the_folder_may_be_named_training(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / 'training').symlink_to(shared_data / 'kitti_object')
    assert len(KittiObject(tmp_path)) == 10


def test_a_calibration_without_the_lidar_is_named(shared_data: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(shared_data / 'kitti_object', tmp_path / 'object'))
    path = root / 'calib/000000.txt'
    path.write_text('721 0 609 0 721 172 0 0 1')
    with pytest.raises(DataFileError, match=r'calib/000000.txt: expected a calibration with Tr_'):
        KittiObject(root)[0]


def test_a_folder_without_images_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'expected image_2/000000.png .* got none'):
        KittiObject(tmp_path)
    with pytest.raises(DataFileError, match='got no such folder'):
        KittiObject(tmp_path / 'gone')
