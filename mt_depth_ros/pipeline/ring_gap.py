"""How far apart the measured lines lie in the image: the gap a prediction has to bridge."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.types import DepthMeasurements

STRIP_TANGENT = 6 / 721.5
"""Width of the strips as seen from the camera, 0.5 degrees: every line of a LiDAR that fires at
least every half a degree has a point in each."""

MIN_GAP_PX = 2.0
"""Points of one strip that are nearer to each other than this belong to the same line."""

_STEPS_PER_PX = 16


def ring_gap_px(measurements: DepthMeasurements, camera: RectifiedCamera) -> float:
    """The median vertical gap between measurements that follow each other in a narrow strip.

    It is read off the image, so that it holds for every source: a cloud with or without rings, a
    LiDAR without any lines, sparse depth images.

    Args:
        measurements: points of the camera's image.
        camera: the grid they are measured on.

    Returns:
        Pixels, to a sixteenth; +Inf where no strip has two lines.
    """
    row = ((measurements.v_px + np.float32(1)) * np.float32(_STEPS_PER_PX)).astype(np.int64)
    # Sorted by strip, then row.
    packed = strip_numbers(measurements, camera) << 32 | row
    packed.sort()
    step = np.diff(packed)
    gaps = step[(step >= round(_STEPS_PER_PX * MIN_GAP_PX)) & (step < 1 << 31)]
    return float(np.median(gaps)) / _STEPS_PER_PX if len(gaps) else float('inf')


def strip_width_px(camera: RectifiedCamera) -> float:
    """Width of a strip in this camera, at least a pixel."""
    return max(1.0, STRIP_TANGENT * camera.fx)


def strip_numbers(measurements: DepthMeasurements, camera: RectifiedCamera) -> NDArray[np.int64]:
    """(N,) int64: the vertical strip each measurement falls into, counted from the left."""
    strip = (measurements.u_px / np.float32(strip_width_px(camera))).astype(np.int64)
    return np.clip(strip, 0, int(camera.width / strip_width_px(camera)))
