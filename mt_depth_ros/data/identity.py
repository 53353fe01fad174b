"""What a frame is called, on every machine, and the randomness that belongs to it.

An evaluation draws its sparse input from the name of the frame, so the same frame gets the same
points whatever its folder, the order of the run or the number of processes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
import hashlib

import numpy as np

from mt_depth_ros.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class FrameIdentity:
    """The name of a frame, written ``dataset/scene/condition/camera/frame``.

    Attributes:
        dataset: family of the data, e.g. ``vkitti2``.
        scene: the place or drive; frames of different scenes never show the same place.
        condition: weather or view of the same drive (Virtual KITTI 2's variation), else ``real``.
        camera: e.g. ``Camera_0``.
        frame: position in the sequence, so that neighbours in time have neighbouring numbers.

    Raises:
        ValueError: a part is empty or holds a slash, or the frame is negative.
    """

    dataset: str
    scene: str
    condition: str
    camera: str
    frame: int

    def __post_init__(self) -> None:
        for name in ('dataset', 'scene', 'condition', 'camera'):
            part = getattr(self, name)
            if not part or '/' in part or part != part.strip():
                raise ValueError(f'{name}: expected a name without slash, got {part!r}')
        if self.frame < 0:
            raise ValueError(f'frame: expected 0 or more, got {self.frame}')

    def __str__(self) -> str:
        sequence = f'{self.dataset}/{self.scene}/{self.condition}/{self.camera}'
        return f'{sequence}/{self.frame:05d}'

    @classmethod
    def parse(cls, text: str) -> FrameIdentity:
        """Reads what ``str`` wrote.

        Raises:
            ConfigError: the text is not such a name.
        """
        parts = text.strip().split('/')
        try:
            dataset, scene, condition, camera, frame = parts
            return cls(
                dataset=dataset,
                scene=scene,
                condition=condition,
                camera=camera,
                frame=int(frame),
            )
        except ValueError as error:
            raise ConfigError(
                expected='dataset/scene/condition/camera/frame',
                got=repr(text),
                where='frame name',
                remedy='write it as the frame lists do: vkitti2/Scene02/fog/Camera_0/00007',
            ) from error

    def shifted(self, frames: int) -> FrameIdentity:
        """The frame ``frames`` later (earlier, if negative) in the same sequence."""
        return replace(self, frame=self.frame + frames)

    def generator(self, purpose: str) -> np.random.Generator:
        """A random generator that depends on this name and the purpose, and on nothing else.

        Args:
            purpose: what the numbers are for, so that two uses of one frame are independent.
        """
        digest = hashlib.sha256(f'{self}|{purpose}'.encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], 'little'))
