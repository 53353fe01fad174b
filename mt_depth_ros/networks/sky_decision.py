"""Where sky is the better answer than a depth: what either costs if it is wrong.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from torch import Tensor

NEAR_PX = 3.0
"""This far from a measurement a depth is worth half of what it is worth at one."""

LEAST_WORTH = 1 / 4
"""What a depth away from every measurement is worth against one at a measurement."""

FAR_PX = 20.0
"""Farther than this from every measurement a surface counts as unmeasured."""

UNMEASURED_FACTOR = 20.0
"""How much dearer a missed sky becomes as surfaces go from measured to unmeasured. With 32 a tree
of the real tuning frames was called sky."""

SMALLEST_COST_M = 0.1


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


def sky_decision(
    logit_B1HW: Tensor,
    depth_B1HW: Tensor,
    distance_B1HW: Tensor,
    unmeasured_B111: Tensor,
    *,
    max_depth_m: float,
    missed_sky_m: float,
) -> Tensor:
    """Gives numbers above 0 where answering sky is expected to cost less than the depth.

    A surface that is called sky is wrong by what its depth lacks to ``max_depth_m``: the nearer,
    the dearer, and the dearer beside a measurement, where its depth is well known. Where a frame
    leaves many surfaces unmeasured, as a LiDAR does above its highest line, their depth is a
    guess anyway, and found sky is worth more: in the whole frame, as one price for all its pixels
    finds most sky for the depth it hides.

    The constants here and ``missed_sky_m`` weigh accuracy against found sky; they were chosen on
    the validation streets and the real frames that may be tuned on.

    Args:
        logit_B1HW: of the probability of sky.
        depth_B1HW: metres, what would be answered.
        distance_B1HW: pixels to the nearest measurement.
        unmeasured_B111: see :func:`unmeasured_share`.
        max_depth_m: what sky counts as.
        missed_sky_m: what a depth costs where there is sky, metres, in a frame whose surfaces
            are all measured.
    """
    missed_m_B111 = missed_sky_m * (1 + UNMEASURED_FACTOR * unmeasured_B111)
    worth_B1HW = 1 / (1 + (distance_B1HW / NEAR_PX).square())
    lost_m_B1HW = (max_depth_m - depth_B1HW).clamp(min=SMALLEST_COST_M)
    return logit_B1HW - (lost_m_B1HW * worth_B1HW.clamp(min=LEAST_WORTH) / missed_m_B111).log()
