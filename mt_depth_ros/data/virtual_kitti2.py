"""Virtual KITTI 2, genuine or simulated: one loader for both.

The layout is in :mod:`virtual_kitti2_layout`, the texts in :mod:`virtual_kitti2_texts`. Depth is
uint16 centimetres with 65535 for sky, instances are a paletted PNG of trackID + 1, classes a PNG
of colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mt_depth_ros.core.arrays import AnyArray
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.data.class_colours import class_ids_from_colours
from mt_depth_ros.data.depth_files import DepthFormat, read_depth
from mt_depth_ros.data.depth_scale import (
    check_measurements,
    check_nearest_surface,
    check_objects,
)
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.image_files import read_colour_image, read_label_image
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.virtual_kitti2_layout import (
    Drive,
    find_layout,
    Modality,
    TEXT_FILE,
)
from mt_depth_ros.data.virtual_kitti2_lidar import (
    LIDAR_CAMERA,
    read_camera_from_lidar,
    read_scan,
    scan_file_name,
    TRANSFORM_FILE,
)
from mt_depth_ros.data.virtual_kitti2_texts import VirtualKittiTexts

NOMINAL_CAMERA = RectifiedCamera(
    width=1242, height=375, fx=725.0087, fy=725.0087, cx=620.5, cy=187.0
)
"""The camera of every frame of the genuine dataset."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VirtualKittiSelection:
    """What to read of a dataset.

    Attributes:
        modalities: what every frame must have. Without colour the picture is black, without
            depth the truth is unknown, without labels there are none.
        with_texts: read intrinsics and poses from the text files; False takes the genuine
            camera's for images of its size, and no poses.
        with_scans: read the LiDAR scans; None: where the dataset has any (only simulated ones
            do). False saves time where a pattern draws from the truth.
        scenes, conditions, cameras: which of them; None for all.
    """

    modalities: frozenset[Modality] = field(default_factory=lambda: frozenset(Modality))
    with_texts: bool = True
    with_scans: bool | None = None
    scenes: tuple[str, ...] | None = None
    conditions: tuple[str, ...] | None = None
    cameras: tuple[str, ...] | None = ('Camera_0',)

    def includes(self, drive: Drive) -> bool:
        """Whether a sequence is selected."""
        return (
            (self.scenes is None or drive.scene in self.scenes)
            and (self.conditions is None or drive.condition in self.conditions)
            and (self.cameras is None or drive.camera in self.cameras)
        )


