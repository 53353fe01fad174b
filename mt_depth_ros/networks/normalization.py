"""From colours and metres to the network's own numbers, and back.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels.
"""

from __future__ import annotations

import torch
from torch import nn, Tensor
from torch.nn import functional

from mt_depth_ros.networks.config import NetworkConfig, UNetConfig
from mt_depth_ros.networks.nearest_measurement import nearest_measurement


class ImageNormalization(nn.Module):
    """Colours with mean 0 and deviation 1.

    The constants are buffers, filled from the config, which the checkpoint keeps.
    """

    image_mean: Tensor
    image_std: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        mean, std = torch.tensor(config.image_mean), torch.tensor(config.image_std)
        self.register_buffer('image_mean', mean.reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer('image_std', std.reshape(1, 3, 1, 1), persistent=False)

    def forward(self, image_B3HW: Tensor) -> Tensor:
        """Gives (B, 3, H, W) for an image in [0, 1]."""
        return (image_B3HW - self.image_mean) / self.image_std


class InputNormalization(nn.Module):
    """X_depth = Concat(I, D_sparse, V), Eq. 3, with I and D_sparse scaled to numbers near one."""

    depth_scale_m: Tensor

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.image = ImageNormalization(config)
        self.clip_input_depth = config.clip_input_depth
        self.has_prefill = config.prefill == 'nearest'
        self.num_channels = 6 if self.has_prefill else 5
        scale = torch.tensor(config.depth_scale_m)
        self.register_buffer('depth_scale_m', scale, persistent=False)

    def forward(
        self, image_B3HW: Tensor, sparse_depth_B1HW: Tensor, validity_B1HW: Tensor
    ) -> Tensor:
        """Gives (B, 5, H, W): image, depth and validity; and with a prefill that as the sixth."""
        channels = [
            self.image(image_B3HW),
            self._scaled(sparse_depth_B1HW),
            validity_B1HW,
        ]
        if self.has_prefill:
            fill_B1HW, _ = nearest_measurement(sparse_depth_B1HW, validity_B1HW)
            channels.append(self._scaled(fill_B1HW))
        return torch.cat(channels, dim=1)

    def prefill(self, X_BCHW: Tensor) -> Tensor | None:
        """What depth is a residual on, out of what :meth:`forward` gave."""
        return X_BCHW[:, 5:6] if self.has_prefill else None

    def _scaled(self, depth_B1HW: Tensor) -> Tensor:
        depth_B1HW = depth_B1HW / self.depth_scale_m
        return depth_B1HW.clamp(max=1.0) if self.clip_input_depth else depth_B1HW


class DepthOutput(nn.Module):
    """From the last convolution of Eq. 4 or 12 to metres, in float32."""

    depth_scale_m: Tensor

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.activation = config.output
        scale = torch.tensor(config.depth_scale_m)
        self.register_buffer('depth_scale_m', scale, persistent=False)

    def forward(self, scaled_depth_B1HW: Tensor, prefill_B1HW: Tensor | None = None) -> Tensor:
        """Gives (B, 1, H, W) metres; in evaluation, never below 0."""
        if self.activation == 'softplus':
            scaled_depth_B1HW = functional.softplus(scaled_depth_B1HW)
        if prefill_B1HW is not None:
            scaled_depth_B1HW = scaled_depth_B1HW + prefill_B1HW
        depth_B1HW = scaled_depth_B1HW * self.depth_scale_m
        return depth_B1HW if self.training else depth_B1HW.clamp(min=0.0)
