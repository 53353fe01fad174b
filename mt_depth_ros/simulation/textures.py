"""Procedural textures, each drawn from a random generator so that no two are alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from mt_depth_ros.core.arrays import ByteImage, FloatImage

SIZE_PX = 256


def tileable_noise(
    rng: np.random.Generator, roughness: float = 1.0, size_px: int = SIZE_PX
) -> FloatImage:
    """Cloudy noise whose opposite edges meet, mean 0 and deviation 1.

    White noise is shaped to the amplitude spectrum ``1 / frequency ** roughness``; as the filter
    acts on the discrete spectrum the result is periodic.

    Args:
        rng: source of randomness.
        roughness: 0 is white noise, 1 clouds, 2 soft blobs.
        size_px: side of the square.
    """
    fx, fy = np.meshgrid(np.fft.rfftfreq(size_px), np.fft.fftfreq(size_px))
    frequency = np.hypot(fx, fy)
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.standard_normal((size_px, size_px))) / frequency**roughness
    noise = np.fft.irfft2(spectrum, s=(size_px, size_px))
    return np.asarray(noise / noise.std(), dtype=np.float32)


def tinted(
    brightness: FloatImage, colour: Sequence[float], *, variation: FloatImage | float = 0.0
) -> ByteImage:
    """Colours a brightness pattern.

    Args:
        brightness: (H, W) float32, 1 leaves the colour as it is.
        colour: red, green, blue in [0, 1].
        variation: shifts red against blue, for weathering.
    """
    channels = [brightness * colour[0], brightness * colour[1], brightness * colour[2]]
    channels[0] = channels[0] * (1 + variation)
    channels[2] = channels[2] * (1 - variation)
    picture = np.clip(np.stack(channels, axis=2) * 255, 0, 255)
    return np.asarray(picture, dtype=np.uint8)


def random_colour(
    rng: np.random.Generator,
    hue: tuple[float, float] = (0.0, 1.0),
    saturation: tuple[float, float] = (0.1, 0.8),
    value: tuple[float, float] = (0.2, 0.95),
) -> tuple[float, float, float]:
    """Red, green and blue in [0, 1] from ranges of hue, saturation and value in [0, 1]."""
    hsv = np.array(
        [[[rng.uniform(*hue) % 1.0 * 360, rng.uniform(*saturation), rng.uniform(*value)]]],
        dtype=np.float32,
    )
    red, green, blue = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0]
    return float(red), float(green), float(blue)


def _joints(rows: int, columns: int, *, width_px: int, stagger: bool) -> FloatImage:
    """1 on blocks and 0 in the joints between them, laid in courses."""
    mask = np.ones((SIZE_PX, SIZE_PX), dtype=np.float32)
    row_height, column_width = SIZE_PX // rows, SIZE_PX // columns
    for row in range(rows):
        top = row * row_height
        mask[top : top + width_px] = 0
        shift = column_width // 2 if stagger and row % 2 else 0
        for column in range(columns):
            left = (column * column_width + shift) % SIZE_PX
            mask[top : top + row_height, left : left + width_px] = 0
    return mask


def _block_shades(
    rng: np.random.Generator, rows: int, columns: int, *, spread: float, stagger: bool
) -> FloatImage:
    """A brightness for every block of a wall laid in courses."""
    shades = 1 + spread * rng.standard_normal((rows, columns)).astype(np.float32)
    image = np.repeat(np.repeat(shades, SIZE_PX // rows, 0), SIZE_PX // columns, 1)
    image = cv2.resize(image, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_NEAREST)
    if stagger:
        height = SIZE_PX // rows
        for row in range(1, rows, 2):
            band = slice(row * height, (row + 1) * height)
            image[band] = np.roll(image[band], SIZE_PX // columns // 2, axis=1)
    return np.asarray(image, dtype=np.float32)


def asphalt(rng: np.random.Generator) -> ByteImage:
    """Road surface: fine grain, worn patches, a few cracks."""
    base = rng.uniform(0.25, 0.5)
    grain = 0.05 * tileable_noise(rng, 0.1) + 0.05 * tileable_noise(rng, 1.4)
    brightness = (base * (1 + grain)).astype(np.float32)
    for _ in range(int(rng.integers(0, 5))):
        steps = rng.normal(0, 12, (12, 2)).cumsum(axis=0) + rng.uniform(0, SIZE_PX, 2)
        cv2.polylines(brightness, [steps.astype(np.int32)], False, base * 0.6, 1, cv2.LINE_AA)
    return tinted(brightness, random_colour(rng, saturation=(0, 0.08), value=(0.9, 1.0)))


def paving(rng: np.random.Generator) -> ByteImage:
    """Pavement slabs."""
    rows, columns = int(rng.choice([2, 4, 8])), int(rng.choice([2, 4, 8]))
    stagger = bool(rng.random() < 0.5)
    shades = _block_shades(rng, rows, columns, spread=rng.uniform(0.01, 0.1), stagger=stagger)
    joints = 0.75 + 0.25 * _joints(rows, columns, width_px=2, stagger=stagger)
    grain = 1 + 0.06 * tileable_noise(rng, 0.3) + 0.05 * tileable_noise(rng, 1.5)
    colour = random_colour(rng, (0.0, 0.15), (0.02, 0.25), (0.4, 0.75))
    return tinted(shades * joints * grain, colour)


def grass(rng: np.random.Generator) -> ByteImage:
    """Lawn or meadow, fresh to dry."""
    colour = random_colour(rng, (0.15, 0.27), (0.25, 0.5), (0.22, 0.42))
    blades = cv2.blur(
        tileable_noise(rng, 0.25), (1, int(rng.integers(1, 5))), borderType=cv2.BORDER_REFLECT
    )
    patches = tileable_noise(rng, 1.5)
    brightness = 0.9 + 0.22 * blades + 0.12 * patches
    return tinted(brightness, colour, variation=0.05 * tileable_noise(rng, 1.3))


def soil(rng: np.random.Generator) -> ByteImage:
    """Earth, gravel or bark mulch."""
    colour = random_colour(rng, (0.05, 0.12), (0.15, 0.5), (0.3, 0.65))
    brightness = 0.9 + 0.15 * tileable_noise(rng, 0.4) + 0.1 * tileable_noise(rng, 1.3)
    return tinted(brightness, colour)


def brick(rng: np.random.Generator) -> ByteImage:
    """Brick wall with mortar joints."""
    rows, columns = int(rng.choice([16, 32])), int(rng.choice([4, 8]))
    colour = random_colour(rng, (0.0, 0.11), (0.2, 0.6), (0.45, 0.85))
    shades = _block_shades(rng, rows, columns, spread=rng.uniform(0.03, 0.15), stagger=True)
    joints = _joints(rows, columns, width_px=1, stagger=True)
    mortar = rng.uniform(0.7, 1.5)
    brightness = shades * joints + mortar * (1 - joints)
    return tinted(brightness * (1 + 0.06 * tileable_noise(rng, 0.7)), colour)


def plaster(rng: np.random.Generator) -> ByteImage:
    """Painted render, streaked by weather."""
    colour = random_colour(rng, (0.0, 0.7), (0.0, 0.18), (0.6, 0.95))
    if rng.random() < 0.6:
        colour = random_colour(rng, (0.03, 0.15), (0.05, 0.4), (0.6, 0.98))
    streaks = cv2.blur(tileable_noise(rng, 1.2), (1, 41), borderType=cv2.BORDER_REFLECT)
    brightness = 0.97 + 0.02 * tileable_noise(rng, 0.4) + 0.06 * streaks
    return tinted(np.asarray(brightness, dtype=np.float32), colour)


def stone(rng: np.random.Generator) -> ByteImage:
    """Masonry of large blocks."""
    rows, columns = int(rng.choice([4, 8])), int(rng.choice([2, 4]))
    colour = random_colour(rng, (0.05, 0.15), (0.05, 0.3), (0.55, 0.9))
    shades = _block_shades(rng, rows, columns, spread=rng.uniform(0.04, 0.15), stagger=True)
    joints = 0.7 + 0.3 * _joints(rows, columns, width_px=2, stagger=True)
    grain = 1 + 0.08 * tileable_noise(rng, 0.8)
    return tinted(shades * joints * grain, colour)


def planks(rng: np.random.Generator) -> ByteImage:
    """Boards laid across: siding, fences, shutters."""
    rows = int(rng.choice([8, 16]))
    colour = random_colour(rng, (0.03, 0.14), (0.1, 0.5), (0.3, 0.9))
    if rng.random() < 0.3:
        colour = random_colour(rng, (0.0, 1.0), (0.05, 0.4), (0.4, 0.95))
    shades = _block_shades(rng, rows, 1, spread=0.08, stagger=False)
    grain = cv2.blur(tileable_noise(rng, 0.6), (31, 1), borderType=cv2.BORDER_REFLECT)
    joints = 0.6 + 0.4 * _joints(rows, 1, width_px=2, stagger=False)
    return tinted(np.asarray(shades * joints * (1 + 0.15 * grain), dtype=np.float32), colour)


def roof_tiles(rng: np.random.Generator) -> ByteImage:
    """Overlapping tiles or slates."""
    colour = random_colour(rng, (0.0, 0.1), (0.05, 0.7), (0.25, 0.7))
    rows = 16
    ramp = np.tile(np.linspace(1.1, 0.75, SIZE_PX // rows), rows).astype(np.float32)[:, None]
    shades = _block_shades(rng, rows, 16, spread=0.08, stagger=True)
    joints = 0.75 + 0.25 * _joints(rows, 16, width_px=1, stagger=True)
    return tinted(ramp * shades * joints * (1 + 0.06 * tileable_noise(rng, 1.0)), colour)


def foliage(rng: np.random.Generator) -> ByteImage:
    """Leaves in light and shade."""
    hue = (0.17, 0.36) if rng.random() < 0.85 else (0.03, 0.16)
    colour = random_colour(rng, hue, (0.25, 0.55), (0.25, 0.5))
    leaves = np.clip(tileable_noise(rng, 0.7), -1.6, 2.0)
    brightness = 0.85 + 0.32 * leaves + 0.1 * tileable_noise(rng, 1.4)
    return tinted(brightness, colour, variation=0.06 * tileable_noise(rng, 0.8))


def bark(rng: np.random.Generator) -> ByteImage:
    """Trunk: dark furrows along it."""
    colour = random_colour(rng, (0.04, 0.12), (0.1, 0.45), (0.25, 0.6))
    furrows = cv2.blur(tileable_noise(rng, 0.5), (1, 21), borderType=cv2.BORDER_REFLECT)
    return tinted(np.asarray(0.85 + 0.5 * furrows, dtype=np.float32), colour)


def window_glass(rng: np.random.Generator) -> ByteImage:
    """A window pane: sky reflected above, a dark room or a curtain behind, a frame."""
    tint = random_colour(rng, (0.5, 0.65), (0.1, 0.5), (0.5, 0.9))
    image = tinted(np.tile(np.linspace(0.75, 0.2, 64, dtype=np.float32)[:, None], (1, 64)), tint)
    if rng.random() < 0.5:
        curtain = random_colour(rng, saturation=(0.0, 0.3), value=(0.5, 0.95))
        width = int(rng.integers(8, 24))
        folds = (0.8 + 0.2 * np.sin(np.arange(width) * 1.2)).astype(np.float32)
        image[:, :width] = image[:, -width:] = tinted(np.tile(folds, (64, 1)), curtain)
    frame = [int(255 * part) for part in random_colour(rng, (0.0, 0.15), (0, 0.4), (0.2, 1.0))]
    cv2.rectangle(image, (0, 0), (63, 63), frame, 4)
    cv2.line(image, (32, 0), (32, 63), frame, 3)
    if rng.random() < 0.6:
        cv2.line(image, (0, 20), (63, 20), frame, 3)
    return image


def signboard(rng: np.random.Generator) -> ByteImage:
    """A traffic sign, shop sign or poster: border, symbol, bars of lettering."""
    ground, ink = random_colour(rng), random_colour(rng, saturation=(0, 1), value=(0, 1))
    image = np.full((64, 64, 3), np.array(ground) * 255, dtype=np.uint8)
    colour = [int(255 * part) for part in ink]
    if rng.random() < 0.5:
        cv2.circle(image, (32, 32), int(rng.integers(12, 30)), colour, int(rng.choice([-1, 5])))
    for _ in range(int(rng.integers(1, 6))):
        x, y = (int(value) for value in rng.integers(4, 50, 2))
        cv2.rectangle(image, (x, y), (x + int(rng.integers(4, 40)), y + 6), colour, -1)
    cv2.rectangle(image, (0, 0), (63, 63), colour, 3)
    return image


def paint_reflection(rng: np.random.Generator) -> ByteImage:
    """What a car's paint mirrors, from the ground (row 0) over the horizon to the sky above.

    Used with texture coordinates taken from the normals, so that curved panels catch the sky.
    """
    up = np.linspace(-1.0, 1.0, 64, dtype=np.float32)
    ground, haze, sky = rng.uniform(0.45, 0.6), rng.uniform(0.05, 0.25), rng.uniform(0.75, 1.0)
    ramp = ground + (sky - ground) * np.clip(up * 0.9 + 0.35, 0, 1)
    ramp += haze * np.exp(-((up - 0.25) ** 2) / 0.012)
    return tinted(np.tile(ramp[:, None].astype(np.float32), (1, 16)), (1.0, 1.0, 1.0))


WALLS: tuple[Callable[[np.random.Generator], ByteImage], ...] = (
    brick,
    plaster,
    plaster,
    stone,
    planks,
)
"""What houses are clad with."""
