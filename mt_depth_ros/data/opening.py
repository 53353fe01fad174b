"""Opens any supported dataset by its folder alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.bag_dataset import BagDataset, BagDatasetConfig, recordings_in
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.kitti_completion import (
    KittiCompletion,
    KittiCompletionSelection,
    SelectionPart,
)
from mt_depth_ros.data.kitti_object import KittiObject
from mt_depth_ros.data.kitti_raw import drive_folders, KittiRaw
from mt_depth_ros.data.virtual_kitti2 import VirtualKitti2, VirtualKittiSelection
from mt_depth_ros.data.virtual_kitti2_layout import find_layout, is_virtual_kitti2, Modality

_SELECTIONS: tuple[SelectionPart, ...] = (
    'val_selection_cropped',
    'test_depth_completion_anonymous',
)


class DatasetKind(Enum):
    """What a folder holds, and how it is known."""

    VIRTUAL_KITTI2 = 'Virtual KITTI 2 (Scene01/clone/frames/...)'
    KITTI_COMPLETION = 'KITTI depth completion (<drive>_sync/proj_depth/...)'
    KITTI_SELECTION = 'KITTI depth completion, selected frames (image, velodyne_raw, intrinsics)'
    KITTI_RAW = 'KITTI raw (<date>/<drive>_sync/image_02/...)'
    KITTI_OBJECT = 'KITTI object (image_2, velodyne, calib)'
    BAGS = 'rosbag2 recordings (metadata.yaml, .mcap or .db3)'


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetPart:
    """One dataset in a folder, which may hold several (the parts of a benchmark).

    Attributes:
        name: of the part; empty where there is only one.
        frames: its frames.
        missing: kinds of files that no frame of it has.
    """

    name: str
    frames: DepthDataset
    missing: tuple[str, ...] = ()


def dataset_kind(path: Path) -> DatasetKind:
    """Tells what a folder holds.

    Raises:
        DataFileError: it is missing or holds nothing that is supported.
    """
    if recordings_in(path):
        return DatasetKind.BAGS
    if is_virtual_kitti2(path):
        return DatasetKind.VIRTUAL_KITTI2
    if _completion_parts(path):
        return DatasetKind.KITTI_COMPLETION
    if _selection_parts(path):
        return DatasetKind.KITTI_SELECTION
    if any((folder / 'image_2').is_dir() for folder in (path, path / 'training')):
        return DatasetKind.KITTI_OBJECT
    if path.is_dir() and any(drive_folders(date) for date in path.iterdir() if date.is_dir()):
        return DatasetKind.KITTI_RAW
    raise DataFileError(
        expected=f'one of: {"; ".join(kind.value for kind in DatasetKind)}',
        got=_contents(path),
        where=str(path),
        remedy='give the top folder of a dataset',
    )


def open_parts(path: Path, *, raw_root: Path | None = None) -> tuple[DatasetPart, ...]:
    """Opens every part of a dataset, with all that its frames have.

    Args:
        path: its top folder.
        raw_root: KITTI raw, where the images of the depth completion drives are.

    Raises:
        DataFileError: the folder holds no supported dataset, or a piece that all frames need.
    """
    kind = dataset_kind(path)
    if kind is DatasetKind.VIRTUAL_KITTI2:
        return (_virtual_kitti2(path),)
    if kind is DatasetKind.KITTI_COMPLETION:
        return _completion(path, raw_root)
    if kind is DatasetKind.KITTI_SELECTION:
        return tuple(
            DatasetPart(name=part, frames=KittiCompletionSelection(folder, part))
            for folder, part in _selection_parts(path)
        )
    if kind is DatasetKind.KITTI_OBJECT:
        return (DatasetPart(name='', frames=KittiObject(path), missing=('true depth',)),)
    if kind is DatasetKind.KITTI_RAW:
        return (DatasetPart(name='', frames=KittiRaw(path), missing=('true depth',)),)
    bags = BagDataset(path, BagDatasetConfig(on_unusable='skip'))
    return (DatasetPart(name='', frames=bags),)


def _virtual_kitti2(path: Path) -> DatasetPart:
    layout = find_layout([path])
    present = frozenset(modality for (_, modality), files in layout.images.items() if files)
    selection = VirtualKittiSelection(
        modalities=present, with_texts=bool(layout.texts), cameras=None
    )
    missing = [f'{modality.value} images' for modality in Modality if modality not in present]
    if not layout.texts:
        missing.append('text files (intrinsics, poses)')
    return DatasetPart(
        name='', frames=VirtualKitti2(path, selection=selection), missing=tuple(missing)
    )


def _completion(path: Path, raw_root: Path | None) -> tuple[DatasetPart, ...]:
    if raw_root is None:
        raise DataFileError(
            expected='the folder of KITTI raw, where images and calibration are',
            got='none',
            where=str(path),
            remedy='give it too: --raw FOLDER',
        )
    parts = []
    for name in _completion_parts(path):
        drives = path / name
        with_truth = any(drives.glob('*_sync/proj_depth/groundtruth'))
        frames = KittiCompletion(drives, raw_root, part=None, with_truth=with_truth)
        missing = () if with_truth else ('groundtruth',)
        parts.append(DatasetPart(name=name, frames=frames, missing=missing))
    return tuple(parts)


def _completion_parts(path: Path) -> list[str]:
    """The parts of the benchmark in a folder; an empty name for the folder itself."""
    return [name for name in ('train', 'val', '') if _holds_depth_drives(path / name)]


def _holds_depth_drives(folder: Path) -> bool:
    return any((drive / 'proj_depth').is_dir() for drive in drive_folders(folder))


def _selection_parts(path: Path) -> list[tuple[Path, SelectionPart]]:
    return [
        (folder, part)
        for folder in (path, path / 'depth_selection')
        for part in _SELECTIONS
        if (folder / part / 'image').is_dir()
    ]


def _contents(path: Path) -> str:
    if not path.is_dir():
        return 'no such folder'
    names = sorted(each.name for each in path.iterdir())
    return f'a folder with {", ".join(names[:8])}' if names else 'an empty folder'
