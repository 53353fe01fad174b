"""Masks that a detector found, on disk: a PNG for each frame, which says what image it is of.

Frames of two datasets may have the same name, as all simulated ones begin with Scene01: so a mask
carries how bright its image is in each field of a coarse grid.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mt_depth_ros.core.arrays import ByteImage, FloatImage
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.foreground import Foreground, foreground_probability
from mt_depth_ros.core.whole_files import whole_file
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample

FIELDS = (8, 16)
"""Rows and columns of that grid."""

LARGEST_DIFFERENCE = 3
"""Between the fields of two readings of one image, of 255: decoders of JPEG differ by less."""

_FIELDS_KEY = 'brightness of the image'


def detected_mask_path(folder: Path, identity: FrameIdentity) -> Path:
    """The file of a detected mask."""
    return folder / f'{identity}.png'


def write_detected_mask(folder: Path, sample: DepthSample, mask: Foreground) -> None:
    """Keeps what a detector found in a frame, in steps of 1/255.

    Args:
        folder: of all masks.
        sample: the frame, as it is read.
        mask: (H, W) on the grid of that frame.
    """
    path = detected_mask_path(folder, sample.identity)
    about = PngInfo()
    about.add_text(_FIELDS_KEY, _brightness(sample.image_rgb).tobytes().hex())
    image = Image.fromarray(np.rint(255.0 * foreground_probability(mask)).astype(np.uint8))
    with whole_file(path) as unfinished:
        image.save(unfinished, format='PNG', pnginfo=about)


def read_detected_mask(folder: Path, sample: DepthSample) -> FloatImage:
    """(H, W) float32 probability: what :func:`write_detected_mask` wrote.

    Masks of older versions, which do not say what image they are of, are taken at their name.

    Raises:
        DataFileError: the mask is missing, damaged, or of another size or image.
    """
    path = detected_mask_path(folder, sample.identity)
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
    if image is None or image.shape != sample.truth_m.shape:
        raise DataFileError(
            expected='a mask of {1}x{0} pixels'.format(*sample.truth_m.shape),
            got='no such file' if image is None else f'an image of shape {image.shape}',
            where=str(path),
            remedy='detect the masks of this dataset again',
        )
    fields = _fields_in(path)
    if fields is not None:
        differences = np.abs(fields.astype(int) - _brightness(sample.image_rgb))
        if differences.max() > LARGEST_DIFFERENCE:
            raise DataFileError(
                expected='the mask of this frame',
                got="that of another dataset's frame of the same name",
                where=str(path),
                remedy='detect the masks of each such dataset into a folder of its own',
            )
    return np.asarray(image, np.float32) / np.float32(255.0)


def says_what_it_is_of(path: Path) -> bool:
    """Whether a mask carries the brightness of its image; those of older versions do not."""
    return _fields_in(path) is not None


def _fields_in(path: Path) -> ByteImage | None:
    with Image.open(path) as image:
        text = image.info.get(_FIELDS_KEY)
    return None if text is None else np.frombuffer(bytes.fromhex(text), np.uint8).reshape(FIELDS)


def _brightness(image_rgb: ByteImage) -> ByteImage:
    """(8, 16) uint8: the mean of each field."""
    grey = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, FIELDS[::-1], interpolation=cv2.INTER_AREA), np.uint8)
