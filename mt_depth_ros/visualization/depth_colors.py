"""Depth, confidence and error as colours, each over a stated range."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from mt_depth_ros.core.arrays import ByteImage, FloatImage
from mt_depth_ros.core.checks import check_array

NO_ANSWER_RGB = (24, 24, 28)
"""Pixels without depth: near black, which the colour maps do not have."""

SKY_RGB = (236, 236, 242)
"""Pixels of sky or beyond range (+Inf): near white, which the colour maps do not have."""


class DepthScale(Enum):
    """How depth runs along the colour map."""

    LOG = 'log'
    """Every doubling of depth takes the same share of the colours."""

    INVERSE = 'inverse'
    """Inverse depth is linear in colour: most colours for what is near, as in a disparity map."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DepthColors:
    """A colour for every depth: red is near, blue is far (Turbo, reversed).

    Attributes:
        near_m: depth of the first colour, metres; what is nearer shares it.
        far_m: depth of the last colour, metres; what is farther shares it.
        scale: how depth runs between them.

    Raises:
        ValueError: not 0 < near_m < far_m.
    """

    near_m: float = 2.0
    far_m: float = 80.0
    scale: DepthScale = DepthScale.LOG

    def __post_init__(self) -> None:
        if not 0 < self.near_m < self.far_m < np.inf:
            raise ValueError(f'expected 0 < near_m < far_m, got {self.near_m} and {self.far_m}')

    @classmethod
    def for_depth(cls, depth_m: FloatImage, scale: DepthScale = DepthScale.LOG) -> DepthColors:
        """Takes the range from a depth map: all but its nearest and farthest hundredth.

        Args:
            depth_m: (H, W) float32 metres; what is not finite and > 0 is left out.
            scale: as the attribute.

        Returns:
            The default range where the map has no depth.
        """
        known = depth_m[np.isfinite(depth_m) & (depth_m > 0)]
        if known.size == 0:
            return cls(scale=scale)
        near_m, far_m = (float(value) for value in np.percentile(known, (1, 99)))
        return cls(near_m=near_m, far_m=max(far_m, near_m * 1.01), scale=scale)

    @property
    def label(self) -> str:
        """The range in words, for the picture's title."""
        return f'{self.near_m:.3g} to {self.far_m:.3g} m, {self.scale.value}'

    def paint(self, depth_m: FloatImage) -> ByteImage:
        """Colours a depth map.

        Args:
            depth_m: (H, W) float32 metres; NaN, 0 and negative: no answer, +Inf: sky.

        Returns:
            (H, W, 3) uint8, red first.
        """
        check_array(depth_m, name='depth_m', shape=(None, None), dtype='f4')
        is_known = depth_m > 0
        safe_m = np.clip(
            np.where(is_known, depth_m, np.float32(self.far_m)), self.near_m, self.far_m
        )
        along = (self._position(safe_m) - self._position(self.near_m)) / (
            self._position(self.far_m) - self._position(self.near_m)
        )
        painted = _mapped(1 - along, cv2.COLORMAP_TURBO)
        painted[~is_known] = NO_ANSWER_RGB
        painted[np.isposinf(depth_m)] = SKY_RGB
        return painted

    def _position(self, depth_m: FloatImage | float) -> FloatImage:
        position = np.log(depth_m) if self.scale is DepthScale.LOG else -1 / np.asarray(depth_m)
        return np.asarray(position, np.float32)


def color_depth(depth_m: FloatImage, colors: DepthColors | None = None) -> ByteImage:
    """Colours a depth map, over its own range unless another is given.

    Args:
        depth_m: (H, W) float32 metres; NaN, 0 and negative: no answer, +Inf: sky.
        colors: colour of a depth; None: :meth:`DepthColors.for_depth`.

    Returns:
        (H, W, 3) uint8, red first.
    """
    return (colors or DepthColors.for_depth(depth_m)).paint(depth_m)


def paint_confidence(confidence: FloatImage) -> ByteImage:
    """Colours confidence from 0 (dark violet) to 1 (yellow).

    Args:
        confidence: (H, W) float32 in [0, 1]; NaN: no answer.

    Returns:
        (H, W, 3) uint8, red first.
    """
    check_array(confidence, name='confidence', shape=(None, None), dtype='f4')
    is_known = np.isfinite(confidence)
    painted = _mapped(np.where(is_known, confidence, np.float32(0)), cv2.COLORMAP_VIRIDIS)
    painted[~is_known] = NO_ANSWER_RGB
    return painted


def paint_relative_error(
    depth_m: FloatImage, truth_m: FloatImage, *, largest: float = 0.1, radius_px: int = 0
) -> ByteImage:
    """Colours ``|depth - truth| / truth`` from 0 (black-violet) to ``largest`` (yellow).

    Args:
        depth_m: (H, W) float32 metres.
        truth_m: (H, W) float32 metres; what is not finite and > 0 is not scored.
        largest: relative error of the last colour; larger ones share it, as do pixels that are
            scored but have no answer.
        radius_px: every scored pixel is drawn over those so near, the largest error on top, as
            sparse truth is hardly seen otherwise.

    Returns:
        (H, W, 3) uint8, red first; pixels that are not scored have the colour of no answer.
    """
    check_array(depth_m, name='depth_m', shape=(None, None), dtype='f4')
    check_array(truth_m, name='truth_m', shape=depth_m.shape, dtype='f4')
    is_scored = np.isfinite(truth_m) & (truth_m > 0)
    relative = np.ones_like(depth_m)
    answered = is_scored & np.isfinite(depth_m)
    relative[answered] = np.abs(depth_m[answered] - truth_m[answered]) / truth_m[answered]
    # Spread before it becomes a colour: of two colours no mixture means anything.
    share = np.where(is_scored, np.minimum(relative / np.float32(largest), 1), np.float32(-1))
    if radius_px > 0:
        side = 2 * radius_px + 1
        share = np.asarray(cv2.dilate(share, np.ones((side, side), np.uint8)), np.float32)
    painted = _mapped(share, cv2.COLORMAP_PLASMA)
    painted[share < 0] = NO_ANSWER_RGB
    return painted


def _mapped(share: FloatImage, colour_map: int) -> ByteImage:
    """(H, W) in [0, 1] through one of OpenCV's maps, to (H, W, 3) uint8, red first."""
    # The ends are left out: Turbo is near black there, like a pixel without an answer.
    level = np.rint(8 + 240 * np.clip(share, 0, 1)).astype(np.uint8)
    painted = cv2.applyColorMap(level, colour_map)
    return np.ascontiguousarray(painted[..., ::-1], dtype=np.uint8)
