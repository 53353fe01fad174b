"""Which pixel of a coarser grid a pixel at a depth edge takes after: the image tells the sides.

Four pixels of the grid surround a position. Where they show two surfaces one of them is taken,
never a blend: the one that is near and alike in brightness (the weights of joint bilateral
upsampling, Kopf et al. 2007, of which the largest wins). So an outline has the camera's
resolution though depth was computed on fewer pixels.
"""

from __future__ import annotations

from typing import NamedTuple

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
    row, column = np.divmod(pixels.astype(np.int32), np.int32(brightness.shape[1]))
    above, below = _neighbours(row, brightness.shape[0], grid_brightness.shape[0])
    left, right = _neighbours(column, brightness.shape[1], grid_brightness.shape[1])
    own = brightness.reshape(-1).take(pixels).astype(np.int16)
    levels = grid_brightness.reshape(-1).astype(np.int16)
    grid_width = np.int32(grid_brightness.shape[1])

    def cost(vertical: _Neighbour, horizontal: _Neighbour) -> NDArray[np.float32]:
        unlike = np.abs(levels.take(vertical.pixel * grid_width + horizontal.pixel) - own)
        return np.asarray(unlike + (vertical.cost + horizontal.cost), np.float32)

    # At equal costs the pixel behind is taken, as the nearest is.
    cost_above, right_above = _lower(cost(above, left), cost(above, right))
    cost_below, right_below = _lower(cost(below, left), cost(below, right))
    _, is_below = _lower(cost_above, cost_below)
    is_right = np.where(is_below, right_below, right_above)
    rows = np.where(is_below, below.pixel, above.pixel)
    places = rows * grid_width + np.where(is_right, right.pixel, left.pixel)
    return places.astype(np.int64)


class _Neighbour(NamedTuple):
    """The grid's pixel before or behind each of N positions, along one side of the image.

    Attributes:
        pixel: (N,) its index.
        cost: (N,) how far it is, squared, in levels of brightness.
    """

    pixel: NDArray[np.int32]
    cost: NDArray[np.float32]


def _neighbours(
    position: NDArray[np.int32], camera_length: int, grid_length: int
) -> tuple[_Neighbour, _Neighbour]:
    """The pixels before and behind positions, which are rows or columns of the camera."""
    cell = cell_in_grid(camera_length, grid_length)
    found = []
    for pixel in (cell - 1, cell):
        # In whole numbers up to here: half way between two pixels both are equally far.
        way = (2 * np.arange(camera_length) + 1) * grid_length - (2 * pixel + 1) * camera_length
        cost = BRIGHTNESS_PER_PX2 * np.square(way / (2 * camera_length))
        inside = pixel.clip(0, grid_length - 1).astype(np.int32)
        found.append(_Neighbour(inside.take(position), cost.astype(np.float32).take(position)))
    return found[0], found[1]


def _lower(
    first: NDArray[np.float32], second: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The lower of two costs, and whether it is the second's."""
    is_second = second <= first
    return np.minimum(first, second), is_second
