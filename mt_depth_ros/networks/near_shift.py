"""Answers nearer where a LiDAR leaves doubt.

Between the lines of a real LiDAR, surfaces were on average nearer than what is learned from a
simulator, the more so, the less certain the answer was; in simulated streets, scored alike, they
were not. Real streets hold more that is thin, perhaps.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from torch import Tensor

from mt_depth_ros.networks.unmeasured import lidar_likeness

BESIDE_PX = 5.0
"""This far from a measurement the shift is half of what it is at one. Where nothing was measured
around, on blocks that were withheld from real scans, depth is not off to one side."""


def shifted_nearer(
    depth_B1HW: Tensor,
    scale_B1HW: Tensor,
    distance_B1HW: Tensor,
    unmeasured_B111: Tensor,
    *,
    share: float,
    min_depth_m: float,
) -> Tensor:
    """Gives depth, nearer by a share of its uncertainty.

    Args:
        depth_B1HW: metres.
        scale_B1HW: of its Laplace distribution, metres.
        distance_B1HW: pixels to the nearest measurement.
        unmeasured_B111: see :func:`unmeasured_share`; random points of true depth are not off.
        share: of the scale, at a measurement of a LiDAR; chosen on the real frames that may be
            tuned on.
        min_depth_m: the answer is no nearer.
    """
    beside_B1HW = 1 / (1 + (distance_B1HW / BESIDE_PX).square())
    shift_B1HW = share * lidar_likeness(unmeasured_B111) * beside_B1HW * scale_B1HW / depth_B1HW
    return (depth_B1HW * (-shift_B1HW).exp()).clamp(min=min_depth_m)
