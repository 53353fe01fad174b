"""A tiny dataset in Virtual KITTI 2's layout and a config that trains on it in a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
import pytest
import torch

from mt_depth_ros.training.config import NAMED_TYPES, TrainingConfig
from mt_depth_ros.training.config_reading import config_from_mapping

WIDTH, HEIGHT, FOCAL_PX = 124, 37, 72.5
NUM_FRAMES = 4


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny networks are faster on one thread, the more so on a machine that is busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope='session')
def dataset_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenes of four frames: a road under a sky with a car on it, nearer in each frame."""
    root = tmp_path_factory.mktemp('simulated')
    for scene in ('Scene01', 'Scene02'):
        folder = root / scene / 'clone'
        for frame in range(NUM_FRAMES):
            _write_frame(folder, frame, car_m=20.0 - 2.0 * frame)
        _write_texts(folder)
    return root


@pytest.fixture
def make_config(dataset_root: Path, tmp_path: Path) -> Callable[..., TrainingConfig]:
    """Builds a config; keyword arguments replace whole sections or change keys of them."""

    def make(**changes: Any) -> TrainingConfig:
        values: dict[str, Any] = {
            'output': str(tmp_path / 'run'),
            'network': {
                'architecture': 'mt_depth_plus',
                'options': {'channels': [4, 8], 'image_channels': 4, 'propagation_steps': 1},
            },
            'data': {
                'roots': [str(dataset_root)],
                'split': 'by_scene',
                'train_scenes': ['Scene01'],
                'validation_scenes': ['Scene02'],
                'validation_frames': 2,
                'workers': 0,
            },
            'view': {'input_size': [32, 64]},
            'loss': {'log_weight': 5.0, 'laplace_weight': 0.5, 'sky_weight': 0.5},
            'optimiser': {'learning_rate': 1e-3, 'clip_norm': 5.0, 'average_decay': 0.9},
            'run': {
                'epochs': 2, 'batch_size': 2, 'accelerator': 'cpu', 'log_every_steps': 1,
                'previews': 0,
            },
        }  # fmt: skip
        for name, change in changes.items():
            is_section = isinstance(change, dict) and isinstance(values.get(name), dict)
            values[name] = {**values[name], **change} if is_section else change
        return config_from_mapping(TrainingConfig, values, named=NAMED_TYPES, where='test')

    return make


def _write_frame(folder: Path, frame: int, *, car_m: float) -> None:
    row = np.arange(HEIGHT)[:, None] + np.zeros((HEIGHT, WIDTH))
    depth_m = np.where(row > 19, 1.6 * FOCAL_PX / np.maximum(row - 18, 1), np.inf)
    ids = np.zeros((HEIGHT, WIDTH), np.uint8)
    colours = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    colours[:] = np.where(row[..., None] > 19, (100, 60, 100), (90, 200, 255))
    car = (slice(14, 25), slice(40, 70))
    depth_m[car], ids[car], colours[car] = car_m, 1, (255, 127, 80)
    depth_cm = np.where(np.isfinite(depth_m), np.rint(depth_m * 100), 65535).astype(np.uint16)
    images = {
        'rgb/Camera_0/rgb_{:05d}.jpg': Image.fromarray(colours),
        'depth/Camera_0/depth_{:05d}.png': Image.fromarray(depth_cm),
        'instanceSegmentation/Camera_0/instancegt_{:05d}.png': Image.fromarray(ids),
    }
    for name, image in images.items():
        path = folder / 'frames' / name.format(frame)
        path.parent.mkdir(parents=True, exist_ok=True)
        if 'instancegt' in name:
            image.putpalette([value for number in range(256) for value in (number, 9, 77)])
        image.save(path)


def _write_texts(folder: Path) -> None:
    names = [f'r{row},1 r{row},2 r{row},3 t{row}' for row in (1, 2, 3)]
    intrinsic = ['frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]']
    extrinsic = [f'frame cameraID {" ".join(names)} 0 0 0 1']
    pose = [
        'frame cameraID trackID alpha width height length world_space_X world_space_Y '
        'world_space_Z rotation_world_space_y rotation_world_space_x rotation_world_space_z '
        'camera_space_X camera_space_Y camera_space_Z rotation_camera_space_y '
        'rotation_camera_space_x rotation_camera_space_z'
    ]
    for frame in range(NUM_FRAMES):
        intrinsic.append(f'{frame} 0 {FOCAL_PX} {FOCAL_PX} 61.5 18')
        extrinsic.append(f'{frame} 0 1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1')
        car_m = 22.0 - 2.0 * frame
        pose.append(f'{frame} 0 0 0 1.8 1.5 4 0 0 0 0 0 0 0 0 {car_m} 0 0 0')
    for name, lines in (('intrinsic', intrinsic), ('extrinsic', extrinsic), ('pose', pose)):
        (folder / f'{name}.txt').write_text('\n'.join(lines) + '\n')
