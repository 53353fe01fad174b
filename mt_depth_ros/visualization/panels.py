"""One picture of a frame: image, measurements, mask, depth, confidence and error."""

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

_LARGEST_ERROR = 0.1


def frame_panel(
    frame: RgbdFrame,
    prediction: DepthPrediction,
    *,
    colors: DepthColors | None = None,
    truth_m: FloatImage | None = None,
) -> ByteImage:
    """Composes a frame and its prediction, two tiles a row, each with a title.

    Args:
        frame: what was given.
        prediction: what was answered, on the same grid.
        colors: colour of a depth; None: the range of the predicted depth.
        truth_m: (H, W) float32 metres, 0 or not finite where unknown: adds the error's map.

    Returns:
        (H', W', 3) uint8, red first.

    Raises:
        ValueError: the sizes of frame, prediction and truth differ.
    """
    size = (frame.camera.height, frame.camera.width)
    check_array(prediction.depth_m, name='prediction.depth_m', shape=size, dtype='f4')
    colors = colors or DepthColors.for_depth(prediction.depth_m)
    sparse_m = rasterize_nearest(frame.measurements, frame.camera, size)
    foreground = f'{prediction.mask.mean():.1%}' if prediction.mask.any() else 'none'
    tiles = [
        (f'image, stamp {prediction.stamp_ns} ns', frame.image_rgb),
        (
            f'measurements: {len(frame.measurements)}',
            draw_measurements(frame.image_rgb, sparse_m, colors, radius_px=_dot_radius_px(size)),
        ),
        (f'depth by {prediction.completer}: {colors.label}', colors.paint(prediction.depth_m)),
        (
            'confidence 0 to 1: probability of an error within 5 %',
            paint_confidence(prediction.confidence),
        ),
        (f'foreground mask: {foreground}', draw_mask(frame.image_rgb, prediction.mask)),
    ]
    if truth_m is not None:
        tiles.append(_error_tile(prediction.depth_m, truth_m))
    return arranged([titled(image, title) for title, image in tiles])


def _error_tile(depth_m: FloatImage, truth_m: FloatImage) -> tuple[str, ByteImage]:
    check_array(truth_m, name='truth_m', shape=depth_m.shape, dtype='f4')
    scored = np.isfinite(truth_m) & (truth_m > 0) & np.isfinite(depth_m)
    is_sparse = scored.mean() < 0.5
    painted = paint_relative_error(
        depth_m,
        truth_m,
        largest=_LARGEST_ERROR,
        radius_px=_dot_radius_px(depth_m.shape) if is_sparse else 0,
    )
    relative = np.abs(depth_m[scored] - truth_m[scored]) / truth_m[scored]
    median = f'median {np.median(relative):.2%}' if relative.size else 'nothing to score'
    return f'relative error 0 to {_LARGEST_ERROR:.0%}: {median}', painted


def _dot_radius_px(size: tuple[int, ...]) -> int:
    return max(1, round(size[1] / 1242))
