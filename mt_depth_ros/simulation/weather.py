"""What air, rain, darkness and the camera's electronics make of a rendered picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatImage, Matrix
from mt_depth_ros.simulation.config import CameraConfig, Condition

SKY_DISTANCE_M = 500.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class View:
    """What weather needs to know about a frame.

    Attributes:
        depth_m: (H, W) float32 metres, +Inf for the sky.
        rays: (H, W, 3) float32 directions, z = 1, optical axes.
        edges: (H, W) bool, pixels at the outlines of things.
        ground: (H, W) bool, road and terrain.
        shining: (H, W) bool, lamps that are lit at night.
        windows: (H, W) bool, windows that are lit at night.
        lamps_m: (N, 3) street lamps in optical axes, metres.
    """

    depth_m: FloatImage
    rays: FloatImage
    edges: BoolImage
    ground: BoolImage
    shining: BoolImage
    windows: BoolImage
    lamps_m: Matrix


@dataclass(frozen=True, kw_only=True, slots=True)
class Air:
    """How a condition changes a picture.

    Attributes:
        extinction_per_m: of light by haze; visibility is about 3 divided by it.
        haze: colour of the air, 0 to 1.
        hides_sky: whether haze covers the sky too.
        gamma: of the tone curve; below 1 lifts the shadows.
        saturation: 1 leaves colours as they are.
    """

    extinction_per_m: float
    haze: tuple[float, float, float]
    hides_sky: bool = False
    gamma: float = 0.85
    saturation: float = 1.0


def draw_air(condition: Condition, rng: np.random.Generator) -> Air:
    """The air of a condition, a little different in every scene."""
    thin = float(rng.uniform(0.0003, 0.0014))
    if condition is Condition.FOG:
        grey = float(rng.uniform(0.62, 0.8))
        return Air(
            extinction_per_m=float(rng.uniform(0.018, 0.045)),
            haze=(grey, grey * 1.01, grey * 1.03),
            hides_sky=True,
            saturation=0.75,
        )
    if condition is Condition.RAIN:
        return Air(
            extinction_per_m=float(rng.uniform(0.004, 0.009)),
            haze=(0.55, 0.57, 0.6),
            gamma=0.95,
            saturation=0.75,
        )
    if condition is Condition.OVERCAST:
        return Air(extinction_per_m=2 * thin, haze=(0.72, 0.74, 0.77), saturation=0.85)
    if condition is Condition.MORNING:
        return Air(extinction_per_m=2.5 * thin, haze=(0.93, 0.86, 0.76))
    if condition is Condition.SUNSET:
        return Air(extinction_per_m=2 * thin, haze=(0.9, 0.62, 0.45))
    if condition is Condition.NIGHT:
        return Air(extinction_per_m=thin, haze=(0.05, 0.05, 0.07), gamma=0.9, saturation=0.9)
    return Air(extinction_per_m=thin, haze=(0.72, 0.81, 0.92))


def weathered(
    image: ByteImage, view: View, condition: Condition, air: Air, rng: np.random.Generator
) -> ByteImage:
    """The picture as it looks through a condition's air.

    Args:
        image: (H, W, 3) as rendered under the condition's light.
        view: what is where.
        condition: weather and time of day.
        air: of the scene.
        rng: shapes rain.
    """
    soft = cv2.GaussianBlur(image, (3, 3), 0.75)
    picture = image.copy()
    cv2.copyTo(soft, view.edges.astype(np.uint8), picture)
    if condition is Condition.NIGHT:
        picture = _at_night(picture, view)
    if condition is Condition.RAIN:
        picture = _wet_ground(picture, view.ground)
    picture = _hazed(picture, view.depth_m, air)
    if condition is Condition.RAIN:
        picture = _with_streaks(picture, rng)
    return _toned(picture, air)


def _hazed(image: ByteImage, depth_m: FloatImage, air: Air) -> ByteImage:
    """Koschmieder's law: I = J exp(-b d) + A (1 - exp(-b d))."""
    sky = SKY_DISTANCE_M if air.hides_sky else 0.0
    distance = np.where(np.isfinite(depth_m), depth_m, np.float32(sky))
    clear = cv2.exp(distance * np.float32(-air.extinction_per_m))
    haze = np.array(air.haze, dtype=np.float32) * 255
    clear_3 = cv2.merge([clear, clear, clear])
    mixed = cv2.multiply(image, clear_3, dtype=cv2.CV_32F)
    hazed = np.asarray(mixed) + haze * (1 - clear)[..., None]
    return np.asarray(cv2.convertScaleAbs(hazed), dtype=np.uint8)


