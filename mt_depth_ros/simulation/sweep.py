"""What a simulated LiDAR delivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """One turn of the LiDAR, in its own frame.

    Attributes:
        points_m: (N, 3) float32.
        intensity: (N,) float32 in [0, 1].
        ring: (N,) int32, 0 is the lowest beam.
        time_s: (N,) float32 seconds from the sweep's stamp.
    """

    points_m: FloatArray
    intensity: FloatArray
    ring: NDArray[np.int32]
    time_s: FloatArray
