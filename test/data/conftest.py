"""Small frames and datasets that tests change to their needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample


@pytest.fixture
def make_sample() -> Callable[..., DepthSample]:
    """Builds a frame of 40x20 pixels, 10 m everywhere, with any field changed."""

    def make(**changes: Any) -> DepthSample:
        sample = DepthSample(
            identity=FrameIdentity(
                dataset='test', scene='Scene01', condition='clone', camera='Camera_0', frame=7
            ),
            camera=RectifiedCamera(width=40, height=20, fx=30.0, fy=30.0, cx=19.5, cy=9.5),
            image_rgb=np.full((20, 40, 3), 128, np.uint8),
            truth_m=np.full((20, 40), 10.0, np.float32),
        )
        return replace(sample, **changes)

    return make


@pytest.fixture
def simulated_root(tmp_path: Path) -> Path:
    """Two conditions of one scene in Virtual KITTI 2's layout, as a simulator writes it."""
    root = tmp_path / 'simulated'
    for condition in ('clone', 'fog'):
        for frame in range(3):
            write_virtual_kitti_frame(root / 'Scene01' / condition, frame)
        write_virtual_kitti_texts(root / 'Scene01' / condition, num_frames=3)
    return root


SIMULATED_CAMERA = RectifiedCamera(width=124, height=37, fx=72.5, fy=72.5, cx=61.5, cy=18.0)


def write_virtual_kitti_frame(folder: Path, frame: int) -> None:
    """A road under a sky with four cars on it: 12, 20, 30 and 40 m away."""
    row = np.arange(37)[:, None] + np.zeros((37, 124))
    depth_m = np.where(row > 19, 1.6 * 72.5 / np.maximum(row - 18, 1), np.inf)
    ids = np.zeros((37, 124), np.uint8)
    colours = np.zeros((37, 124, 3), np.uint8)
    colours[:] = np.where(row[..., None] > 19, (100, 60, 100), (90, 200, 255))
    for track, car_m in enumerate((12.0, 20.0, 30.0, 40.0)):
        car = (slice(14, 25), slice(10 + 28 * track, 30 + 28 * track))
        depth_m[car], ids[car], colours[car] = car_m, track + 1, (255, 127, 80)
    depth_cm = np.where(np.isfinite(depth_m), np.rint(depth_m * 100), 65535).astype(np.uint16)
    images = {
        'rgb/Camera_0/rgb_{:05d}.jpg': Image.fromarray(colours),
        'depth/Camera_0/depth_{:05d}.png': Image.fromarray(depth_cm),
        'classSegmentation/Camera_0/classgt_{:05d}.png': Image.fromarray(colours),
        'instanceSegmentation/Camera_0/instancegt_{:05d}.png': Image.fromarray(ids),
    }
    for name, image in images.items():
        path = folder / 'frames' / name.format(frame)
        path.parent.mkdir(parents=True, exist_ok=True)
        if 'instancegt' in name:
            image.putpalette([value for number in range(256) for value in (number, 9, 77)])
        image.save(path)
    write_virtual_kitti_scan(folder / 'frames/lidar', frame)


def write_virtual_kitti_scan(folder: Path, frame: int) -> None:
    """Two rings on the second car, from a LiDAR that stands 0.5 m above the camera."""
    left, up = np.meshgrid([-1.0, 0.0, 1.0, 2.0], [-0.8, -0.6], indexing='ij')
    # In the image at u = 61.5 - 72.5 y / 20, so move everything to the car left of the middle.
    points_m = np.stack([np.full(8, 20.0), left.ravel() + 2.5, up.ravel()], axis=1)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / f'lidar_{frame:05d}.npz',
        points_m=points_m.astype(np.float32),
        ring=np.tile(np.array([0, 1], np.uint8), 4),
    )
    (folder.parents[1] / 'lidar_to_camera.txt').write_text(
        '0 -1 0 0\n0 0 -1 -0.5\n1 0 0 0\n0 0 0 1\n'
    )


def write_virtual_kitti_texts(folder: Path, *, num_frames: int) -> None:
    """Intrinsics, a drive of 0.5 m a frame, and the poses of the four cars."""
    intrinsic = ['frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]']
    rotation_and_shift = ' '.join(
        [f'r{row},1 r{row},2 r{row},3 t{row}' for row in (1, 2, 3)] + ['0 0 0 1']
    )
    extrinsic = [f'frame cameraID {rotation_and_shift}']
    pose = [
        'frame cameraID trackID alpha width height length world_space_X world_space_Y '
        'world_space_Z rotation_world_space_y rotation_world_space_x rotation_world_space_z '
        'camera_space_X camera_space_Y camera_space_Z rotation_camera_space_y '
        'rotation_camera_space_x rotation_camera_space_z'
    ]
    for frame in range(num_frames):
        for camera in (0, 1):
            intrinsic.append(f'{frame} {camera} 72.5 72.5 61.5 18')
            extrinsic.append(
                f'{frame} {camera} 1 0 0 {-camera} 0 1 0 0 0 0 1 {-frame / 2} 0 0 0 1'
            )
        for track, car_m in enumerate((14, 22, 32, 42)):
            pose.append(f'{frame} 0 {track} 0 1.8 1.5 4 0 0 0 0 0 0 0 0 {car_m} 0 0 0')
    for name, lines in (('intrinsic', intrinsic), ('extrinsic', extrinsic), ('pose', pose)):
        (folder / f'{name}.txt').write_text('\n'.join(lines) + '\n')
