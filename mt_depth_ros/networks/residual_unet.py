"""A U-Net of residual blocks without normalisation: small, and the same for any batch.

Tensor names end in their shape: B batch, C channels, H rows, W columns; h, w half of them.
"""

from __future__ import annotations

from itertools import pairwise

from torch import nn, Tensor
from torch.nn import functional

NEGATIVE_SLOPE = 0.1


def convolution(
    in_channels: int, out_channels: int, size_px: int = 3, stride: int = 1
) -> nn.Conv2d:
    """A convolution with the initial weights of He et al. 2015 for leaky ReLU."""
    layer = nn.Conv2d(in_channels, out_channels, size_px, stride=stride, padding=size_px // 2)
    nn.init.kaiming_normal_(layer.weight, a=NEGATIVE_SLOPE)
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type] # it has one
    return layer


def activation(features_BCHW: Tensor) -> Tensor:
    """Leaky ReLU: a unit that is off still learns."""
    return functional.leaky_relu(features_BCHW, NEGATIVE_SLOPE)


class ResidualBlock(nn.Module):
    """x + Conv3x3(f(Conv3x3(f(x)))), at first x alone: so deep stacks need no normalisation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = convolution(channels, channels)
        nn.init.zeros_(self.second.weight)

    def forward(self, features_BCHW: Tensor) -> Tensor:
        """Gives features of the same shape."""
        change_BCHW: Tensor = self.second(activation(self.first(activation(features_BCHW))))
        return features_BCHW + change_BCHW


class Merge(nn.Module):
    """Twice the resolution by repetition, the skip added, a :class:`ResidualBlock`."""

    def __init__(self, coarse_channels: int, channels: int) -> None:
        super().__init__()
        self.reduce = convolution(coarse_channels, channels, 1)
        self.block = ResidualBlock(channels)

    def forward(self, coarse_BChw: Tensor, skip_BCHW: Tensor) -> Tensor:
        """Gives features at the skip's resolution."""
        upsampled_BCHW = functional.interpolate(
            self.reduce(coarse_BChw), scale_factor=2.0, mode='nearest'
        )
        merged_BCHW: Tensor = self.block(skip_BCHW + upsampled_BCHW)
        return merged_BCHW


class ResidualUNet(nn.Module):
    """Encoder and decoder over the given channels, each stage at half the resolution.

    Args:
        channels: of each stage; comes in and goes out with the first.
    """

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        deeper = list(pairwise(channels))
        self.stem = ResidualBlock(channels[0])
        self.reductions = nn.ModuleList(convolution(a, b, stride=2) for a, b in deeper)
        self.blocks = nn.ModuleList(ResidualBlock(b) for _, b in deeper)
        self.merges = nn.ModuleList(Merge(b, a) for a, b in reversed(deeper))

    def forward(self, features_BCHW: Tensor) -> Tensor:
        """Gives activated features (B, channels[0], H, W)."""
        features_BCHW = self.stem(features_BCHW)
        skips = []
        for reduce, block in zip(self.reductions, self.blocks, strict=True):
            skips.append(features_BCHW)
            features_BCHW = block(activation(reduce(activation(features_BCHW))))
        for merge in self.merges:
            features_BCHW = merge(features_BCHW, skips.pop())
        return activation(features_BCHW)
