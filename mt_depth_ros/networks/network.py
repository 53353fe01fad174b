"""The one signature that every depth network has.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import torch
from torch import nn, Tensor

from mt_depth_ros.networks.config import NetworkConfig


class NetworkOutput(NamedTuple):
    """What a network answers, on the grid it was asked on.

    Attributes:
        depth_B1HW: the final depth, metres; in evaluation never below 0, and 0 is no answer.
        uncertainty_B1HW: Laplace scale b, metres; None from a network without such a head.
        sky_logit_B1HW: above 0 means sky; in training, of its probability. None from a network
            that does not tell sky.
        initial_depth_B1HW: depth before refinement, metres; None from a network of one stage.
        mask_logit_B1HW: foreground, in training only; None without such a head.
    """

    depth_B1HW: Tensor
    uncertainty_B1HW: Tensor | None = None
    sky_logit_B1HW: Tensor | None = None
    initial_depth_B1HW: Tensor | None = None
    mask_logit_B1HW: Tensor | None = None


def require_size(image_BCHW: Tensor, multiple: int) -> None:
    """Raises a ValueError unless height and width can be halved as often as needed."""
    height, width = image_BCHW.shape[-2:]
    if height % multiple or width % multiple:
        raise ValueError(
            f'network input: expected height and width in multiples of {multiple}, '
            f'got {height} x {width}'
        )


def in_channels_last(network: DepthNetwork) -> DepthNetwork:
    """Lays the weights out channel after channel in memory, in place, and gives the network.

    The answers stay the same but for rounding; convolutions on a CPU take up to half the time.
    """
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stubs
    return network


class DepthNetwork(nn.Module, ABC):
    """A network that completes sparse depth.

    Normalisation is part of the network, so that training and serving cannot differ in it.

    Attributes:
        config: what it was built from.
        size_multiple: what H and W must be multiples of.
        uses_mask: whether the mask can change what is answered.
        trains_channels_last: whether a training step in float32 on a CPU is faster with
            :func:`in_channels_last`; in bfloat16 and on GPUs all are trained so.
    """

    size_multiple: int
    uses_mask: bool = True
    trains_channels_last: ClassVar[bool] = True

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config

    @abstractmethod
    def forward(
        self,
        image_B3HW: Tensor,
        sparse_depth_B1HW: Tensor,
        mask_B1HW: Tensor,
        validity_B1HW: Tensor,
    ) -> NetworkOutput:
        """Completes a batch.

        Args:
            image_B3HW: red, green, blue in [0, 1].
            sparse_depth_B1HW: metres, 0 = no measurement.
            mask_B1HW: foreground in [0, 1]; zeros mean no mask.
            validity_B1HW: 1 where ``sparse_depth_B1HW`` holds a measurement, else 0.

        Raises:
            ValueError: H or W is not a multiple of what the network needs.
        """
