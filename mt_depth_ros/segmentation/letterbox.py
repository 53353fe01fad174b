"""Fitting an image of any shape into a network's grid, and the exact way back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import ByteImage, FloatArray, FloatImage

PADDING_GREY = 114  # what YOLO models are trained with


@dataclass(frozen=True, kw_only=True, slots=True)
class Letterbox:
    """An image resized and centred on a grey grid.

    Attributes:
        height, width: of the image, pixels.
        inner_height, inner_width: of the resized image.
        top, left: of the resized image on the grid.
        outer_height, outer_width: of the grid.
    """

    height: int
    width: int
    inner_height: int
    inner_width: int
    top: int
    left: int
    outer_height: int
    outer_width: int

    @classmethod
    def fit(cls, height: int, width: int, *, long_side: int, multiple: int) -> Letterbox:
        """The smallest grid that holds the image with its longer side at ``long_side``.

        Args:
            height: rows of the image.
            width: columns of the image.
            long_side: pixels of the resized image's longer side.
            multiple: what the grid's sides must be multiples of.
        """
        scale = long_side / max(height, width)
        inner_height, inner_width = max(1, round(height * scale)), max(1, round(width * scale))
        return cls._centred(
            (height, width),
            (inner_height, inner_width),
            (-(-inner_height // multiple) * multiple, -(-inner_width // multiple) * multiple),
        )

    @classmethod
    def fill(cls, height: int, width: int, *, outer_height: int, outer_width: int) -> Letterbox:
        """The largest that the image can be on a given grid.

        Args:
            height: rows of the image.
            width: columns of the image.
            outer_height: rows of the grid.
            outer_width: columns of the grid.
        """
        scale = min(outer_height / height, outer_width / width)
        inner = (
            min(outer_height, max(1, round(height * scale))),
            min(outer_width, max(1, round(width * scale))),
        )
        return cls._centred((height, width), inner, (outer_height, outer_width))

    @classmethod
    def _centred(
        cls, image: tuple[int, int], inner: tuple[int, int], outer: tuple[int, int]
    ) -> Letterbox:
        return cls(
            height=image[0],
            width=image[1],
            inner_height=inner[0],
            inner_width=inner[1],
            top=(outer[0] - inner[0]) // 2,
            left=(outer[1] - inner[1]) // 2,
            outer_height=outer[0],
            outer_width=outer[1],
        )

    def apply(self, image_rgb: ByteImage) -> ByteImage:
        """The (outer_height, outer_width, 3) grid with the image on it."""
        grid = np.full((self.outer_height, self.outer_width, 3), PADDING_GREY, dtype=np.uint8)
        rows = slice(self.top, self.top + self.inner_height)
        columns = slice(self.left, self.left + self.inner_width)
        grid[rows, columns] = cv2.resize(image_rgb, (self.inner_width, self.inner_height))
        return grid

    def boxes_on_image(self, boxes: FloatArray) -> NDArray[np.int64]:
        """Whole pixels of the image that boxes on the grid touch.

        Args:
            boxes: (N, 4) left, top, right, bottom edges on the grid, 0 at its very corner.

        Returns:
            (N, 4) first column, first row, one past the last column, one past the last row;
            clipped to the image, so possibly empty.
        """
        offset = np.array([self.left, self.top] * 2, dtype=np.float64)
        scale = np.array([self.width / self.inner_width, self.height / self.inner_height] * 2)
        edges = (boxes - offset) * scale
        # An edge that the arithmetic puts a hair outside a pixel does not touch it.
        edges[:, :2], edges[:, 2:] = np.floor(edges[:, :2] + 1e-3), np.ceil(edges[:, 2:] - 1e-3)
        limit = np.array([self.width, self.height] * 2, dtype=np.float64)
        clipped: NDArray[np.int64] = np.clip(edges, 0.0, limit).astype(np.int64)
        return clipped

    def rows_on_grid(self, rows_px: NDArray[np.int64], *, stride: float) -> FloatArray:
        """Where the centres of image rows lie on a grid ``stride`` times coarser than the outer.

        Both count from 0 at the centre of the first row.
        """
        scale = self.inner_height / self.height
        return (((rows_px + 0.5) * scale + self.top) / stride - 0.5).astype(np.float32)

    def columns_on_grid(self, columns_px: NDArray[np.int64], *, stride: float) -> FloatArray:
        """As :meth:`rows_on_grid`, for columns."""
        scale = self.inner_width / self.width
        return (((columns_px + 0.5) * scale + self.left) / stride - 0.5).astype(np.float32)


def sample_bilinear(image: FloatImage, rows: FloatArray, columns: FloatArray) -> FloatImage:
    """An image between its pixels; beyond the outermost centres it stays what it is there.

    Args:
        image: (H, W) float32.
        rows: (h,) where to look, 0 at the centre of the first row.
        columns: (w,) likewise.

    Returns:
        (h, w) float32.
    """
    row, next_row, row_weight = _neighbours(rows, image.shape[0])
    column, next_column, column_weight = _neighbours(columns, image.shape[1])
    lines = image[row] + row_weight[:, None] * (image[next_row] - image[row])
    near, far = lines[:, column], lines[:, next_column]
    sampled: FloatImage = near + column_weight * (far - near)
    return sampled


def _neighbours(
    places: FloatArray, length: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
    """The pixel before each place, the one after it, and the weight of the latter."""
    inside = np.clip(places, 0.0, length - 1.0).astype(np.float32)
    before = np.floor(inside).astype(np.int64)
    return before, np.minimum(before + 1, length - 1), inside - before.astype(np.float32)
