"""The part of the image that lies between measurements, and how far from them it is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import BoolImage, FloatArray, FloatImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.projection import rasterize_nearest
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.pipeline.ring_gap import strip_numbers, strip_width_px


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeasuredView:
    """Distances to the nearest measurement, and where measurements lie above and below.

    Attributes:
        camera: the grid.
        distance_px: (H, W) float32, to the nearest measured pixel; chamfer, within 2 %.
        top_px, bottom_px: (S,) float32, first and last measured row of each vertical strip; top
            below bottom in a strip without any.
    """

    camera: RectifiedCamera
    distance_px: FloatImage
    top_px: FloatArray
    bottom_px: FloatArray

    @classmethod
    def of(cls, measurements: DepthMeasurements, camera: RectifiedCamera) -> MeasuredView:
        """Looks at the measurements of a frame; at least one."""
        raster_m = rasterize_nearest(measurements, camera, (camera.height, camera.width))
        is_free = (raster_m == 0).view(np.uint8)
        distance_px = cv2.distanceTransform(is_free, cv2.DIST_L2, cv2.DIST_MASK_5)
        strip = strip_numbers(measurements, camera)
        num_strips = int(camera.width / strip_width_px(camera)) + 1
        top_px = np.full(num_strips, np.inf, np.float32)
        bottom_px = np.full(num_strips, -np.inf, np.float32)
        np.minimum.at(top_px, strip, measurements.v_px)
        np.maximum.at(bottom_px, strip, measurements.v_px)
        return cls(
            camera=camera,
            distance_px=np.asarray(distance_px, np.float32),
            top_px=top_px,
            bottom_px=bottom_px,
        )

    def encloses(self, measurements: DepthMeasurements) -> NDArray[np.bool_]:
        """(N,) bool: which of other measurements have one of these above and one below."""
        strip = strip_numbers(measurements, self.camera)
        v_px = measurements.v_px
        return np.asarray((v_px >= self.top_px[strip]) & (v_px <= self.bottom_px[strip]), np.bool_)

    def mask(self) -> BoolImage:
        """(H, W) bool: the pixels that have measurements above and below, or are measured."""
        strip = (np.arange(self.camera.width) / strip_width_px(self.camera)).astype(np.int64)
        row = np.arange(self.camera.height, dtype=np.float32)[:, None]
        return np.asarray((row >= self.top_px[strip]) & (row <= self.bottom_px[strip]), np.bool_)

    def mean_distance_px(self) -> float:
        """Of the pixels between measurements, read in one column of each strip; NaN: none is."""
        width_px = strip_width_px(self.camera)
        middle = (np.arange(len(self.top_px)) + 0.5) * width_px
        column = np.minimum(middle.astype(np.int64), self.camera.width - 1)
        row = np.arange(self.camera.height, dtype=np.float32)[:, None]
        inside = (row >= self.top_px) & (row <= self.bottom_px)
        if not inside.any():
            return float('nan')
        return float(self.distance_px[:, column][inside].mean(dtype=np.float64))
