"""The classes of Virtual KITTI 2 and the colours that stand for them in its class images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.core.errors import DataFileError


@dataclass(frozen=True, slots=True)
class ClassColour:
    """One row of ``colors.txt``.

    Attributes:
        name: the category.
        red, green, blue: its colour, 0 to 255.
    """

    name: str
    red: int
    green: int
    blue: int


CLASS_COLOURS = (
    ClassColour('Undefined', 0, 0, 0),
    ClassColour('Terrain', 210, 0, 200),
    ClassColour('Sky', 90, 200, 255),
    ClassColour('Tree', 0, 199, 0),
    ClassColour('Vegetation', 90, 240, 0),
    ClassColour('Building', 140, 140, 140),
    ClassColour('Road', 100, 60, 100),
    ClassColour('GuardRail', 250, 100, 255),
    ClassColour('TrafficSign', 255, 255, 0),
    ClassColour('TrafficLight', 200, 200, 0),
    ClassColour('Pole', 255, 130, 0),
    ClassColour('Misc', 80, 80, 80),
    ClassColour('Truck', 160, 60, 60),
    ClassColour('Car', 255, 127, 80),
    ClassColour('Van', 0, 139, 139),
)
"""Every category of Virtual KITTI 2.0.3; a class id is a place in this table."""


def class_id(name: str) -> int:
    """The id of a category.

    Raises:
        ValueError: there is no such category.
    """
    return [colour.name for colour in CLASS_COLOURS].index(name)


def class_ids_from_colours(image_rgb: ByteImage, *, where: str) -> NDArray[np.uint8]:
    """Decodes a class image.

    Args:
        image_rgb: (H, W, 3) uint8.
        where: the file, for the error.

    Returns:
        (H, W) uint8 places in :data:`CLASS_COLOURS`.

    Raises:
        DataFileError: a colour is none of the table's.
    """
    codes = _colour_codes(image_rgb)
    ids = _ID_OF_CODE[np.minimum(np.searchsorted(_CODES, codes), len(_CODES) - 1)]
    strange = _CODE_OF_ID[ids] != codes
    if strange.any():
        row, column = np.argwhere(strange)[0]
        raise DataFileError(
            expected='the colours of the Virtual KITTI 2 classes',
            got=f'{np.count_nonzero(strange)} other pixels, the first is '
            f'{tuple(image_rgb[row, column].tolist())} at row {row}, column {column}',
            where=where,
            remedy='use the class image as it was published, without resizing or JPEG',
        )
    return ids


def _colour_codes(image_rgb: ByteImage) -> NDArray[np.uint32]:
    red, green, blue = np.moveaxis(image_rgb.astype(np.uint32), -1, 0)
    return np.asarray((red << 16) | (green << 8) | blue, dtype=np.uint32)


_CODE_OF_ID = _colour_codes(
    np.array([(colour.red, colour.green, colour.blue) for colour in CLASS_COLOURS], np.uint8)
)
_ID_OF_CODE = np.argsort(_CODE_OF_ID).astype(np.uint8)
_CODES = _CODE_OF_ID[_ID_OF_CODE]
