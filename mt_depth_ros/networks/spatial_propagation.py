"""Depth spreads among neighbours that belong together.

CSPN (Cheng et al. 2018) with a start at rest, edges that hold depth back, and measurements that
pull it back.

Tensor names end in their shape: B batch, C channels, H rows, W columns, digits are channels;
8 stands for the neighbours, in the order of :data:`NEIGHBOURS`.
"""

from __future__ import annotations

import torch
from torch import nn, Tensor
from torch.nn import functional

NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
"""Row and column offset of each neighbour."""

CENTRE_LOGIT = 2.0
STRENGTH_GAIN = 4.0
"""The strength learns this much faster than other parameters."""


class SpatialPropagation(nn.Module):
    """Replaces depth by a weighted mean of itself and its eight neighbours, a few times.

    One step is ``d <- (1 - s) d + s sum_k a_k d_k``, then ``d <- d + g (z - d)`` at measured
    pixels, with a from a softmax. The strength s is learned and zero at first: an untrained
    network propagates nothing.

    Args:
        steps: how often.
        num_guides: channels whose edges hold depth back.
    """

    def __init__(self, steps: int, num_guides: int) -> None:
        super().__init__()
        self.steps = steps
        self.strength = nn.Parameter(torch.zeros(()))
        self.edge_weight = nn.Parameter(torch.full((num_guides,), 8.0))

    def forward(
        self,
        depth_B1HW: Tensor,
        affinity_B8HW: Tensor,
        guide_BGHW: Tensor | None,
        anchor_B1HW: Tensor,
        measured_B1HW: Tensor,
    ) -> Tensor:
        """Propagates.

        Args:
            depth_B1HW: what is spread, in any unit.
            affinity_B8HW: how much each neighbour counts, logits.
            guide_BGHW: its differences lower the logits; None for none.
            anchor_B1HW: how far depth is pulled to the measurement in each step, in [0, 1]; 0
                where nothing is measured.
            measured_B1HW: the measurement, where there is one.
        """
        if guide_BGHW is not None:
            edges_B8HW = neighbour_differences(guide_BGHW, functional.softplus(self.edge_weight))
            affinity_B8HW = affinity_B8HW - edges_B8HW
        # A softmax over the neighbours and the centre, whose division comes last: one factor for
        # the sum of all neighbours takes the place of eight.
        largest_B1HW = affinity_B8HW.amax(1, keepdim=True).clamp(min=CENTRE_LOGIT)
        weight_B8HW = (affinity_B8HW - largest_B1HW).exp()
        weight_sum_B1HW = weight_B8HW.sum(1, keepdim=True)
        centre_B1HW = (CENTRE_LOGIT - largest_B1HW).exp()
        strength = torch.tanh(STRENGTH_GAIN * self.strength)
        factor_B1HW = strength * (1.0 - anchor_B1HW) / (weight_sum_B1HW + centre_B1HW)
        kept_B1HW = 1.0 - anchor_B1HW - factor_B1HW * weight_sum_B1HW
        pulled_B1HW = anchor_B1HW * measured_B1HW
        weights = torch.split(weight_B8HW, 1, dim=1)
        for _ in range(self.steps):
            around_B1HW = torch.zeros_like(depth_B1HW)
            for weight_B1HW, neighbour_B1HW in zip(weights, neighbours(depth_B1HW), strict=True):
                around_B1HW = around_B1HW + weight_B1HW * neighbour_B1HW
            depth_B1HW = kept_B1HW * depth_B1HW + pulled_B1HW + factor_B1HW * around_B1HW
        return depth_B1HW


def neighbours(image_BCHW: Tensor) -> list[Tensor]:
    """The image shifted so that each neighbour lies on the pixel; edge pixels repeat outside."""
    height, width = image_BCHW.shape[-2:]
    padded = functional.pad(image_BCHW, (1, 1, 1, 1), mode='replicate')
    return [
        padded[..., 1 + row : 1 + row + height, 1 + column : 1 + column + width]
        for row, column in NEIGHBOURS
    ]


def neighbour_differences(guide_BGHW: Tensor, weight_G: Tensor) -> Tensor:
    """(B, 8, H, W): weighted sum over the guides of the absolute difference to each neighbour.

    Differences to opposite neighbours are the same numbers at shifted places: four are computed.
    """
    weighted_BGHW = guide_BGHW * weight_G[:, None, None]
    P = functional.pad(weighted_BGHW, (1, 1, 1, 1), mode='replicate')
    across = _difference(P[..., 1:-1, 1:], P[..., 1:-1, :-1])
    down = _difference(P[..., 1:, 1:-1], P[..., :-1, 1:-1])
    falling = _difference(P[..., 1:, 1:], P[..., :-1, :-1])
    rising = _difference(P[..., 1:, :-1], P[..., :-1, 1:])
    return torch.cat(
        [
            falling[..., :-1, :-1],
            down[..., :-1, :],
            rising[..., :-1, 1:],
            across[..., :-1],
            across[..., 1:],
            rising[..., 1:, :-1],
            down[..., 1:, :],
            falling[..., 1:, 1:],
        ],
        dim=1,
    )


def _difference(first_BGHW: Tensor, second_BGHW: Tensor) -> Tensor:
    return (first_BGHW - second_BGHW).abs().sum(1, keepdim=True)
