"""Many frames at a glance: each a row of pictures with its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import ByteImage, FloatImage
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.visualization.depth_colors import DepthColors, NO_ANSWER_RGB
from mt_depth_ros.visualization.overlays import draw_measurements

_STRIP_HEIGHT_PX = 22
_TEXT_RGB = (235, 235, 235)
_DENSE_SHARE = 0.3


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SheetRow:
    """A frame of a contact sheet.

    Attributes:
        title: what stands above it.
        image_rgb: (H, W, 3) uint8.
        sparse_depth_m: (H, W) float32 metres, 0 = no measurement; or None.
        truth_m: (H, W) float32 metres, 0 = unknown, +Inf = sky; or None.
        instance_ids: (H, W) int32, 0 = none; or None.
    """

    title: str
    image_rgb: ByteImage
    sparse_depth_m: FloatImage | None = None
    truth_m: FloatImage | None = None
    instance_ids: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        size = self.image_rgb.shape[:2]
        check_array(self.image_rgb, name='image_rgb', shape=(*size, 3), dtype='u1')
        for name, dtype in (('sparse_depth_m', 'f4'), ('truth_m', 'f4'), ('instance_ids', 'i4')):
            image = getattr(self, name)
            if image is not None:
                check_array(image, name=name, shape=size, dtype=dtype)


def draw_contact_sheet(
    rows: Sequence[SheetRow], *, tile_width_px: int = 480, colors: DepthColors | None = None
) -> ByteImage:
    """Draws image, measurements, truth and instances of every frame, side by side.

    A column that no frame has is left out; what a single frame lacks stays dark.

    Args:
        rows: the frames, at least one.
        tile_width_px: of each picture.
        colors: colour of a depth, the same for the whole sheet.

    Returns:
        (H', W', 3) uint8, red first.

    Raises:
        ValueError: there are no rows.
    """
    if not rows:
        raise ValueError('rows: expected at least one frame')
    colors = colors or DepthColors()
    has_sparse = any(row.sparse_depth_m is not None for row in rows)
    has_truth = any(row.truth_m is not None for row in rows)
    has_instances = any(row.instance_ids is not None for row in rows)
    drawn = []
    for row in rows:
        # As wide as a pixel of the sheet once the picture is shrunk.
        radius_px = max(1, round(row.image_rgb.shape[1] / tile_width_px / 2))
        tiles: list[ByteImage | None] = [row.image_rgb]
        if has_sparse:
            tiles.append(_draw_dots(row.image_rgb, row.sparse_depth_m, colors, radius_px))
        if has_truth:
            tiles.append(_draw_truth(row.image_rgb, row.truth_m, colors, radius_px))
        if has_instances:
            tiles.append(_draw_instances(row.image_rgb, row.instance_ids))
        drawn.append(_titled_row(row, tiles, tile_width_px))
    return np.vstack(drawn)


def _draw_dots(
    image_rgb: ByteImage, sparse_m: FloatImage | None, colors: DepthColors, radius_px: int
) -> ByteImage | None:
    if sparse_m is None:
        return None
    return draw_measurements(image_rgb, sparse_m, colors, radius_px=radius_px)


def _draw_truth(
    image_rgb: ByteImage, truth_m: FloatImage | None, colors: DepthColors, radius_px: int
) -> ByteImage | None:
    """Dense truth as a picture of its own, sparse truth as dots on the image."""
    if truth_m is None:
        return None
    if (truth_m > 0).mean() >= _DENSE_SHARE:
        return colors.paint(truth_m)
    finite_m = np.where(np.isfinite(truth_m), truth_m, np.float32(0))
    return _draw_dots(image_rgb, finite_m, colors, radius_px)


def _draw_instances(
    image_rgb: ByteImage, instance_ids: NDArray[np.int32] | None
) -> ByteImage | None:
    """Every instance in a colour of its own, over a darkened image."""
    if instance_ids is None:
        return None
    # Steps of the golden angle keep the hues of neighbouring numbers apart.
    hue = (np.arange(256) * 180 * 0.618034 % 180).astype(np.uint8)
    full = np.full(256, 230, np.uint8)
    palette = cv2.cvtColor(np.stack([hue, full, full], axis=-1)[None], cv2.COLOR_HSV2RGB)[0]
    drawn = image_rgb // 3
    is_instance = instance_ids > 0
    drawn[is_instance] = palette[instance_ids[is_instance] % 256]
    return np.asarray(drawn, np.uint8)


def _titled_row(row: SheetRow, tiles: list[ByteImage | None], tile_width_px: int) -> ByteImage:
    height, width = row.image_rgb.shape[:2]
    size = (tile_width_px, max(1, round(height * tile_width_px / width)))
    dark = np.full((size[1], size[0], 3), NO_ANSWER_RGB, np.uint8)
    method = cv2.INTER_AREA if tile_width_px < width else cv2.INTER_NEAREST
    pictures = [
        dark if tile is None else cv2.resize(tile, size, interpolation=method) for tile in tiles
    ]
    strip = np.full((_STRIP_HEIGHT_PX, tile_width_px * len(tiles), 3), NO_ANSWER_RGB, np.uint8)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(strip, row.title, (6, 15), font, 0.45, _TEXT_RGB, 1, cv2.LINE_AA)
    return np.vstack([strip, np.hstack(pictures)]).astype(np.uint8)
