"""The depth completion benchmark: drives, selected validation frames and the anonymous test."""

from __future__ import annotations

from pathlib import Path
import shutil

import numpy as np
from PIL import Image
import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.depth_files import DepthFormat, read_depth, write_depth
from mt_depth_ros.data.kitti_completion import KittiCompletion, KittiCompletionSelection

DRIVE = '2011_09_26_drive_0001_sync'
SPARSE = f'{DRIVE}/proj_depth/velodyne_raw/image_02/0000000005.png'
TRUTH = f'{DRIVE}/proj_depth/groundtruth/image_02/0000000005.png'


@pytest.fixture
def drives(shared_data: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A training part with a truth made from the genuine sparse depth, and the raw recordings."""
    root = tmp_path / 'kitti_depth'
    shutil.copytree(shared_data / 'kitti_depth', root / 'train')
    truth_m = read_depth(root / 'train' / SPARSE, DepthFormat.KITTI)
    truth_m[:, ::2] = 0.0
    (root / 'train' / TRUTH).parent.mkdir(parents=True)
    write_depth(root / 'train' / TRUTH, truth_m, DepthFormat.KITTI)
    return root, shared_data / 'kitti_raw'


def test_a_training_frame_has_image_sparse_depth_and_truth(drives: tuple[Path, Path]) -> None:
    root, raw_root = drives
    dataset = KittiCompletion(root, raw_root, part='train')
    assert [str(identity) for identity in dataset.identities] == [
        'kitti_completion/2011_09_26_drive_0001/real/image_02/00005'
    ]
    sample = dataset[0]
    assert sample.measurements is not None
    assert len(sample.measurements) == pytest.approx(19154, rel=0.001)
    assert sample.measurements.depth_m.min() == 5.28125
    assert sample.known.sum() == pytest.approx(19154 / 2, rel=0.02)
    assert sample.camera.fx == 721.5377
    assert sample.scan is None


def test_scans_come_along_when_asked_for(drives: tuple[Path, Path]) -> None:
    root, raw_root = drives
    sample = KittiCompletion(root, raw_root, part='train', with_scans=True)[0]
    assert sample.scan is not None
    assert sample.camera_from_lidar is not None


def test_a_genuine_drive_without_truth_is_read(shared_data: Path) -> None:
    dataset = KittiCompletion(
        shared_data / 'kitti_depth', shared_data / 'kitti_raw', part=None, with_truth=False
    )
    sample = dataset[0]
    assert not sample.known.any()
    assert sample.measurements is not None
    # 4.1 % of 1242 x 375 pixels.
    assert len(sample.measurements) / (1242 * 375) == pytest.approx(0.0411, abs=0.0001)


def test_a_part_that_is_not_there_is_an_error(drives: tuple[Path, Path]) -> None:
    with pytest.raises(DataFileError, match=r'kitti_depth/val: expected .* got no such folder'):
        KittiCompletion(*drives, part='val')
    with pytest.raises(DataFileError, match='proj_depth/groundtruth/image_03/'):
        KittiCompletion(*drives, part='train', cameras=('image_03',))


def test_a_missing_sparse_file_is_named(drives: tuple[Path, Path]) -> None:
    (drives[0] / 'train' / SPARSE).unlink()
    with pytest.raises(DataFileError, match=r'velodyne_raw/image_02/0000000005.png: .*no such'):
        KittiCompletion(*drives, part='train')[0]


def test_a_missing_image_is_named(drives: tuple[Path, Path], tmp_path: Path) -> None:
    raw_root = Path(shutil.copytree(drives[1], tmp_path / 'raw'))
    next(raw_root.rglob('0000000005.png')).unlink()
    with pytest.raises(DataFileError, match=r'image_02/data/0000000005.png: .*no such'):
        KittiCompletion(drives[0], raw_root, part='train')[0]


def test_sparse_depth_in_millimetres_is_refused(drives: tuple[Path, Path]) -> None:
    path = drives[0] / 'train' / SPARSE
    depth_m = read_depth(path, DepthFormat.KITTI)
    write_depth(path, depth_m, DepthFormat.MILLIMETRES)
    with pytest.raises(DataFileError, match=r'0000000005.png: expected LiDAR depth up to 130 m'):
        KittiCompletion(*drives, part='train')[0]


def test_a_truth_in_another_unit_than_the_input_is_refused(drives: tuple[Path, Path]) -> None:
    path = drives[0] / 'train' / TRUTH
    depth_m = read_depth(path, DepthFormat.KITTI)
    centimetres = np.rint(depth_m * 100).astype(np.uint16)
    Image.fromarray(centimetres).save(path)
    with pytest.raises(DataFileError, match=r'a truth 0.39 times as far away'):
        KittiCompletion(*drives, part='train')[0]


def test_depth_of_another_size_is_refused(drives: tuple[Path, Path]) -> None:
    path = drives[0] / 'train' / TRUTH
    write_depth(path, np.full((370, 1226), 9.0, np.float32), DepthFormat.KITTI)
    with pytest.raises(DataFileError, match='the size of its image, 1242x375, got 1226x370'):
        KittiCompletion(*drives, part='train')[0]


def write_selected(folder: Path, names: dict[str, str]) -> None:
    """A small selected frame: 60x30 pixels, sparse depth every third pixel, truth everywhere."""
    truth_m = np.tile(np.linspace(5.0, 60.0, 30, dtype=np.float32)[::-1, None], (1, 60))
    sparse_m = np.where(np.arange(60) % 3 == 0, truth_m, np.float32(0))
    for name in names.values():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((30, 60, 3), 99, np.uint8)).save(folder / names['image'])
    write_depth(folder / names['sparse'], sparse_m, DepthFormat.KITTI)
    if 'truth' in names:
        write_depth(folder / names['truth'], truth_m, DepthFormat.KITTI)
    (folder / names['intrinsics']).write_text('35 0 29.5 0 35 14.5 0 0 1')


STEM = '2011_09_26_drive_0002_sync_{}_0000000005_image_02'
SELECTED = {
    'image': f'image/{STEM.format("image")}.png',
    'sparse': f'velodyne_raw/{STEM.format("velodyne_raw")}.png',
    'truth': f'groundtruth_depth/{STEM.format("groundtruth_depth")}.png',
    'intrinsics': f'intrinsics/{STEM.format("image")}.txt',
}
ANONYMOUS = {
    'image': 'image/0000000042.png',
    'sparse': 'velodyne_raw/0000000042.png',
    'intrinsics': 'intrinsics/0000000042.txt',
}


def test_selected_validation_frames_are_read(tmp_path: Path) -> None:
    write_selected(tmp_path / 'val_selection_cropped', SELECTED)
    dataset = KittiCompletionSelection(tmp_path, 'val_selection_cropped')
    assert len(dataset) == 1
    sample = dataset[0]
    assert str(sample.identity) == 'kitti_completion/2011_09_26_drive_0002/real/image_02/00005'
    assert sample.measurements is not None
    assert len(sample.measurements) == 600
    assert sample.known.all()
    assert (sample.camera.fx, sample.camera.cy) == (35.0, 14.5)


def test_the_anonymous_test_has_no_truth(tmp_path: Path) -> None:
    write_selected(tmp_path / 'test_depth_completion_anonymous', ANONYMOUS)
    sample = KittiCompletionSelection(tmp_path, 'test_depth_completion_anonymous')[0]
    assert str(sample.identity) == 'kitti_completion/anonymous/real/image/00042'
    assert sample.measurements is not None
    assert not sample.known.any()


@pytest.mark.parametrize('kind', ['sparse', 'truth', 'intrinsics'])
def test_a_missing_piece_of_a_selected_frame_is_named(tmp_path: Path, kind: str) -> None:
    write_selected(tmp_path / 'val_selection_cropped', SELECTED)
    (tmp_path / 'val_selection_cropped' / SELECTED[kind]).unlink()
    with pytest.raises(DataFileError, match=Path(SELECTED[kind]).name):
        KittiCompletionSelection(tmp_path, 'val_selection_cropped')[0]


def test_strange_names_and_missing_folders_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'val_selection_cropped: .* got no such folder'):
        KittiCompletionSelection(tmp_path, 'val_selection_cropped')
    write_selected(tmp_path / 'val_selection_cropped', ANONYMOUS)
    with pytest.raises(DataFileError, match=r'expected a name like .* got 0000000042.png'):
        KittiCompletionSelection(tmp_path, 'val_selection_cropped')
