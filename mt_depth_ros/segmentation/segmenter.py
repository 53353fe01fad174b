"""What every source of foreground masks looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatImage
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.foreground import is_foreground


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class InstanceMask:
    """One object, cut out of the image.

    Attributes:
        probability: (h, w) float32 in [0, 1], how likely each pixel of its box is the object's.
        left_px: column of the box's first pixel in the image.
        top_px: row of the box's first pixel in the image.
        class_id: the model's number of the class.
        class_name: the model's name of the class.
        score: in [0, 1].
    """

    probability: FloatImage
    left_px: int
    top_px: int
    class_id: int
    class_name: str
    score: float

    def __post_init__(self) -> None:
        check_array(self.probability, name='probability', shape=(None, None), dtype='f4')

    @property
    def mask(self) -> BoolImage:
        """(h, w) bool, the object inside its box."""
        return is_foreground(self.probability)

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the image that it covers."""
        height, width = self.probability.shape
        return (
            slice(self.top_px, self.top_px + height),
            slice(self.left_px, self.left_px + width),
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Segmentation:
    """The foreground of one image.

    Attributes:
        probability: (H, W) float32 in [0, 1], that a pixel belongs to one of the instances.
        instances: best score first.
    """

    probability: FloatImage
    instances: tuple[InstanceMask, ...] = ()

    def __post_init__(self) -> None:
        check_array(self.probability, name='probability', shape=(None, None), dtype='f4')

    @property
    def mask(self) -> BoolImage:
        """(H, W) bool, the union of all instances."""
        return is_foreground(self.probability)


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
    probability = np.zeros((height, width), dtype=np.float32)
    for instance in instances:
        inside = probability[instance.box]
        np.maximum(inside, instance.probability, out=inside)
    return Segmentation(probability=probability, instances=tuple(instances))
