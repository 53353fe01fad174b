"""Fills the folder of detected masks that :class:`masks.MaskConfig` reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mt_depth_ros.core.arrays import BoolImage, ByteImage
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.training.masks import detected_mask_path, write_detected_mask


def detect_masks(
    frames: DepthDataset,
    folder: Path,
    segment: Callable[[ByteImage], BoolImage],
    *,
    on_frame: Callable[[int, int], None] | None = None,
) -> int:
    """Finds the foreground of every frame that has no mask yet.

    Args:
        frames: the dataset.
        folder: of all masks; a run that was interrupted goes on where it was.
        segment: (H, W, 3) uint8 image, red first, to (H, W) bool foreground.
        on_frame: called with (frames done, frames in all).

    Returns:
        How many masks were made.

    Raises:
        DataFileError: a frame cannot be read.
    """
    made = 0
    for index, identity in enumerate(frames.identities):
        if not detected_mask_path(folder, identity).is_file():
            write_detected_mask(folder, identity, segment(frames[index].image_rgb))
            made += 1
        if on_frame is not None:
            on_frame(index + 1, len(frames))
    return made
