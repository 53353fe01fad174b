"""Another sky for the same street, and surfaces as pale or blue as one.

A simulator knows few skies, and its walls are seldom white. What is to tell sky from walls on a
real camera's pictures should not learn the few that it has.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatImage
from mt_depth_ros.data.sampling_checks import require_probability

PALETTE_RGB = (
    (255, 255, 255),  # overexposed
    (235, 240, 245),  # overcast, bright
    (190, 195, 200),
    (135, 140, 150),
    (100, 150, 220),  # blue
    (165, 200, 240),
    (60, 105, 190),
    (250, 205, 160),  # low sun
    (225, 150, 120),
    (45, 50, 70),  # dusk
    (12, 14, 20),  # night
)
COLOUR_SPREAD = 15.0
"""Grey levels that a drawn colour is off the palette's."""

EDGE_PX = 0.6
"""Standard deviation of the blur of the sky's outline, as a lens and a pixel have it."""

MOST_PATCHES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class SkyPainting:
    """How often what is painted.

    Attributes:
        sky_probability: of the sky of a frame to be painted anew: two colours, one above and one
            at the horizon, and clouds of a third.
        patch_probability: of a frame to get patches of its sky's or another's colours on surfaces.

    Raises:
        ConfigError: a probability outside of [0, 1].
    """

    sky_probability: float = 0.5
    patch_probability: float = 0.3

    def __post_init__(self) -> None:
        for name in ('sky_probability', 'patch_probability'):
            require_probability(f'SkyPainting, {name}', getattr(self, name))


def with_painted_sky(
    image_rgb: ByteImage, is_sky: BoolImage, painting: SkyPainting, rng: np.random.Generator
) -> ByteImage:
    """Paints the sky of an image, and patches like it on what is no sky.

    Args:
        image_rgb: (H, W, 3) uint8; not changed itself.
        is_sky: (H, W) bool.
        painting: how often.
        rng: where all randomness comes from.

    Returns:
        (H, W, 3) uint8.
    """
    picture = image_rgb.astype(np.float32)
    sky = is_sky.astype(np.float32)
    if rng.random() < painting.sky_probability:
        cover = cv2.GaussianBlur(sky, (0, 0), EDGE_PX)
        picture = _over(picture, _new_sky(is_sky.shape, rng), cover * _opacity(rng, 0.6))
    if rng.random() < painting.patch_probability:
        for _ in range(int(rng.integers(1, MOST_PATCHES + 1))):
            cover = _patch(is_sky.shape, rng) * (1 - sky) * _opacity(rng, 0.3)
            picture = _over(picture, _patch_colour(image_rgb, is_sky, rng), cover)
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)


def _over(below: FloatImage, above: FloatImage, cover: FloatImage) -> FloatImage:
    return np.asarray(below + (above - below) * cover[..., None], dtype=np.float32)


def _opacity(rng: np.random.Generator, least: float) -> np.float32:
    return np.float32(rng.uniform(least, 1.0))


def _new_sky(shape: tuple[int, ...], rng: np.random.Generator) -> FloatImage:
    """(H, W, 3): from one colour above to another at a horizon, with clouds."""
    above, horizon, cloud = (_colour(rng) for _ in range(3))
    bottom = max(int(shape[0] * rng.uniform(0.3, 0.8)), 1)
    share = np.clip(np.arange(shape[0], dtype=np.float32) / bottom, 0, 1)[:, None, None]
    sky = above + (horizon - above) * share
    noise = _clouds(shape, rng)
    threshold, softness = rng.uniform(0.3, 1.0), rng.uniform(0.05, 0.4)
    cover = np.clip((noise - threshold) / softness, 0, 1).astype(np.float32)
    return _over(np.broadcast_to(sky, (*shape, 3)), cloud, cover)


def _clouds(shape: tuple[int, ...], rng: np.random.Generator) -> FloatImage:
    """(H, W) in [0, 1]: noise of several sizes, wider than high."""
    noise = np.zeros(shape, np.float32)
    for octave in range(4):
        cells = (3 * 2**octave, 4 * 2**octave)
        coarse = rng.random(cells, np.float32) / 2**octave
        noise += cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    low, high = noise.min(), noise.max()
    return np.asarray((noise - low) / max(high - low, 1e-6), dtype=np.float32)


def _patch(shape: tuple[int, ...], rng: np.random.Generator) -> FloatImage:
    """(H, W) in [0, 1]: an upright quadrangle, askew as a wall seen from the side is."""
    height, width = shape
    centre = rng.uniform((0.0, 0.0), (width, 0.7 * height))
    half = rng.uniform((0.01 * width, 0.03 * height), (0.1 * width, 0.15 * height))
    corners = centre + half * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    corners[:, 1] += rng.uniform(-0.4, 0.4, 4) * half[1]
    cover = np.zeros(shape, np.float32)
    cv2.fillPoly(cover, [np.rint(corners).astype(np.int32)], 1.0)
    return np.asarray(cover, dtype=np.float32)


def _patch_colour(image_rgb: ByteImage, is_sky: BoolImage, rng: np.random.Generator) -> FloatImage:
    """(3,): of this frame's sky as often as not, if it has one."""
    if is_sky.any() and rng.random() < 0.5:
        return np.asarray(image_rgb[is_sky].mean(axis=0), dtype=np.float32)
    return _colour(rng)


def _colour(rng: np.random.Generator) -> FloatImage:
    chosen = np.array(PALETTE_RGB[int(rng.integers(len(PALETTE_RGB)))])
    return np.asarray(chosen + rng.normal(0.0, COLOUR_SPREAD, 3), dtype=np.float32)
