"""Which pixel of a coarser grid a pixel at a depth edge takes after: the image tells the sides.

Four pixels of the grid surround a position. Where they show two surfaces one of them is taken,
never a blend: the one that is near and alike in brightness (the weights of joint bilateral
upsampling, Kopf et al. 2007, of which the largest wins). So an outline has the camera's
resolution though depth was computed on fewer pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import AnyArray

BRIGHTNESS_PER_PX2 = 20.0
"""A difference of so many levels in 256 counts as much as one squared pixel of the grid."""


def nearest_in_grid(camera_length: int, grid_length: int) -> NDArray[np.int64]:
    """The grid's pixel that each of the camera's is in: floor((u + 0.5) * grid / camera)."""
    return (2 * np.arange(camera_length) + 1) * grid_length // (2 * camera_length)


def cell_in_grid(camera_length: int, grid_length: int) -> NDArray[np.int64]:
    """The cell that each of the camera's pixels is in, 0 being the one before the first pixel."""
    doubled = (2 * np.arange(camera_length) + 1) * grid_length + camera_length
    return doubled // (2 * camera_length)


def nearest_pixels(
    pixels: NDArray[np.int64], camera_size: tuple[int, int], grid_size: tuple[int, int]
) -> NDArray[np.int64]:
    """Gives the pixel of the grid that each pixel is in.

    Args:
        pixels: (N,) places in the flattened image of the camera.
        camera_size: (H, W).
        grid_size: (h, w).

    Returns:
        (N,) places in the flattened grid.
    """
    row, column = np.divmod(pixels, camera_size[1])
    rows = nearest_in_grid(camera_size[0], grid_size[0])
    columns = nearest_in_grid(camera_size[1], grid_size[1])
    return rows[row] * grid_size[1] + columns[column]


def pixels_on_the_same_side(
    pixels: NDArray[np.int64], brightness: AnyArray, grid_brightness: AnyArray
) -> NDArray[np.int64]:
    """Gives the pixel of the grid, of the four around each pixel, that is near and alike.

    Args:
        pixels: (N,) places in the flattened image of the camera.
        brightness: (H, W) uint8, of the camera's image.
        grid_brightness: (h, w) uint8, of the same image on the grid.

    Returns:
        (N,) places in the flattened grid; the nearest where all are equally bright.
    """
    (height, width), (grid_height, grid_width) = brightness.shape, grid_brightness.shape
    row, column = np.divmod(pixels, width)
    own = brightness.reshape(-1)[pixels].astype(np.float32)
    levels = grid_brightness.reshape(-1)
    chosen = np.zeros(len(pixels), np.int64)
    least = np.full(len(pixels), np.inf, np.float32)
    # At equal costs the pixel behind is taken, as the nearest is.
    for below in (1, 0):
        grid_row, down = _corner(height, grid_height, below)
        for right in (1, 0):
            grid_column, across = _corner(width, grid_width, right)
            place = (grid_row * grid_width)[row] + grid_column[column]
            unlike = np.abs(levels[place] - own)
            cost = unlike / np.float32(BRIGHTNESS_PER_PX2) + down[row] + across[column]
            better = cost < least
            np.copyto(chosen, place, where=better)
            np.copyto(least, cost, where=better)
    return chosen


def _corner(
    camera_length: int, grid_length: int, behind: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Along one side, the pixel before or behind each of the camera's, and how far, squared."""
    pixel = cell_in_grid(camera_length, grid_length) - 1 + behind
    # In whole numbers up to here: half way between two pixels both are equally far.
    way = (2 * np.arange(camera_length) + 1) * grid_length - (2 * pixel + 1) * camera_length
    distance = way / (2 * camera_length)
    return pixel.clip(0, grid_length - 1), np.square(distance).astype(np.float32)
