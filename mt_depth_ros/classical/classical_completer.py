"""A classical fill as a depth completer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mt_depth_ros.classical.fill_uncertainty import FillUncertainty
from mt_depth_ros.classical.measured_grid import MeasuredGrid
from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.completion import CompletedDepth, CompletionInput
from mt_depth_ros.core.errors import SensorInputError


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassicalCompleter:
    """Completes depth without learning: implements :class:`DepthCompleter`.

    It looks at the sparse depth only; image and mask are not used.

    Attributes:
        name: the name it is selected and reported by.
        fill: completes the measured depth.
        uncertainty: how far to trust that fill.
        select: leaves out measurements the fill should not use; None: it uses all.
    """

    name: str
    fill: Callable[[MeasuredGrid], FloatImage]
    uncertainty: FillUncertainty
    select: Callable[[FloatImage], FloatImage] | None = None

    def grid_size(self, camera_size: tuple[int, int]) -> tuple[int, int]:
        """The camera's own grid, whatever its size."""
        return camera_size

    def complete(self, given: CompletionInput) -> CompletedDepth:
        """Completes one frame.

        Args:
            given: the frame, on a grid of any size.

        Returns:
            Depth and uncertainty on the same grid; sky is not told.

        Raises:
            SensorInputError: there is no measurement at all (reason ``no_measurements``).
        """
        grid = self.measured_grid(given.sparse_depth_m)
        depth_m = self.fill(grid)
        return CompletedDepth(
            depth_m=depth_m,
            uncertainty_m=self.uncertainty.laplace_scale(depth_m, grid.distance_px),
        )

    def measured_grid(self, sparse_depth_m: FloatImage) -> MeasuredGrid:
        """The measurements the fill uses.

        Args:
            sparse_depth_m: (h, w) float32 metres; what is not finite and > 0 is no measurement.

        Raises:
            SensorInputError: there is no measurement at all (reason ``no_measurements``).
        """
        is_measured = (sparse_depth_m > 0) & (sparse_depth_m < np.inf)
        if not is_measured.any():
            raise SensorInputError(
                reason='no_measurements',
                expected='at least one depth measurement inside the image',
                got='none',
                where=f'completion with {self.name!r}',
                remedy='check that the LiDAR sees what the camera sees: extrinsics, stamps, and '
                'the depth range that is kept',
            )
        measured_m = np.where(is_measured, sparse_depth_m, np.float32(0))
        used_m = measured_m if self.select is None else self.select(measured_m)
        return MeasuredGrid.from_sparse(used_m)
