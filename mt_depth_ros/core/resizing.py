"""Between the camera's grid and a network's: images shrunk, answers brought back.

Both grids cover the same view, so position u of one is ``(u + 0.5) * s - 0.5`` of the other, and
bringing an answer back reads the network's grid exactly where the camera's pixels are in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import AnyArray, BoolImage, ByteImage, FloatImage, Places
from mt_depth_ros.core.camera_evidence import CameraEvidence
from mt_depth_ros.core.checks import check_array
from mt_depth_ros.core.edge_sides import cell_in_grid, EdgeSides, nearest_in_grid, nearest_pixels
from mt_depth_ros.core.foreground import check_foreground, Foreground, foreground_probability
from mt_depth_ros.core.measured_detail import with_measured_detail
from mt_depth_ros.core.side_costs import brightness_cost, mask_cost, measurement_cost

EDGE_RATIO = 1.1
"""Where the four pixels around a position differ by more than this, they show two surfaces."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GridResizer:
    """Resizes between two grids over the same view; each axis has a scale of its own.

    Attributes:
        camera_size: (H, W) of the camera's grid.
        grid_size: (h, w) of the grid a completer runs on.

    Raises:
        ValueError: a size is not positive.
    """

    camera_size: tuple[int, int]
    grid_size: tuple[int, int]

    def __post_init__(self) -> None:
        if min(*self.camera_size, *self.grid_size) < 1:
            raise ValueError(
                f'expected positive sizes, got {self.camera_size} and {self.grid_size}'
            )

    def image_to_grid(self, image_rgb: ByteImage) -> ByteImage:
        """Resizes an image: averages where it shrinks, interpolates where it grows.

        Args:
            image_rgb: (H, W, 3) uint8.

        Returns:
            (h, w, 3) uint8; the same array when the sizes are equal.
        """
        check_array(image_rgb, name='image_rgb', shape=(*self.camera_size, 3), dtype='u1')
        return np.asarray(self._shrink_or_grow(image_rgb), np.uint8)

    def mask_to_grid(self, mask: Foreground) -> FloatImage:
        """Resizes a mask to the part of each pixel that it covers, or its mean probability.

        Args:
            mask: (H, W) bool, or float32 in [0, 1].

        Returns:
            (h, w) float32 in [0, 1].
        """
        check_foreground(mask, name='mask', shape=self.camera_size)
        return np.asarray(self._shrink_or_grow(foreground_probability(mask)), np.float32)

    def depth_to_camera(
        self,
        depth_m: FloatImage,
        uncertainty_m: FloatImage,
        evidence: CameraEvidence | None = None,
    ) -> tuple[FloatImage, FloatImage]:
        """Brings depth and its uncertainty back to the camera's grid.

        Interpolates linearly within a surface. Between two surfaces, and beside pixels that are
        not finite, both take one pixel of the four around: a blend would float where nothing is.

        Args:
            depth_m: (h, w) float32 metres; NaN and +Inf are kept apart from their neighbours.
            uncertainty_m: (h, w) float32 metres, likewise.
            evidence: of the camera's grid. It tells which of the four, but takes no pixel from a
                surface for the sky or for what has no answer; the uncertainty grows with the
                doubt about that. Its measurements bring back detail. None: the nearest of the
                four.

        Returns:
            Both as (H, W) float32; the same arrays when the sizes are equal.
        """
        check_array(depth_m, name='depth_m', shape=self.grid_size, dtype='f4')
        check_array(uncertainty_m, name='uncertainty_m', shape=self.grid_size, dtype='f4')
        if self.camera_size == self.grid_size:
            return depth_m, uncertainty_m
        is_edge = _is_edge(depth_m) | ~_all_finite(uncertainty_m)
        has_surface = _any_finite(depth_m)
        # In the sky there is nothing to choose from.
        in_sky = self._in_cells(is_edge & ~has_surface)
        pixels = self._pixels_in(is_edge & has_surface)
        sources = nearest_pixels(pixels, self.camera_size, self.grid_size)
        sides = None
        if evidence is not None:
            sides = self._sides(pixels, evidence, depth_m)
            alike = sides.likeliest()
            # Brightness takes no surface away: the sky behind a pale wall is as bright.
            has_depth = np.isfinite(depth_m)
            is_lost = has_depth.take(sources) & ~has_depth.take(alike)
            sources = np.where(is_lost, sources, alike)
        camera_depth_m = self._sample(depth_m, pixels, sources, in_sky)
        camera_uncertainty_m = self._sample(uncertainty_m, pixels, sources, in_sky)
        if sides is not None:
            # Variances add up; that of a Laplace distribution of scale b is 2 b^2.
            scale_m2 = np.square(uncertainty_m.take(sources))
            widened_m = np.sqrt(scale_m2 + sides.mean_square_m2(depth_m, sources) / 2)
            np.put(camera_uncertainty_m, pixels, widened_m)
        if evidence is not None and evidence.sparse_depth_m is not None:
            camera_depth_m = with_measured_detail(camera_depth_m, evidence.sparse_depth_m)
        return camera_depth_m, camera_uncertainty_m

    def scalar_to_camera(self, scalar: FloatImage) -> FloatImage:
        """Brings any other smooth quantity back, linearly; what is not finite does not spread.

        Args:
            scalar: (h, w) float32.

        Returns:
            (H, W) float32; the same array when the sizes are equal.
        """
        check_array(scalar, name='scalar', shape=self.grid_size, dtype='f4')
        if self.camera_size == self.grid_size:
            return scalar
        none = np.empty(0, np.int32)
        return self._sample(scalar, none, none, self._in_cells(~_all_finite(scalar)))

    def _shrink_or_grow(self, image: AnyArray) -> AnyArray:
        height, width = self.grid_size
        # OpenCV averages only if no axis grows, so an axis that does has its turn afterwards.
        smaller = min(height, image.shape[0]), min(width, image.shape[1])
        if smaller != image.shape[:2]:
            image = cv2.resize(image, smaller[::-1], interpolation=cv2.INTER_AREA)
        if smaller != self.grid_size:
            image = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
        return image

    def _in_cells(self, is_chosen: BoolImage) -> BoolImage:
        """(H, W) bool: the camera's pixels in the cells chosen.

        Args:
            is_chosen: (h + 1, w + 1) bool, of the cells between and around the grid's pixels.
        """
        row = cell_in_grid(self.camera_size[0], self.grid_size[0])
        column = cell_in_grid(self.camera_size[1], self.grid_size[1])
        return np.asarray(is_chosen.take(column, axis=1).take(row, axis=0), np.bool_)

    def _pixels_in(self, is_chosen: BoolImage) -> Places:
        """(N,) their places in the flattened image."""
        return np.flatnonzero(self._in_cells(is_chosen)).astype(np.int32)

    def _sides(self, pixels: Places, evidence: CameraEvidence, depth_m: FloatImage) -> EdgeSides:
        """Which pixels of the grid these may take after, by the evidence."""
        image_rgb, sparse_depth_m = evidence.image_rgb, evidence.sparse_depth_m
        check_array(image_rgb, name='image_rgb', shape=(*self.camera_size, 3), dtype='u1')
        brightness = np.asarray(cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        grid_brightness = np.asarray(self._shrink_or_grow(brightness), np.uint8)
        sides = EdgeSides.around(pixels, self.camera_size, self.grid_size)
        cost = sides.cost + brightness_cost(sides.places, pixels, brightness, grid_brightness)
        if evidence.mask is not None and evidence.mask.any():
            share = self.mask_to_grid(evidence.mask)
            cost += mask_cost(sides.places, pixels, evidence.mask, share)
        if sparse_depth_m is not None and sparse_depth_m.any():
            cost += measurement_cost(
                sides.places, pixels, sparse_depth_m, brightness, grid_brightness, depth_m
            )
        return EdgeSides(sides.places, cost)

    def _sample(
        self, values: FloatImage, pixels: Places, sources: Places, is_nearest: BoolImage
    ) -> FloatImage:
        """Reads (h, w) values at the camera's pixels: linearly, but as told where told.

        Args:
            values: of the grid.
            pixels: (N,) places in the flattened image that take after ``sources``.
            sources: (N,) places in the flattened grid.
            is_nearest: (H, W), which of the others take after the nearest pixel.
        """
        height, width = self.camera_size
        finite = np.where(np.isfinite(values), values, np.float32(0))
        sampled = cv2.resize(finite, (width, height), interpolation=cv2.INTER_LINEAR)
        row = nearest_in_grid(height, self.grid_size[0])
        column = nearest_in_grid(width, self.grid_size[1])
        np.copyto(sampled, values.take(column, axis=1).take(row, axis=0), where=is_nearest)
        np.put(sampled, pixels, values.take(sources))
        return np.asarray(sampled, np.float32)


def _cells(values: FloatImage) -> tuple[AnyArray, ...]:
    """The four corners of each of the (h + 1) x (w + 1) cells between and around the pixels."""
    padded = cv2.copyMakeBorder(values, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    return padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]


def _is_edge(depth_m: FloatImage) -> BoolImage:
    first, second, third, fourth = _cells(depth_m)
    # Both pass NaN on, with which every comparison fails.
    low = np.minimum(np.minimum(first, second), np.minimum(third, fourth))
    high = np.maximum(np.maximum(first, second), np.maximum(third, fourth))
    return np.asarray(~((high <= low * np.float32(EDGE_RATIO)) & (high < np.inf)), np.bool_)


def _any_finite(values: FloatImage) -> BoolImage:
    first, second, third, fourth = _cells(np.isfinite(values).view(np.uint8))
    return np.asarray(first | second | third | fourth, np.bool_)


def _all_finite(values: FloatImage) -> BoolImage:
    first, second, third, fourth = _cells(np.isfinite(values).view(np.uint8))
    return np.asarray(first & second & third & fourth, np.bool_)
