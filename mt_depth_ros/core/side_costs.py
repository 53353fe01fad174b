"""What tells the sides of a depth edge: brightness, an exact mask, a measurement nearby.

Each gives what it costs to take one of four pixels of the coarser grid for one of the camera's,
in levels of brightness, so that they add up. The figures were chosen on simulated streets that
neither train nor test, and by the real frames that may be tuned on
(``scripts/measure_camera_evidence.py``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatImage, Places
from mt_depth_ros.core.nearest_known import nearest_known_place

KNOWN_LEVELS = 25.0
"""Where a pixel is unlike all four by so many levels, brightness tells little."""
MASK_LEVELS = 40.0
PLAIN_MEASURED_LEVELS, MEASURED_LEVELS = 3.0, 20.0
"""Where the image is plain a measurement says less of its surroundings, for it may be of either
surface: as many levels as the brightness of the four spans, from the first to the second."""
MEASURED_WITHIN_PX = 9.0
"""A measurement farther than this from a pixel tells nothing of it."""
ALIKE_LEVELS = 12.0
"""Of a pixel that is unlike the measured one by so many levels, the measurement tells little."""
OTHER_SURFACE = 0.1
"""Depths that differ by this share are of two surfaces."""


def brightness_cost(
    places: Places, pixels: Places, brightness: ByteImage, grid_brightness: ByteImage
) -> NDArray[np.float32]:
    """How much less alike than the most alike of the four.

    Args:
        places: (4, N) in the flattened grid.
        pixels: (N,) in the flattened image of the camera.
        brightness: (H, W) uint8, of the camera's image.
        grid_brightness: (h, w) uint8, of the same image on the grid.

    Returns:
        (4, N) levels.
    """
    own = brightness.reshape(-1).take(pixels).astype(np.float32)
    unlike = np.abs(grid_brightness.reshape(-1).take(places) - own)
    least = unlike.min(axis=0)
    return np.asarray((unlike - least) * _weight(least, KNOWN_LEVELS), np.float32)


def mask_cost(
    places: Places, pixels: Places, mask: BoolImage, grid_share: FloatImage
) -> NDArray[np.float32]:
    """Up to 40 levels where one is foreground and the other is not.

    Args:
        places: (4, N) in the flattened grid.
        pixels: (N,) in the flattened image of the camera.
        mask: (H, W) bool, of the camera's grid.
        grid_share: (h, w) float32, the part of each pixel of the grid that it covers.

    Returns:
        (4, N) levels.
    """
    own = mask.reshape(-1).take(pixels).astype(np.float32)
    return np.asarray(MASK_LEVELS * np.abs(grid_share.reshape(-1).take(places) - own), np.float32)


def measurement_cost(
    places: Places,
    pixels: Places,
    sparse_depth_m: FloatImage,
    brightness: ByteImage,
    grid_brightness: ByteImage,
    depth_m: FloatImage,
) -> NDArray[np.float32]:
    """Up to 20 levels where the nearest measurement, near and alike, is of another surface.

    Args:
        places: (4, N) in the flattened grid.
        pixels: (N,) in the flattened image of the camera.
        sparse_depth_m: (H, W) float32 metres on the camera's grid, 0 = none, but not everywhere.
        brightness: (H, W) uint8, of the camera's image.
        grid_brightness: (h, w) uint8, of the same image on the grid.
        depth_m: (h, w) float32 metres on the grid; NaN and +Inf are other surfaces.

    Returns:
        (4, N) levels.
    """
    measured, distance_px = _nearest_measurement(pixels, sparse_depth_m)
    # Mostly none is near, and then nothing is to be added.
    near = np.flatnonzero(distance_px <= MEASURED_WITHIN_PX)
    places, pixels, measured = places[:, near], pixels[near], measured[near]
    levels = brightness.reshape(-1)
    unlike = levels.take(pixels).astype(np.float32) - levels.take(measured)
    of_four = grid_brightness.reshape(-1).take(places).astype(np.float32)
    most = (PLAIN_MEASURED_LEVELS + np.ptp(of_four, axis=0)).clip(max=MEASURED_LEVELS)
    weight = most * _weight(unlike, ALIKE_LEVELS)
    # Log-infinity for what has no depth: as far from every measurement as can be.
    known = np.isfinite(depth_m) & (depth_m > 0)
    of_grid = np.log(np.where(known, depth_m, np.float32(np.inf)))
    apart = np.abs(of_grid.take(places) - np.log(sparse_depth_m.take(measured)))
    cost = np.zeros((4, distance_px.size), np.float32)
    cost[:, near] = weight * np.minimum(apart / np.float32(OTHER_SURFACE), 1)
    return cost


def _weight(levels: NDArray[np.float32], little: float) -> NDArray[np.float32]:
    return np.asarray(np.exp(-np.square(levels / np.float32(little))), np.float32)


def _nearest_measurement(
    pixels: Places, sparse_depth_m: FloatImage
) -> tuple[Places, NDArray[np.float32]]:
    """(N,) places on the camera's grid, and (N,) how far they are in pixels.

    Found in blocks of 2 x 2 pixels, with one measurement of each: a quarter of the work for
    nearly the same answer.
    """
    height, width = sparse_depth_m.shape
    blocks = (height + 1) // 2, (width + 1) // 2

    def block_of(places: Places) -> Places:
        row, column = np.divmod(places, np.int32(width))
        return np.asarray((row // 2) * blocks[1] + column // 2, np.int32)

    at = np.flatnonzero(sparse_depth_m > 0).astype(np.int32)
    place = np.full(blocks[0] * blocks[1], -1, np.int32)
    place[block_of(at)] = at
    nearest, distance = nearest_known_place(place.reshape(blocks) >= 0)
    own = block_of(pixels)
    return place.take(nearest.take(own)), 2 * distance.take(own)
