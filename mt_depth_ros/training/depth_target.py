"""What is known of a batch.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class DepthTarget(NamedTuple):
    """What is known of a batch.

    Attributes:
        truth_B1HW: metres; 0 = unknown, +Inf = sky.
        object_B1HW: 1 on the true foreground, else 0.
        validity_B1HW: 1 where depth was given to the network.
    """

    truth_B1HW: Tensor
    object_B1HW: Tensor
    validity_B1HW: Tensor


def known_pixels(truth_B1HW: Tensor, max_depth_m: float) -> Tensor:
    """(B, 1, H, W) bool: depth is known, finite and at most ``max_depth_m``; never sky."""
    return (truth_B1HW > 0) & (truth_B1HW <= max_depth_m) & torch.isfinite(truth_B1HW)
