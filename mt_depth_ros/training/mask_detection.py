"""Fills the folder of detected masks that :class:`masks.MaskConfig` reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.foreground import Foreground
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.training.detected_masks import (
    detected_mask_path,
    read_detected_mask,
    says_what_it_is_of,
    write_detected_mask,
)

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
        folder: of all masks, of one dataset or of several whose frames have different names; a
            run that was interrupted goes on where it was.
        segment: (H, W, 3) uint8 image, red first, to (H, W) foreground.
        model: what tells it from another one: its name and the sha256 of its weights.
        on_frame: called with (frames done, frames in all).

    Returns:
        How many masks were made.

    Raises:
        DataFileError: a frame cannot be read, or the folder holds the masks of another dataset.
        ConfigError: the folder holds the masks of another model, or of an older version.
    """
    _claim(folder, model)
    made = 0
    known: set[FrameIdentity] = set()
    for index, identity in enumerate(frames.identities):
        path = detected_mask_path(folder, identity)
        sequence = replace(identity, frame=0)
        if not path.is_file():
            sample = frames[index]
            write_detected_mask(folder, sample, segment(sample.image_rgb))
            made += 1
        elif sequence not in known:  # One of each drive: all of them were made of one dataset.
            _require_of_version(path)
            read_detected_mask(folder, frames[index])
            known.add(sequence)
        if on_frame is not None:
            on_frame(index + 1, len(frames))
    return made


def _require_of_version(path: Path) -> None:
    """Raises where it cannot be told which dataset a mask is of."""
    if not says_what_it_is_of(path):
        raise ConfigError(
            expected='masks that say what image they are of',
            got='one of an older version',
            where=str(path),
            remedy='training reads it as it is; to detect more, name another folder, or remove '
            'this one',
        )


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