def _toned(image: ByteImage, air: Air) -> ByteImage:
    levels = np.arange(256) / 255
    curve = np.clip(levels**air.gamma * 255, 0, 255).astype(np.uint8)
    toned = cv2.LUT(image, curve)
    if air.saturation != 1.0:
        grey = cv2.cvtColor(cv2.cvtColor(toned, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        toned = cv2.addWeighted(toned, air.saturation, grey, 1 - air.saturation, 0)
    return np.asarray(toned, dtype=np.uint8)


def _at_night(image: ByteImage, view: View) -> ByteImage:
    """Relights an evenly lit picture with lamps, headlights and lit windows."""
    depth = np.where(np.isfinite(view.depth_m), view.depth_m, np.float32(1e4))
    x, y = view.rays[..., 0] * depth, view.rays[..., 1] * depth
    sodium = np.array([1.0, 0.78, 0.48], dtype=np.float32)
    lamplight = np.zeros_like(depth)
    in_front = view.lamps_m[(view.lamps_m[:, 2] > -15) & (view.lamps_m[:, 2] < 90)]
    for lamp in in_front[np.argsort(np.linalg.norm(in_front, axis=1))][:8].astype(np.float32):
        below = np.maximum(y - lamp[1], 0.0)
        away_2 = (x - lamp[0]) ** 2 + (y - lamp[1]) ** 2 + (depth - lamp[2]) ** 2
        # A downward lamp: cosine emission over the squared distance, 1 straight below at 5 m.
        lamplight += 25.0 * below / np.power(away_2 + 1.0, 1.5) * 2.2
    beam = np.exp(-((view.rays[..., 0] / 0.35) ** 2) - ((view.rays[..., 1] - 0.1) / 0.16) ** 2)
    headlight = 110.0 * beam / (depth**1.6 + 15.0)
    moon = np.array([0.05, 0.055, 0.085], dtype=np.float32)
    light = moon + lamplight[..., None] * sodium
    light += headlight[..., None] * np.array([1.0, 0.97, 0.9], dtype=np.float32)
    light[~np.isfinite(view.depth_m)] = 1.0
    picture = image * light
    picture[view.windows] = image[view.windows] * np.array([1.5, 1.1, 0.6]) + [40, 28, 8]
    glow = np.zeros_like(picture)
    glow[view.shining] = np.maximum(image[view.shining] * 1.6, 40)
    picture[view.shining] = np.maximum(image[view.shining] * 1.4, picture[view.shining])
    picture += 3.0 * cv2.GaussianBlur(glow, (0, 0), 7) + cv2.GaussianBlur(glow, (0, 0), 2)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _wet_ground(image: ByteImage, ground: BoolImage) -> ByteImage:
    """Darkens the ground and mirrors what stands above the horizon in it."""
    height = image.shape[0]
    mirrored = cv2.GaussianBlur(cv2.flip(image, 0), (0, 0), sigmaX=1.5, sigmaY=9)
    glossy = cv2.addWeighted(image, 0.58, mirrored, 0.33, 0)
    below = ground & (np.arange(height) > height // 2)[:, None]
    picture = image.copy()
    cv2.copyTo(np.asarray(glossy, dtype=np.uint8), below.astype(np.uint8), picture)
    return picture


def _with_streaks(image: ByteImage, rng: np.random.Generator) -> ByteImage:
    """Falling drops, drawn out by the exposure."""
    height, width = image.shape[:2]
    layer = np.zeros((height, width), dtype=np.uint8)
    slant = rng.normal(0, 0.08)
    for _ in range(int(width * height / 1100)):
        x, y, length = rng.uniform(0, width), rng.uniform(-30, height), rng.uniform(6, 38)
        start, end = (int(x), int(y)), (int(x + slant * length), int(y + length))
        cv2.line(layer, start, end, int(rng.uniform(15, 75)), 1)
    soft = cv2.GaussianBlur(layer, (3, 3), 0.8)
    return np.asarray(cv2.add(image, cv2.merge([soft, soft, soft])), dtype=np.uint8)


class Electronics:
    """Blur, exposure and noise of one camera.

    Args:
        config: the camera.
        rng: draws the noise once; each frame takes it from another place.
    """

    def __init__(self, config: CameraConfig, rng: np.random.Generator) -> None:
        self._config = config
        size = (config.height + 64, config.width + 64, 3)
        self._noise = rng.normal(0.0, config.noise, size).astype(np.float32)

    def expose(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """The picture as the camera delivers it."""
        config = self._config
        if config.blur_px > 0:
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), config.blur_px), dtype=np.uint8)
        exposed = image.astype(np.float32) * np.float32(config.exposure)
        if config.noise > 0:
            row, column = (int(k) for k in rng.integers(0, 64, 2))
            exposed += self._noise[row : row + config.height, column : column + config.width]
        return np.asarray(np.clip(exposed + 0.5, 0, 255), dtype=np.uint8)
