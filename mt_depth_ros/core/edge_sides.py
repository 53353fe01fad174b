"""Which pixel of a coarser grid a pixel at a depth edge takes after.

Four pixels of the grid surround a position. Where they show two surfaces one of them is taken,
never a blend: the one that is near and alike (the weights of joint bilateral upsampling, Kopf et
al. 2007, of which the largest wins; ``core/side_costs.py`` says what is alike). So an outline has
the camera's resolution though depth was computed on fewer pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import FloatImage, Places

LEVELS_PER_PX2 = 8.0
"""A difference of so many levels in 256 counts as much as one squared pixel of the grid."""

LEVELS_PER_FOLD = 10.0
"""What costs so many levels more is less likely by a factor of e."""


def nearest_in_grid(camera_length: int, grid_length: int) -> NDArray[np.int64]:
    """The grid's pixel that each of the camera's is in: floor((u + 0.5) * grid / camera)."""
    return (2 * np.arange(camera_length) + 1) * grid_length // (2 * camera_length)


def cell_in_grid(camera_length: int, grid_length: int) -> NDArray[np.int64]:
    """The cell that each of the camera's pixels is in, 0 being the one before the first pixel."""
    doubled = (2 * np.arange(camera_length) + 1) * grid_length + camera_length
    return doubled // (2 * camera_length)


def nearest_pixels(
    pixels: Places, camera_size: tuple[int, int], grid_size: tuple[int, int]
) -> Places:
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
    return np.asarray(rows[row] * grid_size[1] + columns[column], np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class EdgeSides:
    """The four pixels of the grid around each of N pixels of the camera.

    Attributes:
        places: (4, N) in the flattened grid. At equal costs those behind come first, as the
            nearest is.
        cost: (4, N) float32, what taking each costs, in levels of brightness.
    """

    places: Places
    cost: NDArray[np.float32]

    @classmethod
    def around(
        cls, pixels: Places, camera_size: tuple[int, int], grid_size: tuple[int, int]
    ) -> EdgeSides:
        """Costs are those of being off alone.

        Args:
            pixels: (N,) places in the flattened image of the camera.
            camera_size: (H, W).
            grid_size: (h, w).
        """
        row, column = np.divmod(pixels, np.int32(camera_size[1]))
        above, below = _neighbours(row, camera_size[0], grid_size[0])
        left, right = _neighbours(column, camera_size[1], grid_size[1])
        pairs = ((below, right), (below, left), (above, right), (above, left))
        width = np.int32(grid_size[1])
        places = [each.pixel * width + beside.pixel for each, beside in pairs]
        costs = [each.cost + beside.cost for each, beside in pairs]
        return cls(np.stack(places), np.stack(costs))

    def likeliest(self) -> Places:
        """(N,) places in the flattened grid: the pixel that costs least."""
        # In pairs: argmin goes through such an array pixel by pixel.
        places, cost = self.places, self.cost
        behind = np.where(cost[1] < cost[0], places[1], places[0])
        before = np.where(cost[3] < cost[2], places[3], places[2])
        is_before = np.minimum(cost[2], cost[3]) < np.minimum(cost[0], cost[1])
        return np.asarray(np.where(is_before, before, behind), np.int32)

    def mean_square_m2(self, depth_m: FloatImage, taken: Places) -> NDArray[np.float32]:
        """How far off depth is if another of the four would have been right.

        Args:
            depth_m: (h, w) float32 metres, on the grid.
            taken: (N,) places in the flattened grid.

        Returns:
            (N,) float32 square metres, the mean by how likely each of the four is; what has no
            finite depth counts as none of them.
        """
        known_m = np.where(np.isfinite(depth_m), depth_m, np.float32(np.nan))
        square = np.nan_to_num(np.square(known_m.take(self.places) - known_m.take(taken)))
        likely = np.exp((self.cost.min(axis=0) - self.cost) / np.float32(LEVELS_PER_FOLD))
        return np.asarray((likely * square).sum(axis=0) / likely.sum(axis=0), np.float32)


class _Neighbour(NamedTuple):
    """The grid's pixel before or behind each of N positions, along one side of the image.

    Attributes:
        pixel: (N,) its index.
        cost: (N,) how far it is, squared, in levels of brightness.
    """

    pixel: Places
    cost: NDArray[np.float32]


def _neighbours(
    position: Places, camera_length: int, grid_length: int
) -> tuple[_Neighbour, _Neighbour]:
    """The pixels before and behind positions, which are rows or columns of the camera."""
    cell = cell_in_grid(camera_length, grid_length)
    found = []
    for pixel in (cell - 1, cell):
        # In whole numbers up to here: half way between two pixels both are equally far.
        way = (2 * np.arange(camera_length) + 1) * grid_length - (2 * pixel + 1) * camera_length
        cost = LEVELS_PER_PX2 * np.square(way / (2 * camera_length))
        inside = pixel.clip(0, grid_length - 1).astype(np.int32)
        found.append(_Neighbour(inside.take(position), cost.astype(np.float32).take(position)))
    return found[0], found[1]