class VirtualKitti2:
    """The frames of a Virtual KITTI 2 dataset, sorted by scene, condition, camera and number.

    A frame belongs to the dataset if any of its files is there; reading it names the files that
    are missing.

    Args:
        roots: folders its archives were unpacked in.
        selection: what to read.
        name: what the dataset is called in the names of its frames.

    Raises:
        DataFileError: a root is missing or holds no scene, or what is selected does not exist.
    """

    def __init__(
        self,
        *roots: Path,
        selection: VirtualKittiSelection | None = None,
        name: str = 'vkitti2',
    ) -> None:
        self.selection = selection or VirtualKittiSelection()
        self._roots = roots
        self._layout = find_layout(roots)
        self._drives = [drive for drive in self._layout.drives if self.selection.includes(drive)]
        self._check_selection_exists()
        self._frames = tuple(
            (drive, frame) for drive in self._drives for frame in self._frame_numbers(drive)
        )
        self._identities = tuple(
            FrameIdentity(
                dataset=name,
                scene=drive.scene,
                condition=drive.condition,
                camera=drive.camera,
                frame=frame,
            )
            for drive, frame in self._frames
        )
        self._texts = {key: VirtualKittiTexts(path) for key, path in self._layout.texts.items()}
        self._transforms: dict[Path, RigidTransform] = {}

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return self._identities

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> DepthSample:
        """Reads one frame.

        Raises:
            DataFileError: a file is missing, damaged, of another size or of another scale.
            IndexError: there is no such frame.
        """
        drive, frame = self._frames[index]
        paths = {
            modality: self._layout.image_path(drive, modality, frame)
            for modality in sorted(self.selection.modalities, key=lambda each: each.value)
        }
        _require_files(self._identities[index], list(paths.values()))
        images = {modality: _read(modality, path) for modality, path in paths.items()}
        camera = self._camera(drive, frame, _common_size(paths, images))
        size = (camera.height, camera.width)
        instance_ids = images.get(Modality.INSTANCES)
        sample = DepthSample(
            identity=self._identities[index],
            camera=camera,
            image_rgb=images.get(Modality.COLOUR, np.zeros((*size, 3), np.uint8)),
            truth_m=images.get(Modality.DEPTH, np.zeros(size, np.float32)),
            instance_ids=None if instance_ids is None else instance_ids.astype(np.int32),
            class_ids=images.get(Modality.CLASSES),
            camera_from_world=self._pose(drive, frame),
        )
        if Modality.DEPTH in paths:
            self._check_scale(sample, drive, str(paths[Modality.DEPTH]))
        return self._with_scan(sample, drive)

    def _check_selection_exists(self) -> None:
        missing = [
            f'{modality.value} images'
            for modality in Modality
            if modality in self.selection.modalities
            and not any(self._layout.images.get((drive, modality)) for drive in self._drives)
        ]
        if self.selection.with_texts and not self._layout.texts:
            missing.append(f'text files ({TEXT_FILE} and others)')
        if missing or not self._drives:
            drives = ', '.join('/'.join((d.scene, d.condition)) for d in self._layout.drives[:5])
            raise DataFileError(
                expected=f'{", ".join(missing) or "a scene, condition and camera as selected"}',
                got=f'none (there is {drives or "no image"}, ...)',
                where=', '.join(map(str, self._roots)),
                remedy='unpack the archive that is missing, or select less',
            )

    def _frame_numbers(self, drive: Drive) -> list[int]:
        numbers: set[int] = set()
        for modality in self.selection.modalities:
            numbers.update(self._layout.images.get((drive, modality), {}))
        return sorted(numbers)

    def _scene_texts(self, drive: Drive) -> VirtualKittiTexts:
        texts = self._texts.get((drive.scene, drive.condition))
        if texts is None:
            raise DataFileError(
                expected=f'{drive.scene}/{drive.condition}/{TEXT_FILE}',
                got='no such file',
                where=', '.join(map(str, self._roots)),
                remedy='unpack the archive of text files (vkitti_2.0.3_textgt) too',
            )
        return texts

    def _camera(self, drive: Drive, frame: int, size: tuple[int, int]) -> RectifiedCamera:
        height, width = size
        if self.selection.with_texts:
            fx, fy, cx, cy = self._scene_texts(drive).intrinsics(frame, _camera_number(drive))
            return RectifiedCamera(width=width, height=height, fx=fx, fy=fy, cx=cx, cy=cy)
        if size != (NOMINAL_CAMERA.height, NOMINAL_CAMERA.width):
            raise DataFileError(
                expected='images of 1242x375 pixels, or text files with their intrinsics',
                got=f'{width}x{height} and no text files',
                where=f'{drive.scene}/{drive.condition}/{drive.camera}',
                remedy='read the dataset with its text files',
            )
        return NOMINAL_CAMERA

    def _pose(self, drive: Drive, frame: int) -> RigidTransform | None:
        if not self.selection.with_texts:
            return None
        return self._scene_texts(drive).camera_from_world(frame, _camera_number(drive))

    def _check_scale(self, sample: DepthSample, drive: Drive, where: str) -> None:
        check_nearest_surface(sample.truth_m, sample.camera, where=where)
        if self.selection.with_texts and sample.instance_ids is not None:
            frame = sample.identity.frame
            objects = self._scene_texts(drive).objects(frame, _camera_number(drive))
            check_objects(sample.truth_m, sample.instance_ids, objects, where=where)

    def _with_scan(self, sample: DepthSample, drive: Drive) -> DepthSample:
        folder = self._layout.scans.get((drive.scene, drive.condition))
        wanted = self.selection.with_scans
        if wanted is None:
            wanted = folder is not None and drive.camera == LIDAR_CAMERA
        if not wanted:
            return sample
        if folder is None or drive.camera != LIDAR_CAMERA:
            raise DataFileError(
                expected=f'LiDAR scans for {LIDAR_CAMERA}',
                got=f'none for {drive.camera} of {drive.scene}/{drive.condition}',
                where=', '.join(map(str, self._roots)),
                remedy='read the dataset without scans',
            )
        path = folder / scan_file_name(sample.identity.frame)
        scan = read_scan(path)
        camera_from_lidar = self._camera_from_lidar(folder.parents[1] / TRANSFORM_FILE)
        if Modality.DEPTH in self.selection.modalities:
            seen = project_scan(scan.points_m, camera_from_lidar, sample.camera).measurements
            check_measurements(sample.truth_m, seen, where=f'depth of {sample.identity} to {path}')
        return replace(sample, scan=scan, camera_from_lidar=camera_from_lidar)

    def _camera_from_lidar(self, path: Path) -> RigidTransform:
        if path not in self._transforms:
            self._transforms[path] = read_camera_from_lidar(path)
        return self._transforms[path]


def _read(modality: Modality, path: Path) -> AnyArray:
    if modality is Modality.DEPTH:
        return read_depth(path, DepthFormat.VIRTUAL_KITTI)
    if modality is Modality.INSTANCES:
        return read_label_image(path)
    colours = read_colour_image(path)
    if modality is Modality.CLASSES:
        return class_ids_from_colours(colours, where=str(path))
    return colours


def _camera_number(drive: Drive) -> int:
    return int(drive.camera.removeprefix('Camera_'))


def _require_files(identity: FrameIdentity, paths: list[Path]) -> None:
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise DataFileError(
            expected=f'{len(paths)} files',
            got=f'{len(missing)} missing: {", ".join(missing)}',
            where=f'frame {identity}',
            remedy='unpack the archive they are in, or leave this frame out',
        )


def _common_size(paths: dict[Modality, Path], images: dict[Modality, AnyArray]) -> tuple[int, int]:
    """(height, width) that all images of a frame share."""
    sizes = {paths[modality]: image.shape[:2] for modality, image in images.items()}
    if len(set(sizes.values())) != 1:
        found = ', '.join(f'{path}: {size[1]}x{size[0]}' for path, size in sizes.items())
        raise DataFileError(
            expected='images of one size',
            got=found,
            where=str(next(iter(sizes))),
            remedy='use the images as they were published, without resizing',
        )
    height, width = next(iter(sizes.values()))
    return height, width
