"""The stages of a completion in one picture, as in Figure 2 of MT-Depth."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.core.arrays import ByteImage, FloatImage
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.projection import rasterize_nearest
from mt_depth_ros.core.types import DepthPrediction, RgbdFrame
from mt_depth_ros.visualization.depth_colors import (
    DepthColors,
    paint_confidence,
    paint_relative_error,
)
from mt_depth_ros.visualization.overlays import draw_mask, draw_measurements
from mt_depth_ros.visualization.tiling import arranged, titled

TILE_WIDTH_PX = 600
LARGEST_ERROR = 0.1
_DENSE_SHARE = 0.3


def stage_panel(
    frame: RgbdFrame,
    final: DepthPrediction,
    truth_m: FloatImage,
    *,
    initial: DepthPrediction | None,
) -> ByteImage:
    """Image, sparse and true depth, initial depth, mask, final depth, error and confidence.

    Args:
        frame: what was given.
        final: what was answered, with the mask that was used.
        truth_m: (H, W) float32 metres; 0 = unknown, +Inf = sky.
        initial: the answer before refinement; None of a completer of one stage.

    Returns:
        (H', W', 3) uint8, red first, two tiles a row.
    """
    size = (frame.camera.height, frame.camera.width)
    check_array(truth_m, name='truth_m', shape=size, dtype='f4')
    colors = DepthColors.for_depth(final.depth_m)
    dot_px = max(1, round(size[1] / TILE_WIDTH_PX / 2))
    sparse_m = rasterize_nearest(frame.measurements, frame.camera, size)
    is_dense = (truth_m > 0).mean() >= _DENSE_SHARE
    truth = colors.paint(truth_m) if is_dense else _dots(frame, truth_m, colors, dot_px)
    coverage = f'{final.mask.mean():.1%}' if final.mask.any() else 'none'
    tiles = [
        ('image', frame.image_rgb),
        (
            f'sparse depth: {len(frame.measurements)} points',
            _dots(frame, sparse_m, colors, dot_px),
        ),
        ('true depth' if is_dense else 'withheld points', truth),
        (f'instance mask: {coverage}', draw_mask(frame.image_rgb, final.mask)),
    ]
    if initial is not None:
        tiles.append((f'{initial.completer}: {colors.label}', colors.paint(initial.depth_m)))
    tiles += [
        (f'{final.completer}: {colors.label}', colors.paint(final.depth_m)),
        (
            f'relative error 0 to {LARGEST_ERROR:.0%}',
            _error(final.depth_m, truth_m, is_dense, dot_px),
        ),
        ('confidence 0 to 1', paint_confidence(final.confidence)),
    ]
    return arranged([titled(each, title, tile_width_px=TILE_WIDTH_PX) for title, each in tiles])


def _dots(frame: RgbdFrame, depth_m: FloatImage, colors: DepthColors, radius_px: int) -> ByteImage:
    known_m = np.where(np.isfinite(depth_m), depth_m, np.float32(0.0))
    return draw_measurements(frame.image_rgb, known_m, colors, radius_px=radius_px)


def _error(depth_m: FloatImage, truth_m: FloatImage, is_dense: bool, dot_px: int) -> ByteImage:
    return paint_relative_error(
        depth_m, truth_m, largest=LARGEST_ERROR, radius_px=0 if is_dense else dot_px
    )
