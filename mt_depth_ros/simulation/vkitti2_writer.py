"""Writes the layout and encodings of Virtual KITTI 2.0.3, with LiDAR scans beside them.

``Scene01/clone/frames/{rgb,depth,classSegmentation,instanceSegmentation}/Camera_0/`` hold
``rgb_00000.jpg``, ``depth_00000.png`` (uint16 centimetres, 65535 = sky), ``classgt_00000.png``
(colours) and ``instancegt_00000.png`` (paletted, value = trackID + 1). Text files lie in
``Scene01/clone/``.

Not in Virtual KITTI 2: ``Scene01/clone/frames/lidar/lidar_00000.npz`` with ``points_m``
(N, 3) float32 in the LiDAR's own frame, ``intensity`` uint8, ``ring`` uint8 and ``time_s``
float32, and ``Scene01/clone/lidar_to_camera.txt``, the 4x4 matrix from there to Camera_0.
"""

from __future__ import annotations

from io import BytesIO
import json
from pathlib import Path
import shutil

import numpy as np

from mt_depth_ros.core.depth_units import virtual_kitti_from_metres
from mt_depth_ros.simulation.atomic_files import write_atomically
from mt_depth_ros.simulation.config import SimulationConfig
from mt_depth_ros.simulation.image_encoding import jpeg_bytes, paletted_png_bytes, png_bytes
from mt_depth_ros.simulation.simulated_frame import SimulatedFrame
from mt_depth_ros.simulation.sweep import Sweep
from mt_depth_ros.simulation.vkitti2_text import frame_record, Record, text_files

CAMERA_FOLDER = 'Camera_0'
_LAST_TEXT_FILE = 'info.txt'


def instance_palette() -> np.ndarray:
    """(256, 3) uint8 colours that tell neighbouring track numbers apart; 0 is black."""
    palette = np.random.default_rng(2).integers(40, 256, (256, 3), dtype=np.uint8)
    palette[0] = 0
    return palette


class Vkitti2Writer:
    """Writes scenes as weather twins: every condition has the same geometry.

    Args:
        config: the simulation.
    """

    def __init__(self, config: SimulationConfig) -> None:
        self._config = config
        self._palette = instance_palette()

    def _folder(self, scene: int, condition: str) -> Path:
        return self._config.output / f'Scene{scene:02d}' / condition

    def _records(self, scene: int) -> Path:
        return self._config.output / '.progress' / f'Scene{scene:02d}'

    def _record(self, scene: int, index: int) -> Path:
        return self._records(scene) / f'{index:05d}.json'

    def has_scene(self, scene: int) -> bool:
        """Whether the last of the scene's files is there."""
        last = self._config.conditions[-1]
        return (self._folder(scene, last) / _LAST_TEXT_FILE).exists()

    def has_frame(self, scene: int, index: int) -> bool:
        """Whether the frame's record, written after all its images, is there."""
        return self._record(scene, index).exists()

    def conditions(self, scene: int) -> tuple[str, ...]:
        """All of them: twins."""
        del scene
        return self._config.conditions

    def write_frame(self, frame: SimulatedFrame) -> None:
        """Writes the frame's images and scan in every condition, then its record."""
        depth = png_bytes(virtual_kitti_from_metres(frame.depth_m))
        classes = png_bytes(frame.class_rgb)
        instances = paletted_png_bytes(frame.instance, self._palette)
        scan = scan_bytes(frame.sweep)
        number = f'{frame.index:05d}'
        for condition, image in frame.images_rgb.items():
            frames = self._folder(frame.scene, condition) / 'frames'
            camera = {
                'rgb': (f'rgb_{number}.jpg', jpeg_bytes(image, self._config.camera.jpeg_quality)),
                'depth': (f'depth_{number}.png', depth),
                'classSegmentation': (f'classgt_{number}.png', classes),
                'instanceSegmentation': (f'instancegt_{number}.png', instances),
            }
            for folder, (name, data) in camera.items():
                write_atomically(frames / folder / CAMERA_FOLDER / name, data)
            write_atomically(frames / 'lidar' / f'lidar_{number}.npz', scan)
        record = json.dumps(frame_record(frame)).encode()
        write_atomically(self._record(frame.scene, frame.index), record)

    def finish_scene(self, scene: int) -> None:
        """Writes the text files, which need all frames, and drops the records."""
        records: list[Record] = [
            json.loads(self._record(scene, index).read_text())
            for index in range(self._config.frames)
        ]
        texts = text_files(records)
        matrix = '\n'.join(
            ' '.join(f'{value:.9g}' for value in row) for row in records[0]['camera_from_lidar']
        )
        for condition in self._config.conditions:
            folder = self._folder(scene, condition)
            write_atomically(folder / 'lidar_to_camera.txt', f'{matrix}\n'.encode())
            for name, text in sorted(texts.items(), key=lambda item: item[0] == 'info'):
                write_atomically(folder / f'{name}.txt', text.encode())
        shutil.rmtree(self._records(scene))


def scan_bytes(sweep: Sweep) -> bytes:
    """A LiDAR scan as the bytes of an ``.npz`` file."""
    buffer = BytesIO()
    np.savez(
        buffer,
        points_m=sweep.points_m,
        intensity=np.round(sweep.intensity * 255).astype(np.uint8),
        ring=sweep.ring.astype(np.uint8),
        time_s=sweep.time_s,
    )
    return buffer.getvalue()
