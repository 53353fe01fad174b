"""A smooth fill of sparse values: averages from fine to coarse, then back into the holes.

Tensor names end in their shape: B batch, C channels, H rows, W columns; h, w a coarser grid.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from mt_depth_ros.networks.cells import blended, cell_means

COARSEST_SIDE = 4


def push_pull(value_BCHW: Tensor, weight_BCHW: Tensor) -> Tensor:
    """Fills what has no weight from coarser averages (Gortler et al. 1996, the push-pull step).

    Args:
        value_BCHW: anything where the weight is 0.
        weight_BCHW: in [0, 1], how much a value counts; each channel has its own.

    Returns:
        (B, C, H, W): the values at weight 1, blends with coarser averages below it; 0 in a
        channel that has no weight anywhere.
    """
    height, width = value_BCHW.shape[-2:]
    if min(height, width) <= COARSEST_SIDE:
        coarse_BC11 = _average(
            (value_BCHW * weight_BCHW).mean((2, 3), keepdim=True),
            weight_BCHW.mean((2, 3), keepdim=True),
        )
        return value_BCHW * weight_BCHW + coarse_BC11 * (1.0 - weight_BCHW)
    weighted_BCHW = value_BCHW * weight_BCHW
    padding = (0, width % 2, 0, height % 2)
    sums_BChw = cell_means(functional.pad(weighted_BCHW, padding), 2)
    weights_BChw = cell_means(functional.pad(weight_BCHW, padding), 2)
    coarse_BChw = push_pull(_average(sums_BChw, weights_BChw), (4.0 * weights_BChw).clamp(max=1.0))
    upsampled_BCHW = blended(coarse_BChw, 2)
    return weighted_BCHW + upsampled_BCHW[..., :height, :width] * (1.0 - weight_BCHW)


def _average(sum_BChw: Tensor, weight_BChw: Tensor) -> Tensor:
    return sum_BChw / weight_BChw.clamp(min=1e-6)
