"""Colours relative to their surroundings: edges stay, the light and the paint of a scene go.

What a simulator and a camera agree on is where an image changes, not what colour a wall has.
Tensor names end in their shape: B batch, H rows, W columns, digits are channels; h, w cells.
"""

from __future__ import annotations

from torch import Tensor

from mt_depth_ros.networks.cells import blended, cell_means

CELL_PX = 16
"""Mean and deviation are taken over cells of this size, and blend from cell to cell."""

NOISE_FLOOR = 0.02
"""A deviation, for an image in [0, 1], below which contrast is not amplified any more."""


def local_contrast(image_B3HW: Tensor) -> Tensor:
    """Divides the difference to the local mean by the local deviation of all channels.

    Args:
        image_B3HW: in [0, 1]; height and width are multiples of :data:`CELL_PX`.

    Returns:
        (B, 3, H, W), numbers near one.
    """
    difference_B3HW = image_B3HW - blended(cell_means(image_B3HW, CELL_PX), CELL_PX)
    variance_B1hw = cell_means(difference_B3HW.square(), CELL_PX).mean(1, keepdim=True)
    return difference_B3HW / (blended(variance_B1hw, CELL_PX) + NOISE_FLOOR**2).sqrt()
