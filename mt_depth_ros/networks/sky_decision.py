"""Where sky is the better answer than a depth: what either costs if it is wrong.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from torch import Tensor

NEAR_PX = 10.0
"""Within this distance of a measurement a depth is worth most of what it would be worth at one."""

LEAST_WORTH = 1 / 16
"""What the guess far from every measurement is worth against a depth near one."""

SMALLEST_COST_M = 0.1


def sky_decision(
    logit_B1HW: Tensor,
    depth_B1HW: Tensor,
    distance_B1HW: Tensor,
    *,
    max_depth_m: float,
    missed_sky_m: float,
) -> Tensor:
    """Gives numbers above 0 where answering sky is expected to cost less than the depth.

    A surface that is called sky is wrong by what its depth lacks to ``max_depth_m``: the nearer,
    the dearer. Far from every measurement the depth would be a guess and less is lost.

    The constants here and ``missed_sky_m`` weigh accuracy against found sky; they were chosen on
    the validation streets.

    Args:
        logit_B1HW: of the probability of sky.
        depth_B1HW: metres, what would be answered.
        distance_B1HW: pixels to the nearest measurement.
        max_depth_m: what sky counts as.
        missed_sky_m: what a depth costs where there is sky, metres.
    """
    lost_m = (max_depth_m - depth_B1HW).clamp(min=SMALLEST_COST_M)
    worth_B1HW = 1 / (1 + (distance_B1HW / NEAR_PX).square())
    return logit_B1HW - (lost_m * worth_B1HW.clamp(min=LEAST_WORTH) / missed_sky_m).log()
