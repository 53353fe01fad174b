"""The pictures of a report: one frame, and what every predictor made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.core.foreground import is_foreground
from mt_depth_ros.core.types import DepthPrediction
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrame
from mt_depth_ros.evaluation.pixel_sets import is_dense
from mt_depth_ros.visualization.depth_colors import DepthColors, paint_relative_error
from mt_depth_ros.visualization.overlays import draw_mask, draw_measurements

TILE_WIDTH_PX = 560
LARGEST_ERROR = 0.1
"""Relative error of the last colour of an error map."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture.

    Attributes:
        caption: what it shows.
        png: the file.
        starts_row: whether it begins a row of two.
    """

    caption: str
    png: bytes
    starts_row: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FramePictures:
    """One frame in pictures.

    Attributes:
        name: of the frame.
        tiles: what was given, what is true, then depth and error of every predictor.
    """

    name: str
    tiles: tuple[Tile, ...]


def frame_pictures(
    frame: EvaluationFrame, answers: Mapping[str, DepthPrediction | None]
) -> FramePictures:
    """Paints a frame.

    Args:
        frame: what was given and what is true.
        answers: of the predictors, by name; None where one refused.
    """
    image_rgb, truth_m = frame.frame.image_rgb, frame.truth_m
    colors = DepthColors.for_depth(truth_m)
    dot_px = (
        max(1, round(1.5 * image_rgb.shape[1] / TILE_WIDTH_PX)) if not is_dense(truth_m) else 0
    )
    tiles = [
        _tile('image', image_rgb),
        _tile(
            f'{len(frame.frame.measurements)} measurements',
            draw_measurements(
                image_rgb, frame.sparse_depth_m, colors, radius_px=max(1, dot_px // 2)
            ),
        ),
        _tile(
            f'true depth: {colors.label}',
            draw_measurements(image_rgb, truth_m, colors, radius_px=dot_px)
            if dot_px
            else colors.paint(truth_m),
        ),
    ]
    if frame.frame.given_mask is not None and is_foreground(frame.frame.given_mask).any():
        tiles.append(_tile('mask', draw_mask(image_rgb, is_foreground(frame.frame.given_mask))))
    for name, answer in answers.items():
        if answer is None:
            continue
        tiles.append(_tile(f'{name}: depth', colors.paint(answer.depth_m), starts_row=True))
        caption = f'{name}: relative error 0 to {LARGEST_ERROR:.0%}'
        error = paint_relative_error(
            answer.depth_m, truth_m, largest=LARGEST_ERROR, radius_px=dot_px
        )
        tiles.append(_tile(caption, error))
    return FramePictures(name=frame.name, tiles=tuple(tiles))


def _tile(caption: str, picture: ByteImage, *, starts_row: bool = False) -> Tile:
    height, width = picture.shape[:2]
    if width > TILE_WIDTH_PX:
        size = (TILE_WIDTH_PX, max(1, round(height * TILE_WIDTH_PX / width)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, png = cv2.imencode('.png', np.ascontiguousarray(picture[..., ::-1]))
    return Tile(caption, png.tobytes(), starts_row)
