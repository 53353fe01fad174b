"""Which line of the scanner measured a point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import AnyArray
from mt_depth_ros.core.sensors import LidarScan

ELEVATION_BAND_DEG = 0.42
"""Height of a band that stands in for a line where the cloud does not tell lines: the spacing of
a 64-beam scanner (26.8 degrees / 64)."""


def line_numbers(scan: LidarScan) -> NDArray[np.int64]:
    """(N,) the ring of each point, or its elevation band where the scan tells no rings."""
    if scan.ring is not None:
        return scan.ring.astype(np.int64)
    forward, left, up = scan.points_m.astype(np.float64).T
    return elevation_bands(np.hypot(forward, left), up)


def elevation_bands(across_m: AnyArray, up_m: AnyArray) -> NDArray[np.int64]:
    """``floor(elevation / 0.42 degrees)``.

    Args:
        across_m: (N,) horizontal distance from the sensor, metres.
        up_m: (N,) height above the sensor, metres.
    """
    elevation_deg = np.degrees(np.arctan2(up_m.astype(np.float64), across_m.astype(np.float64)))
    return np.asarray(np.floor(elevation_deg / ELEVATION_BAND_DEG), dtype=np.int64)
