"""Sun, ambient light and sky of each condition."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mt_depth_ros.core.arrays import ByteImage, Matrix
from mt_depth_ros.simulation.config import Condition
from mt_depth_ros.simulation.textures import tileable_noise

Colour = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lighting:
    """The light that falls on a scene, as MuJoCo's renderer takes it.

    Attributes:
        name: tells this lighting from any other.
        towards_sun: unit vector.
        sun, ambient: red, green, blue; 1 shows a texture at its own brightness.
        casts_shadows: whether anything throws a shadow.
        zenith, horizon: colours of the sky.
        glow: colour of the sky around the sun.
        clouds: share of the sky that is covered, 0 to 1.
    """

    name: str
    towards_sun: tuple[float, float, float]
    sun: Colour
    ambient: Colour
    casts_shadows: bool
    zenith: Colour
    horizon: Colour
    glow: Colour
    clouds: float


def _direction(azimuth_deg: float, elevation_deg: float) -> tuple[float, float, float]:
    azimuth, elevation = np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg)
    flat = np.cos(elevation)
    return (
        float(flat * np.cos(azimuth)), float(flat * np.sin(azimuth)), float(np.sin(elevation)),
    )  # fmt: skip


def _jitter(rng: np.random.Generator, colour: Colour, spread: float = 0.05) -> Colour:
    red, green, blue = np.clip(np.array(colour) * rng.uniform(1 - spread, 1 + spread, 3), 0, 1.3)
    return float(red), float(green), float(blue)


def draw_lighting(condition: Condition, rng: np.random.Generator) -> Lighting:
    """The light of a condition, a little different in every scene.

    Args:
        condition: weather and time of day.
        rng: source of randomness; its first draw is the sun's bearing, so that twins made with
            equal generators share it.
    """
    bearing = float(rng.uniform(0, 360))
    high = float(rng.uniform(28, 62))
    low = float(rng.uniform(8, 16))
    look = _look(condition, bearing, high, low, clouds=float(rng.uniform(0, 0.55)))
    return replace(
        look,
        sun=_jitter(rng, look.sun),
        ambient=_jitter(rng, look.ambient),
        zenith=_jitter(rng, look.zenith),
        horizon=_jitter(rng, look.horizon),
    )


def _look(
    condition: Condition, bearing: float, high: float, low: float, *, clouds: float
) -> Lighting:
    """The usual light of a condition; angles of the sun in degrees."""
    day = Lighting(
        name=condition.value,
        towards_sun=_direction(bearing, high),
        sun=(0.82, 0.79, 0.72),
        ambient=(0.4, 0.43, 0.48),
        casts_shadows=True,
        zenith=(0.25, 0.46, 0.8),
        horizon=(0.72, 0.82, 0.92),
        glow=(1.0, 0.97, 0.88),
        clouds=clouds,
    )
    if condition is Condition.CLONE:
        return day
    if condition is Condition.MORNING:
        return replace(
            day,
            towards_sun=_direction(bearing, low + 8),
            sun=(0.85, 0.72, 0.52),
            ambient=(0.36, 0.39, 0.46),
            zenith=(0.36, 0.52, 0.78),
            horizon=(0.95, 0.87, 0.74),
            glow=(1.0, 0.9, 0.7),
        )
    if condition is Condition.SUNSET:
        return replace(
            day,
            towards_sun=_direction(bearing + 120, low),
            sun=(0.95, 0.52, 0.26),
            ambient=(0.34, 0.32, 0.39),
            zenith=(0.25, 0.29, 0.5),
            horizon=(0.96, 0.6, 0.38),
            glow=(1.0, 0.7, 0.35),
        )
    return _sunless(condition, day, _direction(bearing, 80.0))


def _sunless(
    condition: Condition, day: Lighting, overhead: tuple[float, float, float]
) -> Lighting:
    """Light from a closed sky, or the even light that night is painted over."""
    grey = replace(
        day,
        towards_sun=overhead,
        sun=(0.3, 0.3, 0.31),
        ambient=(0.56, 0.57, 0.6),
        zenith=(0.62, 0.65, 0.69),
        horizon=(0.78, 0.8, 0.82),
        glow=(0.85, 0.86, 0.87),
        clouds=0.85,
    )
    if condition is Condition.FOG:
        return replace(
            grey, sun=(0.18,) * 3, ambient=(0.6, 0.62, 0.64), casts_shadows=False, clouds=0.0
        )
    if condition is Condition.RAIN:
        return replace(
            grey,
            sun=(0.14, 0.14, 0.15),
            ambient=(0.46, 0.48, 0.52),
            zenith=(0.42, 0.45, 0.5),
            horizon=(0.6, 0.62, 0.65),
        )
    if condition is Condition.NIGHT:
        return replace(
            grey,
            sun=(0.35, 0.35, 0.35),
            ambient=(0.55, 0.55, 0.55),
            zenith=(0.015, 0.02, 0.05),
            horizon=(0.06, 0.06, 0.09),
            glow=(0.08, 0.08, 0.11),
            clouds=0.3,
        )
    return grey


def _face_directions(size_px: int) -> Matrix:
    """(6, size, size, 3) unit directions of the cube's faces: right, left, up, down, front, back.

    MuJoCo's sky has y up in its own axes, that is z up in the world.
    """
    grid = (np.arange(size_px) + 0.5) / size_px * 2 - 1
    s, t = np.meshgrid(grid, grid)
    one = np.ones_like(s)
    faces = [
        (one, -t, -s),
        (-one, -t, s),
        (s, one, t),
        (s, -one, -t),
        (s, -t, one),
        (-s, -t, -one),
    ]
    cube = np.stack([np.stack(face, axis=2) for face in faces])
    cube /= np.linalg.norm(cube, axis=3, keepdims=True)
    return np.stack([cube[..., 0], -cube[..., 2], cube[..., 1]], axis=3)


def paint_sky(lighting: Lighting, rng: np.random.Generator, size_px: int) -> ByteImage:
    """The sky as a cube: a gradient, a glow round the sun, clouds on a flat layer.

    Args:
        lighting: gives its colours.
        rng: shapes the clouds.
        size_px: side of a face.

    Returns:
        (6 * size, size, 3) uint8, faces below each other.
    """
    directions = _face_directions(size_px)
    up = np.clip(directions[..., 2], 0, 1)
    share = (1 - up[..., None]) ** 3.5
    sky = np.array(lighting.zenith) * (1 - share) + np.array(lighting.horizon) * share
    angle = np.clip(directions @ np.array(lighting.towards_sun), 0, 1)[..., None]
    glow = 0.5 * angle**24 + 1.2 * angle**900
    if lighting.clouds > 0.8 or lighting.zenith[2] < 0.2:
        glow *= 0.15
    sky = sky + glow * (np.array(lighting.glow) - 0.3 * sky)
    noise = tileable_noise(rng, 1.45, 512)
    scale = 130.0 / np.maximum(directions[..., 2], 0.03)
    u = np.mod(directions[..., 0] * scale, 511).astype(np.float32)
    v = np.mod(directions[..., 1] * scale, 511).astype(np.float32)
    flat = (6 * size_px, size_px)
    layer = cv2.remap(noise, u.reshape(flat), v.reshape(flat), cv2.INTER_LINEAR)
    layer = layer.reshape(up.shape)
    threshold = 1.5 - 2.6 * lighting.clouds
    cover = np.clip((layer - threshold) / 1.4, 0, 1) * np.clip(up * 7, 0, 1)
    bright = np.array(lighting.horizon) * 1.05 + 0.1 * np.array(lighting.glow)
    cloud = bright * (1 - 0.22 * np.clip(layer - threshold, 0, 2))[..., None]
    sky = sky * (1 - 0.9 * cover[..., None]) + cloud * 0.9 * cover[..., None]
    return np.asarray(np.clip(sky * 255, 0, 255).reshape(*flat, 3), dtype=np.uint8)
