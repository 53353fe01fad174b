"""Measurements and masks drawn over the image."""

from __future__ import annotations

import cv2
import numpy as np

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatImage
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.visualization.depth_colors import DepthColors

_MASK_RGB = (255, 64, 160)


def draw_measurements(
    image_rgb: ByteImage, sparse_depth_m: FloatImage, colors: DepthColors, *, radius_px: int = 1
) -> ByteImage:
    """Draws every measurement as a dot in the colour of its depth; near ones lie on top.

    Args:
        image_rgb: (H, W, 3) uint8.
        sparse_depth_m: (H, W) float32 metres, 0 = no measurement.
        colors: colour of a depth.
        radius_px: of a dot; 0 draws single pixels.

    Returns:
        (H, W, 3) uint8, a new image, darkened for the dots to show.
    """
    height, width = sparse_depth_m.shape
    check_array(image_rgb, name='image_rgb', shape=(height, width, 3), dtype='u1')
    surface_m = np.where(sparse_depth_m > 0, sparse_depth_m, np.float32(np.inf))
    side = 2 * radius_px + 1
    dot = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    surface_m = np.asarray(
        cv2.erode(surface_m, dot, borderType=cv2.BORDER_CONSTANT, borderValue=float('inf')),
        np.float32,
    )
    drawn = image_rgb // 2
    is_dot = np.isfinite(surface_m)
    drawn[is_dot] = colors.paint(surface_m)[is_dot]
    return drawn


def draw_mask(image_rgb: ByteImage, mask: BoolImage, *, opacity: float = 0.45) -> ByteImage:
    """Tints the foreground and draws its outline.

    Args:
        image_rgb: (H, W, 3) uint8.
        mask: (H, W) bool, foreground.
        opacity: of the tint, in [0, 1].

    Returns:
        (H, W, 3) uint8, a new image.
    """
    check_array(mask, name='mask', shape=(None, None), dtype='?')
    check_array(image_rgb, name='image_rgb', shape=(*mask.shape, 3), dtype='u1')
    drawn = image_rgb.copy()
    tinted = image_rgb[mask] * (1 - opacity) + np.array(_MASK_RGB) * opacity
    drawn[mask] = np.rint(tinted).astype(np.uint8)
    inside = cv2.erode(mask.view(np.uint8), np.ones((3, 3), np.uint8))
    drawn[mask & (inside == 0)] = _MASK_RGB
    return drawn
