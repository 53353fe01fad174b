"""Images to the bytes of image files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mt_depth_ros.core.arrays import ByteImage

# The first level: a tenth larger than the default and several times as fast.
_PNG_LEVEL = 1


def read_colour(path: Path) -> ByteImage:
    """An image file as (H, W, 3) uint8, red first."""
    with Image.open(path) as image:
        return np.asarray(image.convert('RGB'))


def jpeg_bytes(image_rgb: ByteImage, quality: int) -> bytes:
    """A JPEG file."""
    bgr = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)


def png_bytes(image: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """A PNG file: (H, W) uint8 or uint16 grey, or (H, W, 3) uint8 red first."""
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    _, data = cv2.imencode('.png', pixels, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])
    return bytes(data)


def paletted_png_bytes(index: NDArray[np.uint8], palette_rgb: NDArray[np.uint8]) -> bytes:
    """A PNG file whose pixels are indices into a palette.

    Args:
        index: (H, W) uint8.
        palette_rgb: (256, 3) uint8.
    """
    image = Image.fromarray(index).convert('L')
    image.putpalette(palette_rgb.tobytes())
    buffer = BytesIO()
    image.save(buffer, format='PNG', compress_level=_PNG_LEVEL)
    return buffer.getvalue()
