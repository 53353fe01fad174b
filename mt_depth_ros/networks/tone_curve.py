"""Brightens dark images, as a longer exposure would.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from torch import Tensor

MOST_STRENGTH = 4.0
"""At most so strong: shadows become five times as bright, and the noise in them."""


def brightened(image_B3HW: Tensor, *, mean: float) -> Tensor:
    """Takes images that are darker than ``mean`` to about that; others stay as they are.

    The curve is ``x (1 + k) / (1 + k x)``, which keeps black and white; k is what takes the
    image's mean, as if all its pixels had it, to ``mean``.

    Args:
        image_B3HW: in [0, 1].
        mean: in (0, 1).
    """
    found_B111 = image_B3HW.mean(dim=(1, 2, 3), keepdim=True)
    strength_B111 = (mean - found_B111) / (found_B111.clamp(min=1 / 255) * (1 - mean))
    strength_B111 = strength_B111.clamp(0.0, MOST_STRENGTH)
    return image_B3HW * (1 + strength_B111) / (1 + strength_B111 * image_B3HW)
