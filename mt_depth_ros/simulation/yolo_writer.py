"""Writes an ultralytics segmentation dataset from the instance masks.

``images/{train,val}/scene01_clone_00000.jpg``, ``labels/{train,val}/scene01_clone_00000.txt``
with a line ``class x1 y1 x2 y2 ...`` (polygon, shares of width and height) for every instance,
and ``data.yaml``.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.simulation.atomic_files import write_atomically
from mt_depth_ros.simulation.config import SimulationConfig
from mt_depth_ros.simulation.image_encoding import jpeg_bytes
from mt_depth_ros.simulation.object_classes import InstanceLabel
from mt_depth_ros.simulation.simulated_frame import SimulatedFrame

CLASS_NAMES = tuple(label.value for label in InstanceLabel)
VALIDATION_EVERY = 5
MIN_PIXELS = 24
LIST_NAME = 'data.yaml'


def takes_turns(config: SimulationConfig) -> bool:
    """Whether every fifth scene would have one and the same condition, or the same few."""
    return len(config.conditions) % VALIDATION_EVERY == 0


class YoloWriter:
    """Writes images and polygons; each scene takes the next of the conditions.

    One of five scenes is for validation, or the last one where there are fewer than five. A single
    scene gives its last fifth of frames. It is the fifth, but for conditions that come back after
    five scenes too: then the fourth of the next five, the third after that, so that each condition
    is validated on.

    Args:
        config: the simulation.
    """

    def __init__(self, config: SimulationConfig) -> None:
        self._config = config

    def _split(self, scene: int, index: int) -> str:
        scenes, frames = self._config.scenes, self._config.frames
        number = scene - self._config.first_scene + 1
        if scenes == 1:
            return 'val' if index >= frames - max(1, frames // VALIDATION_EVERY) else 'train'
        if scenes < VALIDATION_EVERY:
            return 'val' if number == scenes else 'train'
        block, place = divmod(number - 1, VALIDATION_EVERY)
        back = block % VALIDATION_EVERY if takes_turns(self._config) else 0
        return 'val' if place == VALIDATION_EVERY - 1 - back else 'train'

    def _paths(self, scene: int, index: int) -> tuple[Path, Path]:
        split = self._split(scene, index)
        stem = f'scene{scene:02d}_{self.conditions(scene)[0]}_{index:05d}'
        output = self._config.output
        return output / 'images' / split / f'{stem}.jpg', output / 'labels' / split / f'{stem}.txt'

    def has_scene(self, scene: int) -> bool:
        """Whether all of the scene's labels are there, and the file that lists the classes."""
        return (self._config.output / LIST_NAME).exists() and all(
            self.has_frame(scene, index) for index in range(self._config.frames)
        )

    def has_frame(self, scene: int, index: int) -> bool:
        """Whether the frame's labels, written after its image, are there."""
        return self._paths(scene, index)[1].exists()

    def conditions(self, scene: int) -> tuple[str, ...]:
        """One of them."""
        return (self._config.conditions[(scene - 1) % len(self._config.conditions)],)

    def write_frame(self, frame: SimulatedFrame) -> None:
        """Writes the image, then its polygons."""
        image_path, label_path = self._paths(frame.scene, frame.index)
        (image,) = frame.images_rgb.values()
        write_atomically(image_path, jpeg_bytes(image, self._config.camera.jpeg_quality))
        write_atomically(label_path, label_text(frame).encode())

    def finish_scene(self, scene: int) -> None:
        """Writes ``data.yaml``, the same for every scene."""
        del scene
        names = ''.join(f'  {number}: {name}\n' for number, name in enumerate(CLASS_NAMES))
        # Without "path" ultralytics looks beside this file, wherever the dataset is moved.
        text = f'train: images/train\nval: images/val\nnames:\n{names}'
        write_atomically(self._config.output / LIST_NAME, text.encode())


def label_text(frame: SimulatedFrame) -> str:
    """The lines of a label file; an instance of less than 24 pixels is left out."""
    lines = []
    for thing in frame.instances:
        polygon = mask_polygon(
            frame.instance[thing.top : thing.bottom + 1, thing.left : thing.right + 1]
            == thing.track_id + 1
        )
        label = thing.world_object.label
        if thing.pixels < MIN_PIXELS or len(polygon) < 3 or label is None:
            continue
        # A pixel's centre lies half a pixel into it.
        centres = polygon + np.array([thing.left + 0.5, thing.top + 0.5])
        shares = centres / np.array([frame.camera.width, frame.camera.height])
        numbers = ' '.join(f'{value:.6f}' for value in shares.ravel())
        lines.append(f'{CLASS_NAMES.index(label.value)} {numbers}\n')
    return ''.join(lines)


def mask_polygon(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N, 2) x, y outline of a mask; pieces are joined by thin bridges, as ultralytics does.

    Args:
        mask: (h, w) bool.
    """
    found = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    pieces = [piece.reshape(-1, 2) for piece in found[0] if len(piece) >= 3]
    if not pieces:
        return np.empty((0, 2))
    outline = max(pieces, key=len)
    rest = [piece for piece in pieces if piece is not outline]
    for piece in rest:
        apart = np.linalg.norm(outline[:, None].astype(float) - piece[None], axis=2)
        here, there = np.unravel_index(np.argmin(apart), apart.shape)
        loop = np.roll(piece, -int(there), axis=0)
        outline = np.concatenate([outline[: here + 1], loop, loop[:1], outline[here:]])
    return np.asarray(outline, dtype=np.float64)
