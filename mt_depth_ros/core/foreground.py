"""Foreground masks as networks see them: yes or no at each pixel, or how likely.

A mask of bools is taken at its word, up to its edge. What a detector finds is known to its own
coarse grid only, and a network that is told so by probabilities can look for the edge itself.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np

from mt_depth_ros.core.arrays import BoolImage, FloatImage
from mt_depth_ros.core.checks import check_array

Foreground: TypeAlias = BoolImage | FloatImage
"""(H, W) bool, or (H, W) float32 probability in [0, 1]."""

DETECTOR_CELLS = 160
"""A YOLO model knows its masks on a grid of so many cells along the longer side."""


def check_foreground(mask: Foreground, *, name: str, shape: tuple[int | None, ...]) -> None:
    """Raises unless ``mask`` is one.

    Args:
        mask: the array to check.
        name: what to call it in the message.
        shape: the expected one; None stands for any length.

    Raises:
        ValueError: the shape or dtype differs. A programming error, not a user's.
    """
    dtype = 'f4' if isinstance(mask, np.ndarray) and mask.dtype == np.float32 else '?'
    check_array(mask, name=name, shape=shape, dtype=dtype)


def is_foreground(mask: Foreground) -> BoolImage:
    """(H, W) bool: where foreground is likelier than not."""
    return np.asarray(mask if mask.dtype == np.bool_ else mask > 0.5, np.bool_)


def foreground_probability(mask: Foreground) -> FloatImage:
    """(H, W) float32 in [0, 1]."""
    return np.asarray(mask, np.float32)


def with_uncertain_edges(mask: BoolImage) -> FloatImage:
    """A mask of unknown origin, its edges as uncertain as those that a detector finds.

    Args:
        mask: (H, W) bool.

    Returns:
        (H, W) float32 probability: the share of foreground within a detector's cell, but never
        so that the mask becomes another one.
    """
    radius = round(max(mask.shape) / DETECTOR_CELLS / 2)
    side = 2 * radius + 1
    given = mask.view(np.uint8) * np.uint8(255)
    share = cv2.blur(given, (side, side))
    # In bytes, as this runs on every image: at least 128 inside the mask, at most 127 outside.
    likely = cv2.min(cv2.max(share, given & 128), given | 127)
    return np.asarray(likely / np.float32(255.0), np.float32)
