"""Fills the folder of detected masks that :class:`masks.MaskConfig` reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.foreground import Foreground
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.training.masks import detected_mask_path, write_detected_mask

MODEL_NOTE = 'model.txt'
"""The file that says whose masks a folder holds."""


def detect_masks(
    frames: DepthDataset,
    folder: Path,
    segment: Callable[[ByteImage], Foreground],
    *,
    model: str,
    on_frame: Callable[[int, int], None] | None = None,
) -> int:
    """Finds the foreground of every frame that has no mask yet.

    Args:
        frames: the dataset.
        folder: of all masks; a run that was interrupted goes on where it was.
        segment: (H, W, 3) uint8 image, red first, to (H, W) foreground.
        model: what tells it from another one: its name and the sha256 of its weights.
        on_frame: called with (frames done, frames in all).

    Returns:
        How many masks were made.

    Raises:
        DataFileError: a frame cannot be read.
        ConfigError: the folder holds the masks of another model.
    """
    _claim(folder, model)
    made = 0
    for index, identity in enumerate(frames.identities):
        if not detected_mask_path(folder, identity).is_file():
            write_detected_mask(folder, identity, segment(frames[index].image_rgb))
            made += 1
        if on_frame is not None:
            on_frame(index + 1, len(frames))
    return made


def _claim(folder: Path, model: str) -> None:
    """Notes whose masks a folder holds, so that those of two models do not mix."""
    note = folder / MODEL_NOTE
    if not note.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(f'{model}\n', encoding='utf-8')
    elif (before := note.read_text(encoding='utf-8').strip()) != model:
        raise ConfigError(
            expected=f'a folder for the masks of {model}',
            got=f'masks of {before}',
            where=str(folder),
            remedy='give this model another folder, or remove that one',
        )
