"""Pictures side by side, each under a strip with its title."""

from __future__ import annotations

import cv2
import numpy as np

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.visualization.depth_colors import NO_ANSWER_RGB

_LARGEST_TILE_WIDTH_PX = 1242
_SMALLEST_TILE_WIDTH_PX = 480
_STRIP_SHARE = 0.022
_TEXT_RGB = (235, 235, 235)


def titled(image_rgb: ByteImage, title: str, *, tile_width_px: int | None = None) -> ByteImage:
    """The image at the width of a tile, under a strip with its title.

    Args:
        image_rgb: (H, W, 3) uint8.
        title: in the strip; what does not fit is cut off.
        tile_width_px: of the result; None: the image's own, between 480 and 1242.
    """
    height, width = image_rgb.shape[:2]
    own_width = min(max(width, _SMALLEST_TILE_WIDTH_PX), _LARGEST_TILE_WIDTH_PX)
    tile_width = tile_width_px or own_width
    if tile_width != width:
        tile_size = (tile_width, max(1, round(height * tile_width / width)))
        method = cv2.INTER_AREA if tile_width < width else cv2.INTER_NEAREST
        image_rgb = np.asarray(cv2.resize(image_rgb, tile_size, interpolation=method), np.uint8)
    strip_height = max(18, round(_STRIP_SHARE * tile_width))
    strip = np.full((strip_height, tile_width, 3), NO_ANSWER_RGB, np.uint8)
    text_height = strip_height / 40
    baseline = (round(strip_height * 0.3), round(strip_height * 0.72))
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(strip, title, baseline, font, text_height, _TEXT_RGB, 1, cv2.LINE_AA)
    return np.vstack([strip, image_rgb])


def arranged(tiles: list[ByteImage]) -> ByteImage:
    """Two tiles a row, all of one size; an empty place is filled."""
    if len(tiles) % 2:
        tiles = [*tiles, np.full_like(tiles[0], NO_ANSWER_RGB)]
    rows = [np.hstack(tiles[index : index + 2]) for index in range(0, len(tiles), 2)]
    return np.vstack(rows)
