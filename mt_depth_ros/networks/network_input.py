"""What a network is fed: the one place where arrays become its tensors.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mt_depth_ros.core.completion import CompletionInput


class NetworkInput(NamedTuple):
    """The arguments of :meth:`DepthNetwork.forward`, in its order."""

    image_B3HW: Tensor
    sparse_depth_B1HW: Tensor
    mask_B1HW: Tensor
    validity_B1HW: Tensor

    def to(self, device: torch.device) -> NetworkInput:
        """The same on another device."""
        return NetworkInput(*(tensor.to(device, non_blocking=True) for tensor in self))


def network_input(given: CompletionInput, device: torch.device | None = None) -> NetworkInput:
    """A batch of one frame: image in [0, 1], depth in metres, mask, and where depth is known.

    Args:
        given: the frame on the network's grid.
        device: where to; None for the CPU.
    """
    image = torch.from_numpy(np.ascontiguousarray(given.image_rgb)).to(device)
    sparse = torch.from_numpy(given.sparse_depth_m)[None, None].to(device)
    mask = torch.from_numpy(given.mask)[None, None].to(device)
    image = image.permute(2, 0, 1)[None].float() / 255.0
    return NetworkInput(image, sparse, mask, (sparse > 0.0).float())


def joined(inputs: Sequence[NetworkInput]) -> NetworkInput:
    """One batch of several."""
    return NetworkInput(*(torch.cat(tensors) for tensors in zip(*inputs, strict=True)))
