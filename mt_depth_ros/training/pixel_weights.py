"""How much each pixel counts in a loss.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from mt_depth_ros.training.depth_target import DepthTarget

EDGE_LOG_JUMP = 0.1
"""Neighbours whose depths differ by more than this ratio, 10 %, lie on two surfaces."""


def pixel_weights(
    truth_B1HW: Tensor,
    known_B1HW: Tensor,
    target: DepthTarget,
    *,
    boundary: tuple[float, int],
    unobserved: tuple[float, int],
) -> Tensor:
    """Weights of pixels, 0 where depth is not known.

    Args:
        truth_B1HW: metres, above 0 everywhere.
        known_B1HW: where it is true.
        target: objects and measurements.
        boundary: factor of the pixels near a boundary, and how many pixels near is.
        unobserved: factor of the pixels far from every measurement, and how many pixels far is.
    """
    weight_B1HW = known_B1HW.float()
    if boundary[0] != 1.0:
        edge_B1HW = boundaries(truth_B1HW, known_B1HW, target.object_B1HW)
        near_B1HW = dilated(edge_B1HW, boundary[1])
        weight_B1HW = weight_B1HW * (1.0 + (boundary[0] - 1.0) * near_B1HW)
    if unobserved[0] != 1.0:
        observed_B1HW = dilated(target.validity_B1HW, unobserved[1])
        weight_B1HW = weight_B1HW * (unobserved[0] + (1.0 - unobserved[0]) * observed_B1HW)
    return weight_B1HW


def boundaries(truth_B1HW: Tensor, known_B1HW: Tensor, object_B1HW: Tensor) -> Tensor:
    """1 on both pixels beside a depth edge or an object's outline, else 0."""
    log_B1HW = truth_B1HW.log()
    edge_B1HW = torch.zeros_like(log_B1HW)
    for axis in (2, 3):
        length = log_B1HW.shape[axis]
        here, there = (slice_of(axis, 1, length), slice_of(axis, 0, length - 1))
        jump = (log_B1HW[here] - log_B1HW[there]).abs() > EDGE_LOG_JUMP
        is_edge = jump & known_B1HW[here] & known_B1HW[there]
        is_edge |= object_B1HW[here] != object_B1HW[there]
        for side in (here, there):
            edge_B1HW[side] = torch.maximum(edge_B1HW[side], is_edge.float())
    return edge_B1HW


def dilated(mask_B1HW: Tensor, radius_px: int) -> Tensor:
    """The largest value in a square of ``2 radius + 1`` pixels around each pixel."""
    side = 2 * radius_px + 1
    across = functional.max_pool2d(mask_B1HW, (1, side), stride=1, padding=(0, radius_px))
    return functional.max_pool2d(across, (side, 1), stride=1, padding=(radius_px, 0))


def slice_of(axis: int, start: int, stop: int) -> tuple[slice, ...]:
    """The index of a stretch along one axis of four."""
    return tuple(slice(start, stop) if each == axis else slice(None) for each in range(4))
