"""From colours and metres to the network's own numbers, and back.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

import torch
from torch import nn, Tensor
from torch.nn import functional

from mt_depth_ros.networks.config import NetworkConfig, OutputActivation


class InputNormalization(nn.Module):
    """X_depth = Concat(I, D_sparse, V), Eq. 3, with I and D_sparse scaled to numbers near one.

    The constants are buffers, filled from the config, which the checkpoint keeps.
    """

    image_mean: Tensor
    image_std: Tensor
    depth_scale_m: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.clip_input_depth = config.clip_input_depth
        mean, std = torch.tensor(config.image_mean), torch.tensor(config.image_std)
        self.register_buffer('image_mean', mean.reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer('image_std', std.reshape(1, 3, 1, 1), persistent=False)
        scale = torch.tensor(config.depth_scale_m)
        self.register_buffer('depth_scale_m', scale, persistent=False)

    def forward(
        self, image_B3HW: Tensor, sparse_depth_B1HW: Tensor, validity_B1HW: Tensor
    ) -> Tensor:
        """Gives (B, 5, H, W): image, depth and validity."""
        image_B3HW = (image_B3HW - self.image_mean) / self.image_std
        depth_B1HW = sparse_depth_B1HW / self.depth_scale_m
        if self.clip_input_depth:
            depth_B1HW = depth_B1HW.clamp(max=1.0)
        return torch.cat([image_B3HW, depth_B1HW, validity_B1HW], dim=1)


class DepthOutput(nn.Module):
    """From the last convolution of Eq. 4 or 12 to metres, in float32."""

    depth_scale_m: Tensor

    def __init__(self, config: NetworkConfig, activation: OutputActivation) -> None:
        super().__init__()
        self.activation = activation
        scale = torch.tensor(config.depth_scale_m)
        self.register_buffer('depth_scale_m', scale, persistent=False)

    def forward(self, scaled_depth_B1HW: Tensor) -> Tensor:
        """Gives (B, 1, H, W) metres; in evaluation, never below 0."""
        if self.activation == 'softplus':
            scaled_depth_B1HW = functional.softplus(scaled_depth_B1HW)
        depth_B1HW = scaled_depth_B1HW * self.depth_scale_m
        return depth_B1HW if self.training else depth_B1HW.clamp(min=0.0)
