"""Another light, lens and sensor for the same picture; depth and geometry are not touched."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.data.sampling_checks import refused, require_probability


@dataclass(frozen=True, kw_only=True, slots=True)
class ColourJitter:
    """How far colours may change; 0 everywhere changes nothing.

    Attributes:
        brightness, contrast, saturation, white_balance: largest relative change of the factor,
            drawn uniformly in [1 - x, 1 + x]; in [0, 1].
        gamma: the exponent is drawn in [1 / (1 + x), 1 + x], uniform in its logarithm.
        noise: largest standard deviation of Gaussian noise, in grey levels.
        blur_px: largest standard deviation of a Gaussian blur, pixels.
        mixing: largest share of each other channel in a channel, of either sign; greys stay
            grey, other colours become others; in [0, 1].
        shading: largest relative change of a light that varies smoothly over the picture; in
            [0, 1].
        black_probability: of a frame to lose its picture altogether.

    Raises:
        ConfigError: a value out of range.
    """

    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.3
    white_balance: float = 0.08
    gamma: float = 0.3
    noise: float = 6.0
    blur_px: float = 0.8
    mixing: float = 0.0
    shading: float = 0.0
    black_probability: float = 0.0

    def __post_init__(self) -> None:
        for name in (
            'brightness', 'contrast', 'saturation', 'white_balance', 'mixing', 'shading',
            'black_probability',
        ):  # fmt: skip
            require_probability(f'ColourJitter, {name}', getattr(self, name))
        if min(self.gamma, self.noise, self.blur_px) < 0.0:
            raise refused('ColourJitter', 'gamma, noise and blur of 0 or more', self)


def jittered(image_rgb: ByteImage, jitter: ColourJitter, rng: np.random.Generator) -> ByteImage:
    """Changes the colours of an image.

    Args:
        image_rgb: (H, W, 3) uint8; not changed itself.
        jitter: how far.
        rng: where all randomness comes from.

    Returns:
        (H, W, 3) uint8.
    """
    if rng.random() < jitter.black_probability:
        return np.zeros_like(image_rgb)
    toned = np.take_along_axis(
        _tone_curves(jitter, rng), image_rgb.reshape(-1, 3).astype(np.int64), axis=0
    ).reshape(image_rgb.shape)
    if jitter.mixing:
        toned = toned @ _mixing(jitter.mixing, rng).T
    if jitter.shading:
        toned = toned * _light(toned.shape[:2], jitter.shading, rng)
    grey = cv2.cvtColor(toned, cv2.COLOR_RGB2GRAY)[..., None]
    picture = grey + (toned - grey) * np.float32(_factor(jitter.saturation, rng))
    blur_px = rng.uniform(0.0, jitter.blur_px)
    if blur_px > 0.2:  # narrower than a pixel's own footprint: the kernel would be one pixel
        picture = cv2.GaussianBlur(picture, (0, 0), blur_px)
    sigma = np.float32(rng.uniform(0.0, jitter.noise))
    picture = picture + sigma * rng.standard_normal(image_rgb.shape, np.float32)
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)


def _tone_curves(
    jitter: ColourJitter, rng: np.random.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """(256, 3): what each grey level of each channel becomes."""
    exponent = np.exp(rng.uniform(-1.0, 1.0) * np.log1p(jitter.gamma))
    level = (np.arange(256) / 255.0) ** exponent
    level = (level - 0.5) * _factor(jitter.contrast, rng) + 0.5
    level = level * _factor(jitter.brightness, rng)
    gains = [_factor(jitter.white_balance, rng) for _ in range(3)]
    curves = np.clip(level, 0.0, 1.0)[:, None] * np.array(gains) * 255.0
    return np.asarray(curves, dtype=np.float32)


def _mixing(
    largest: float, rng: np.random.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """(3, 3) with rows that sum to one."""
    matrix = rng.uniform(-largest, largest, (3, 3))
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, 1.0 - matrix.sum(axis=1))
    return np.asarray(matrix, dtype=np.float32)


def _light(
    shape: tuple[int, ...], largest: float, rng: np.random.Generator
) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """(H, W, 1): a smooth light, brightest and darkest some tens of pixels apart at least."""
    coarse = rng.uniform(1.0 - largest, 1.0 + largest, (4, 6)).astype(np.float32)
    light = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(light[..., None], dtype=np.float32)


def _factor(largest_change: float, rng: np.random.Generator) -> float:
    return float(rng.uniform(1.0 - largest_change, 1.0 + largest_change))
