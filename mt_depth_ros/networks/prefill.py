"""Depth everywhere before anything is learned: what the network adds a residual to, and hints.

All in the logarithm of depth, less the frame's mean: a scene twice as large gives the same
numbers (as OMNI-DC, arXiv 2411.19278). Tensor names end in their shape: B batch, C channels,
H rows, W columns, digits are channels.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from mt_depth_ros.networks.cells import split_channels
from mt_depth_ros.networks.mt_depth_plus_config import MTDepthPlusConfig
from mt_depth_ros.networks.nearest_measurement import nearest_measurement
from mt_depth_ros.networks.push_pull import push_pull


class Prefill(NamedTuple):
    """Fills of the sparse depth.

    Attributes:
        log_scale_B111: mean logarithm of the measurements in metres; 0 without any.
        nearest_B1HW: log of the nearest measurement's depth, less ``log_scale``.
        distance_B1HW: pixels to that measurement.
        pyramid_B1HW: the smooth fill, likewise less ``log_scale``.
        own_side_B1HW: the smooth fill from measurements on the pixel's side of the mask.
    """

    log_scale_B111: Tensor
    nearest_B1HW: Tensor
    distance_B1HW: Tensor
    pyramid_B1HW: Tensor
    own_side_B1HW: Tensor


def prefill(
    sparse_depth_B1HW: Tensor, mask_B1HW: Tensor, validity_B1HW: Tensor, config: MTDepthPlusConfig
) -> Prefill:
    """Fills sparse depth in three ways; arguments as :meth:`DepthNetwork.forward`."""
    nearest_B1HW, distance_B1HW = nearest_measurement(sparse_depth_B1HW, validity_B1HW)
    log_B1HW = nearest_B1HW.clamp(config.min_depth_m, config.max_depth_m).log()
    count_B111 = validity_B1HW.sum((1, 2, 3), keepdim=True)
    # At a measured pixel the nearest measurement is its own.
    log_scale_B111 = (log_B1HW * validity_B1HW).sum((1, 2, 3), keepdim=True) / count_B111.clamp(
        min=1.0
    )
    log_B1HW = log_B1HW - log_scale_B111
    pyramid_B1HW, own_side_B1HW = _smooth_fills(log_B1HW, mask_B1HW, validity_B1HW)
    return Prefill(log_scale_B111, log_B1HW, distance_B1HW, pyramid_B1HW, own_side_B1HW)


def _smooth_fills(
    log_B1HW: Tensor, mask_B1HW: Tensor, validity_B1HW: Tensor
) -> tuple[Tensor, Tensor]:
    on_object_B1HW = validity_B1HW * mask_B1HW
    weights_B3HW = torch.cat(
        [validity_B1HW, on_object_B1HW, validity_B1HW - on_object_B1HW], dim=1
    )
    fills_B3HW = push_pull(log_B1HW.expand_as(weights_B3HW), weights_B3HW)
    pyramid_B1HW, object_B1HW, around_B1HW = split_channels(fills_B3HW, (1, 1, 1))
    # A side of the mask without measurement takes the fill from all of them.
    has_any_B311 = weights_B3HW.amax((2, 3), keepdim=True) > 0
    object_B1HW = torch.where(has_any_B311[:, 1:2], object_B1HW, pyramid_B1HW)
    around_B1HW = torch.where(has_any_B311[:, 2:], around_B1HW, pyramid_B1HW)
    return pyramid_B1HW, torch.lerp(around_B1HW, object_B1HW, mask_B1HW)
