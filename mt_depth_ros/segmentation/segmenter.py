"""What every source of foreground masks looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mt_depth_ros.core.arrays import BoolImage, ByteImage
from mt_depth_ros.core.checks import check_array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class InstanceMask:
    """One object, cut out of the image.

    Attributes:
        mask: (h, w) bool, the object inside its box.
        left_px: column of the box's first pixel in the image.
        top_px: row of the box's first pixel in the image.
        class_id: the model's number of the class.
        class_name: the model's name of the class.
        score: in [0, 1].
    """

    mask: BoolImage
    left_px: int
    top_px: int
    class_id: int
    class_name: str
    score: float

    def __post_init__(self) -> None:
        check_array(self.mask, name='mask', shape=(None, None), dtype='?')

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the image that ``mask`` covers."""
        height, width = self.mask.shape
        return (
            slice(self.top_px, self.top_px + height),
            slice(self.left_px, self.left_px + width),
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Segmentation:
    """The foreground of one image.

    Attributes:
        mask: (H, W) bool, the union of all instances.
        instances: best score first.
    """

    mask: BoolImage
    instances: tuple[InstanceMask, ...] = ()

    def __post_init__(self) -> None:
        check_array(self.mask, name='mask', shape=(None, None), dtype='?')


class Segmenter(Protocol):
    """Finds the foreground. Not safe for use by two threads at once."""

    @property
    def name(self) -> str:
        """The name it is selected and reported by."""

    def segment(self, image_rgb: ByteImage) -> Segmentation:
        """Segments one image.

        Args:
            image_rgb: (H, W, 3) uint8, red first.

        Returns:
            Masks on the grid of the image.
        """


def merge_instances(instances: Sequence[InstanceMask], *, height: int, width: int) -> Segmentation:
    """M_merged = max_i M_i: Eq. 1 of MT-Depth (arXiv 2512.04734).

    Args:
        instances: with boxes inside the image.
        height: rows of the image.
        width: columns of the image.
    """
    merged = np.zeros((height, width), dtype=np.bool_)
    for instance in instances:
        merged[instance.box] |= instance.mask
    return Segmentation(mask=merged, instances=tuple(instances))
