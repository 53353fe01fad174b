"""How much of a frame is far from every measurement, which tells a LiDAR from random points.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from torch import Tensor

FAR_PX = 20.0
"""Farther than this from every measurement a surface counts as unmeasured."""

LIDAR_FROM = 0.1
"""From this share of unmeasured surfaces on a frame counts as a LiDAR's, which never covers all of
an image. Random points of the true depth, which papers compare by, do."""


def unmeasured_share(logit_B1HW: Tensor, distance_B1HW: Tensor) -> Tensor:
    """Gives the share of each frame's surfaces that is far from every measurement, (B, 1, 1, 1).

    Args:
        logit_B1HW: of the probability of sky; surfaces are where it is below 0.
        distance_B1HW: pixels to the nearest measurement.
    """
    is_surface_B1HW = (logit_B1HW < 0).to(logit_B1HW.dtype)
    is_far_B1HW = (distance_B1HW > FAR_PX).to(logit_B1HW.dtype)
    num_surface_B111 = is_surface_B1HW.sum(dim=(2, 3), keepdim=True)
    num_unmeasured_B111 = (is_surface_B1HW * is_far_B1HW).sum(dim=(2, 3), keepdim=True)
    return num_unmeasured_B111 / num_surface_B111.clamp(min=1.0)


def lidar_likeness(unmeasured_B111: Tensor) -> Tensor:
    """Gives 0 for points all over the image, 1 for a LiDAR's, between them in proportion."""
    return (unmeasured_B111 / LIDAR_FROM).clamp(max=1.0)
