"""The pieces that U-Nets are made of.

Tensor names end in their shape: B batch, C channels, H rows, W columns; h, w a coarser grid.
"""

from __future__ import annotations

import torch
from torch import nn, Tensor
from torch.nn import functional


class ConvBlock(nn.Sequential):
    """3x3 convolution, batch norm and ReLU, repeated.

    Args:
        in_channels: channels that come in.
        out_channels: channels of every convolution.
        repetitions: how often.
    """

    def __init__(self, in_channels: int, out_channels: int, repetitions: int) -> None:
        layers: list[nn.Module] = []
        for index in range(repetitions):
            width = in_channels if index == 0 else out_channels
            # Batch norm brings its own bias.
            layers.append(nn.Conv2d(width, out_channels, 3, padding=1, bias=False))
            layers.append(nn.BatchNorm2d(out_channels))
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)


class DownBlock(nn.Sequential):
    """Half the resolution by max-pooling, then a :class:`ConvBlock`."""

    def __init__(self, in_channels: int, out_channels: int, repetitions: int) -> None:
        super().__init__(nn.MaxPool2d(2), ConvBlock(in_channels, out_channels, repetitions))


class UpBlock(nn.Module):
    """Twice the resolution by transposed convolution, the skip joined, a :class:`ConvBlock`."""

    def __init__(self, in_channels: int, out_channels: int, repetitions: int) -> None:
        super().__init__()
        self.upsample = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)
        self.block = ConvBlock(2 * out_channels, out_channels, repetitions)

    def forward(self, coarse_BChw: Tensor, skip_BCHW: Tensor) -> Tensor:
        """Gives the out_channels features at the skip's resolution."""
        features: Tensor = self.block(torch.cat([self.upsample(coarse_BChw), skip_BCHW], dim=1))
        return features


class FullPrecisionConv2d(nn.Conv2d):
    """A convolution in float32 whatever the precision around it.

    The last convolution gives depth: in bfloat16 it would come in steps of 0.25 m at 40 m.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (the name nn.Conv2d gives it)
        """Convolves in float32 and gives float32."""
        device = input.device.type
        if torch.is_autocast_enabled(device):
            with torch.autocast(device, enabled=False):
                return self._convolve(input)
        return self._convolve(input)

    def answer_zero(self) -> FullPrecisionConv2d:
        """Sets weights and bias to zero, for an answer that starts there; gives itself."""
        nn.init.zeros_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)
        return self

    def _convolve(self, features_BCHW: Tensor) -> Tensor:
        bias = None if self.bias is None else self.bias.float()
        return functional.conv2d(
            features_BCHW.float(), self.weight.float(), bias, padding=self.padding
        )
