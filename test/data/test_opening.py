"""Datasets are known by their folders."""

from __future__ import annotations

from pathlib import Path
import shutil

import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.opening import dataset_kind, DatasetKind, open_parts


@pytest.mark.parametrize(
    ('folder', 'kind'),
    [
        ('vkitti2_format', DatasetKind.VIRTUAL_KITTI2),
        ('kitti_depth', DatasetKind.KITTI_COMPLETION),
        ('kitti_raw', DatasetKind.KITTI_RAW),
        ('kitti_object', DatasetKind.KITTI_OBJECT),
        ('rosbag2', DatasetKind.BAGS),
        ('rosbag2/kitti_object', DatasetKind.BAGS),
        ('rosbag2/kitti_object/kitti_object.mcap', DatasetKind.BAGS),
    ],
)
def test_genuine_folders_are_told_apart(shared_data: Path, folder: str, kind: DatasetKind) -> None:
    assert dataset_kind(shared_data / folder) is kind


def test_simulated_data_are_virtual_kitti(simulated_root: Path) -> None:
    (part,) = open_parts(simulated_root)
    assert len(part.frames) == 6
    assert part.missing == ()
    assert part.frames[0].scan is not None


def test_missing_modalities_are_listed_not_raised(simulated_root: Path) -> None:
    for condition in ('clone', 'fog'):
        shutil.rmtree(simulated_root / f'Scene01/{condition}/frames/classSegmentation')
    (part,) = open_parts(simulated_root)
    assert part.missing == ('classSegmentation images',)
    assert part.frames[0].class_ids is None


def test_the_genuine_samples_lack_their_texts(shared_data: Path) -> None:
    (part,) = open_parts(shared_data / 'vkitti2_format')
    assert part.missing == ('text files (intrinsics, poses)',)
    assert len(part.frames) == 2


def test_completion_drives_need_the_raw_recordings(shared_data: Path) -> None:
    with pytest.raises(DataFileError, match='give it too: --raw FOLDER'):
        open_parts(shared_data / 'kitti_depth')
    (part,) = open_parts(shared_data / 'kitti_depth', raw_root=shared_data / 'kitti_raw')
    assert part.missing == ('groundtruth',)
    assert part.frames[0].measurements is not None


def test_the_parts_of_the_benchmark_are_told_apart(shared_data: Path, tmp_path: Path) -> None:
    for name in ('train', 'val'):
        shutil.copytree(shared_data / 'kitti_depth', tmp_path / name)
    parts = open_parts(tmp_path, raw_root=shared_data / 'kitti_raw')
    assert [part.name for part in parts] == ['train', 'val']


def test_selected_frames_are_known_by_their_folders(tmp_path: Path) -> None:
    folder = tmp_path / 'depth_selection/val_selection_cropped/image'
    folder.mkdir(parents=True)
    shutil.copy(_any_png(tmp_path), folder / 'x.png')
    assert dataset_kind(tmp_path) is DatasetKind.KITTI_SELECTION
    with pytest.raises(DataFileError, match=r'expected a name like .* got x.png'):
        open_parts(tmp_path)


def _any_png(tmp_path: Path) -> Path:
    path = tmp_path / 'any.png'
    path.write_bytes(b'')
    return path


def test_anything_else_is_an_error_that_says_what_is_there(
    shared_data: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataFileError, match=r'expected one of: Virtual KITTI 2 .* with lingbot'):
        dataset_kind(shared_data / 'rgbd')
    with pytest.raises(DataFileError, match='got an empty folder'):
        dataset_kind(tmp_path)
    with pytest.raises(DataFileError, match='got no such folder'):
        dataset_kind(tmp_path / 'gone')
