"""Colours relative to their surroundings: edges stay, the light and the paint of a scene go.

What a simulator and a camera agree on is where an image changes, not what colour a wall has.
Tensor names end in their shape: B batch, H rows, W columns, digits are channels; h, w cells.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

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
    difference_B3HW = image_B3HW - _local_mean(image_B3HW)
    variance_B1HW = _local_mean(difference_B3HW.square().mean(1, keepdim=True))
    return difference_B3HW / (variance_B1HW + NOISE_FLOOR**2).sqrt()


def _local_mean(image_BCHW: Tensor) -> Tensor:
    mean_BChw = functional.avg_pool2d(image_BCHW, CELL_PX)
    return functional.interpolate(mean_BChw, scale_factor=float(CELL_PX), mode='bilinear')
