"""The sparse depth of one frame, with what every fill asks of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import BoolImage, FloatImage
from mt_depth_ros.core.checks import check_array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeasuredGrid:
    """Sparse depth on a grid, with at least one measurement.

    Attributes:
        depth_m: (h, w) float32 metres, finite, 0 = no measurement.
        is_measured: (h, w) bool.
        distance_px: (h, w) float32, distance to the nearest measured pixel; 0 on one.

    Raises:
        ValueError: an array has the wrong shape or dtype, or nothing is measured.
    """

    depth_m: FloatImage
    is_measured: BoolImage
    distance_px: FloatImage

    def __post_init__(self) -> None:
        size = self.depth_m.shape
        check_array(self.depth_m, name='depth_m', shape=(None, None), dtype='f4')
        check_array(self.is_measured, name='is_measured', shape=size, dtype='?')
        check_array(self.distance_px, name='distance_px', shape=size, dtype='f4')
        if not self.is_measured.any():
            raise ValueError('depth_m: expected at least one measurement, got none')

    @classmethod
    def from_sparse(cls, sparse_depth_m: FloatImage) -> MeasuredGrid:
        """Finds what is measured, and how far every pixel is from it.

        Args:
            sparse_depth_m: (h, w) float32 metres, finite and >= 0, 0 = no measurement.
        """
        is_measured = sparse_depth_m > 0
        return cls(
            depth_m=sparse_depth_m,
            is_measured=is_measured,
            distance_px=_distance_px(is_measured),
        )


def _distance_px(is_known: BoolImage) -> FloatImage:
    background = (~is_known).view(np.uint8)
    distance_px = cv2.distanceTransform(background, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(distance_px, np.float32)
