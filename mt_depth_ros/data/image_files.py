"""Colour and label images from files, read whole or refused by name.

Pillow reads them: OpenCV fills the missing part of a truncated JPEG with grey, and turns the
palette of a label image into colours.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.core.errors import DataFileError


def read_colour_image(path: Path) -> ByteImage:
    """Reads a colour image (PNG, JPEG).

    Returns:
        (H, W, 3) uint8, red first.

    Raises:
        DataFileError: the file is missing, damaged or has no three 8-bit channels.
    """
    pixels, mode = _read(path, 'a colour image')
    if mode != 'RGB':
        raise _refused(path, 'a colour image with three 8-bit channels', f'mode {mode}')
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def read_picture(path: Path) -> ByteImage:
    """Reads any 8-bit picture as colour: grey, paletted and with transparency too.

    Returns:
        (H, W, 3) uint8, red first.

    Raises:
        DataFileError: the file is missing, damaged or has more than 8 bits a channel.
    """
    try:
        with Image.open(path) as image:
            if image.mode not in {'RGB', 'RGBA', 'L', 'LA', 'P', '1', 'CMYK'}:
                raise _refused(path, 'a picture of 8 bits a channel', f'mode {image.mode}')
            return np.asarray(image.convert('RGB'), dtype=np.uint8).copy()
    except FileNotFoundError as error:
        raise DataFileError(
            expected='a picture', got='no such file', where=str(path), remedy='check the path'
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _refused(path, 'a picture', f'{error} ({_size(path)})') from error


def read_label_image(path: Path) -> NDArray[np.uint8]:
    """Reads a single-channel 8-bit image, paletted or grey: the numbers, not their colours.

    Returns:
        (H, W) uint8.

    Raises:
        DataFileError: the file is missing, damaged or has more than one channel.
    """
    pixels, mode = _read(path, 'a label image')
    if mode not in {'P', 'L'}:
        raise _refused(path, 'a paletted or grey 8-bit image', f'mode {mode}')
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def _read(path: Path, what: str) -> tuple[NDArray[np.generic], str]:
    try:
        with Image.open(path) as image:
            return np.asarray(image), image.mode
    except FileNotFoundError as error:
        raise _refused(path, what, 'no such file') from error
    # Pillow reports damage by any of these, SyntaxError for a broken PNG chunk among them.
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _refused(path, what, f'{error} ({_size(path)})') from error


def _size(path: Path) -> str:
    return f'{path.stat().st_size} bytes' if path.is_file() else 'not a file'


def _refused(path: Path, expected: str, got: str) -> DataFileError:
    return DataFileError(
        expected=expected, got=got, where=str(path), remedy='restore the file from its source'
    )
