"""Where the files of Virtual KITTI 2 lie, however its archives were unpacked.

The archives of colour, depth, labels and text each unpack to ``Scene01/clone/...``; some keep them
in folders of their own (``vkitti_2.0.3_rgb/Scene01/...``), some merge them, some have them on
different disks; and the case of the label folders differs between sources.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
import re

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.virtual_kitti2_lidar import LIDAR_FOLDER


class Modality(Enum):
    """A kind of image, by the name of its folder."""

    COLOUR = 'rgb'
    DEPTH = 'depth'
    CLASSES = 'classSegmentation'
    INSTANCES = 'instanceSegmentation'

    def file_name(self, frame: int) -> str:
        """The name of a frame's file."""
        prefix, suffix = _FILE_NAMES[self]
        return f'{prefix}_{frame:05d}{suffix}'


_FILE_NAMES = {
    Modality.COLOUR: ('rgb', '.jpg'),
    Modality.DEPTH: ('depth', '.png'),
    Modality.CLASSES: ('classgt', '.png'),
    Modality.INSTANCES: ('instancegt', '.png'),
}
_MODALITY_OF_FOLDER = {modality.value.casefold(): modality for modality in Modality}
_SCENE = re.compile(r'scene(\d+)', re.IGNORECASE)
_CAMERA = re.compile(r'camera_(\d+)', re.IGNORECASE)
_FRAME = re.compile(r'[a-z]+_(\d+)\.(?:png|jpg|jpeg)', re.IGNORECASE)
TEXT_FILE = 'intrinsic.txt'
"""The text file that a folder of scene texts is known by."""


@dataclass(frozen=True, slots=True, order=True)
class Drive:
    """One sequence of frames.

    Attributes:
        scene: as in ``Scene01``.
        condition: as in ``clone``.
        camera: as in ``Camera_0``.
    """

    scene: str
    condition: str
    camera: str


@dataclass(slots=True)
class VirtualKittiLayout:
    """What was found.

    Attributes:
        images: the files of every drive and modality, by frame number.
        folders: the folder those lie in.
        texts: the folder of the text files of every (scene, condition).
        scans: the folder of the LiDAR scans of every (scene, condition) that has them.
    """

    images: dict[tuple[Drive, Modality], dict[int, Path]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    folders: dict[tuple[Drive, Modality], Path] = field(default_factory=dict)
    texts: dict[tuple[str, str], Path] = field(default_factory=dict)
    scans: dict[tuple[str, str], Path] = field(default_factory=dict)

    @property
    def drives(self) -> tuple[Drive, ...]:
        """Every sequence, sorted."""
        return tuple(sorted({drive for drive, _ in self.images}))

    def image_path(self, drive: Drive, modality: Modality, frame: int) -> Path:
        """The file of a frame, or where it should be when it is missing."""
        found = self.images.get((drive, modality), {}).get(frame)
        if found is not None:
            return found
        usual = Path(drive.scene, drive.condition, 'frames', modality.value, drive.camera)
        return self.folders.get((drive, modality), usual) / modality.file_name(frame)


def is_virtual_kitti2(root: Path) -> bool:
    """Whether a folder holds scenes of this layout, directly or one folder below."""
    return any(True for _ in _scene_folders(root))


def find_layout(roots: Iterable[Path]) -> VirtualKittiLayout:
    """Looks for the files of all modalities in one or several folders.

    Args:
        roots: folders that hold ``Scene01`` and so on, directly or one folder below.

    Raises:
        DataFileError: a root is missing or holds no scene, or two folders hold the same file.
    """
    layout = VirtualKittiLayout()
    for root in roots:
        scenes = list(_scene_folders(root))
        if not scenes:
            raise DataFileError(
                expected='folders Scene01, Scene02, ... in it or one folder below',
                got='none' if root.is_dir() else 'no such folder',
                where=str(root),
                remedy='give the folder the archives of Virtual KITTI 2 were unpacked in',
            )
        for scene_folder in scenes:
            _add_scene(layout, scene_folder)
    return layout


def _scene_folders(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        return
    for folder in (root, *_folders(root)):
        yield from (each for each in _folders(folder) if _SCENE.fullmatch(each.name))


def _add_scene(layout: VirtualKittiLayout, scene_folder: Path) -> None:
    scene = _canonical(_SCENE, scene_folder.name, 'Scene')
    for condition in _folders(scene_folder):
        if (condition / TEXT_FILE).is_file():
            layout.texts[scene, condition.name] = condition
        for kind in _folders(condition / 'frames'):
            if kind.name == LIDAR_FOLDER:
                layout.scans[scene, condition.name] = kind
            modality = _MODALITY_OF_FOLDER.get(kind.name.casefold())
            if modality is None:
                continue
            for camera in _folders(kind):
                if _CAMERA.fullmatch(camera.name):
                    name = _canonical(_CAMERA, camera.name, 'Camera_')
                    _add_images(layout, Drive(scene, condition.name, name), modality, camera)


def _add_images(
    layout: VirtualKittiLayout, drive: Drive, modality: Modality, folder: Path
) -> None:
    layout.folders[drive, modality] = folder
    images = layout.images[drive, modality]
    for path in folder.iterdir():
        match = _FRAME.fullmatch(path.name)
        if match is None:
            continue
        known = images.setdefault(int(match[1]), path)
        if known != path:
            raise DataFileError(
                expected=f'one {modality.value} file of frame {int(match[1])}',
                got=f'two: {known} and {path}',
                where=f'{drive.scene}/{drive.condition}/{drive.camera}',
                remedy='give roots that do not hold the same frames',
            )


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    # A hidden folder is one that a simulation is still at work in.
    return sorted(
        each for each in folder.iterdir() if each.is_dir() and not each.name.startswith('.')
    )


def _canonical(pattern: re.Pattern[str], name: str, prefix: str) -> str:
    match = pattern.fullmatch(name)
    return f'{prefix}{match[1]}' if match else name
