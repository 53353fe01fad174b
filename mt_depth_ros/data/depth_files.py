"""Depth maps in files, to and from float32 metres.

Pillow reads the PNGs: OpenCV fills the missing rows of a truncated one without an error.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.depth_units import (
    kitti_from_metres,
    metres_from_kitti,
    metres_from_millimetres,
    metres_from_virtual_kitti,
    millimetres_from_metres,
    virtual_kitti_from_metres,
)
from mt_depth_ros.core.errors import DataFileError


class DepthFormat(Enum):
    """How a file stores depth; a 16-bit PNG does not tell which of the three it is."""

    KITTI = 'kitti'
    """16-bit PNG, metres x 256, 0 = none."""

    MILLIMETRES = 'millimetres'
    """16-bit PNG, millimetres, 0 = none (most RGB-D cameras)."""

    VIRTUAL_KITTI = 'virtual_kitti'
    """16-bit PNG, centimetres, 65535 = sky (Virtual KITTI 2)."""

    METRES = 'metres'
    """``.npy``, metres."""


_DECODE = {
    DepthFormat.KITTI: metres_from_kitti,
    DepthFormat.MILLIMETRES: metres_from_millimetres,
    DepthFormat.VIRTUAL_KITTI: metres_from_virtual_kitti,
}
_ENCODE = {
    DepthFormat.KITTI: kitti_from_metres,
    DepthFormat.MILLIMETRES: millimetres_from_metres,
    DepthFormat.VIRTUAL_KITTI: virtual_kitti_from_metres,
}
# Pillow names a 16-bit grey PNG I;16 or, before its release 10, I.
_GREY_16_BIT_MODES = {'I;16', 'I;16B', 'I'}


def read_depth(path: Path, depth_format: DepthFormat = DepthFormat.KITTI) -> FloatImage:
    """Reads a depth map.

    Args:
        path: a 16-bit grey PNG, or a ``.npy`` file, which is always metres.
        depth_format: what the numbers of a PNG mean.

    Returns:
        (H, W) float32 metres; 0 = no measurement in KITTI's and millimetre files, +Inf = sky in
        Virtual KITTI's, and what stands in a ``.npy`` file as it is.

    Raises:
        DataFileError: the file is missing, damaged, or no depth map of that kind.
    """
    if path.suffix == '.npy':
        return _read_npy(path)
    if depth_format is DepthFormat.METRES:
        raise _refused(path, 'a .npy file for depth in metres', path.suffix or 'no suffix')
    return _DECODE[depth_format](_read_png(path))


def write_depth(path: Path, depth_m: FloatImage, depth_format: DepthFormat) -> None:
    """Writes a depth map; what the format cannot say is as in :mod:`depth_units`.

    Args:
        path: ends in ``.npy`` for metres and in ``.png`` for the others.
        depth_m: (H, W) float32 metres.
        depth_format: how to store it.

    Raises:
        ValueError: the suffix does not fit the format, or Virtual KITTI 2 is asked to store a
            pixel without depth.
    """
    suffix = '.npy' if depth_format is DepthFormat.METRES else '.png'
    if path.suffix != suffix:
        raise ValueError(f'{path}: expected a name ending in {suffix} for {depth_format.value}')
    if depth_format is DepthFormat.METRES:
        np.save(path, depth_m.astype(np.float32, copy=False))
        return
    _, png = cv2.imencode('.png', _ENCODE[depth_format](depth_m))
    path.write_bytes(png.tobytes())


def _read_npy(path: Path) -> FloatImage:
    expected = 'a .npy file with a two-dimensional float array, metres'
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise _refused(path, expected, 'no such file') from error
    except (OSError, ValueError, EOFError) as error:
        raise _refused(path, expected, f'{error} ({path.stat().st_size} bytes)') from error
    if not isinstance(array, np.ndarray):
        raise _refused(path, expected, 'an archive of several arrays')
    if array.ndim != 2 or not np.issubdtype(array.dtype, np.floating):
        raise _refused(path, expected, f'{array.dtype} of shape {array.shape}')
    return array.astype(np.float32)


def _read_png(path: Path) -> NDArray[np.uint16]:
    expected = 'a 16-bit grey PNG'
    try:
        with Image.open(path) as image:
            mode, code = image.mode, np.asarray(image)
    except FileNotFoundError as error:
        raise _refused(path, expected, 'no such file') from error
    # Pillow reports damage by any of these, SyntaxError for a broken PNG chunk among them.
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _refused(path, expected, f'{error} ({path.stat().st_size} bytes)') from error
    if mode not in _GREY_16_BIT_MODES:
        raise DataFileError(
            expected=expected,
            got=f'an image of mode {mode} (8 bits a channel)',
            where=str(path),
            remedy='give the depth map itself, not a coloured or 8-bit picture of it',
        )
    return code.astype(np.uint16)


def _refused(path: Path, expected: str, got: str) -> DataFileError:
    return DataFileError(
        expected=expected, got=got, where=str(path), remedy='check the path and the file'
    )
