"""Pictures in files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from mt_depth_ros.core.arrays import ByteImage


def write_picture(path: Path, picture: ByteImage) -> None:
    """Writes a picture as PNG.

    Args:
        path: the file, ending in ``.png``.
        picture: (H, W, 3) uint8, red first, or (H, W) uint8, grey.

    Raises:
        ValueError: the name does not end in ``.png``, or it is no 8-bit picture.
    """
    is_picture = picture.dtype == np.uint8 and (
        picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
    )
    if not is_picture or path.suffix != '.png':
        raise ValueError(
            'expected uint8 of shape (H, W) or (H, W, 3) and a name ending in .png, '
            f'got {picture.dtype} of shape {picture.shape} and {path.name}'
        )
    blue_first = picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., ::-1])
    _, png = cv2.imencode('.png', blue_first)
    path.write_bytes(png.tobytes())
