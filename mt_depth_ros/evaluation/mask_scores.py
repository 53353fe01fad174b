"""How well a foreground mask fits the truth: overlap, and the share of objects found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import BoolImage

FOUND_AT_OVERLAP = 0.5
"""A labelled object counts as found from this intersection over union of the boxes on, as in
PASCAL VOC (Everingham et al. 2010)."""


@dataclass(kw_only=True, slots=True)
class MaskOverlap:
    """Overlap of masks over frames.

    Attributes:
        frames: seen.
        shared, either: pixels in both masks and in at least one, over all frames.
        found, true: pixels of the masks and of the truth.
        per_frame: intersection over union of each frame that has foreground in either.
    """

    frames: int = 0
    shared: int = 0
    either: int = 0
    found: int = 0
    true: int = 0
    per_frame: list[float] = field(default_factory=list)

    def add(self, found: BoolImage, true: BoolImage) -> None:
        """Adds a frame.

        Args:
            found: (H, W) bool.
            true: (H, W) bool.
        """
        if found.shape != true.shape:
            raise ValueError(f'masks of {found.shape} and {true.shape} cannot be compared')
        shared, either = int((found & true).sum()), int((found | true).sum())
        self.frames += 1
        self.shared += shared
        self.either += either
        self.found += int(found.sum())
        self.true += int(true.sum())
        if either:
            self.per_frame.append(shared / either)

    @property
    def pooled(self) -> float:
        """Intersection over union with the pixels of all frames together; NaN without any."""
        return self.shared / self.either if self.either else float('nan')

    @property
    def mean(self) -> float:
        """Mean over the frames that have foreground; NaN without any."""
        return float(np.mean(self.per_frame)) if self.per_frame else float('nan')

    @property
    def precision(self) -> float:
        """The share of found pixels that is true; NaN where none is found."""
        return self.shared / self.found if self.found else float('nan')

    @property
    def recall(self) -> float:
        """The share of true pixels that is found; NaN where there are none."""
        return self.shared / self.true if self.true else float('nan')


def box_overlap(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> float:
    """Intersection over union of two boxes, each left, top, right, bottom edge in pixels."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0.0 or height <= 0.0:
        return 0.0
    shared = width * height
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return shared / (areas - shared)


def found_by(
    label: tuple[float, float, float, float],
    boxes: Sequence[tuple[float, float, float, float]],
) -> bool:
    """Whether one of the boxes overlaps a labelled one enough; see :data:`FOUND_AT_OVERLAP`."""
    return any(box_overlap(label, box) >= FOUND_AT_OVERLAP for box in boxes)


def covered_share(label: tuple[float, float, float, float], mask: NDArray[np.bool_]) -> float:
    """The share of a labelled box's pixels that a mask covers.

    Args:
        label: left, top, right, bottom; pixel centres are whole numbers.
        mask: (H, W) bool.
    """
    left, top, right, bottom = (max(0, round(edge)) for edge in label)
    inside = mask[top : bottom + 1, left : right + 1]
    return float(inside.mean()) if inside.size else 0.0
