"""The depth completion branch: MT-Depth section 3.2, Eq. 3 and 4.

Tensor names end in their shape: B batch, C channels, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from itertools import pairwise

from torch import nn, Tensor

from mt_depth_ros.networks.blocks import ConvBlock, DownBlock, FullPrecisionConv2d, UpBlock
from mt_depth_ros.networks.config import UNetConfig
from mt_depth_ros.networks.network import DepthNetwork, NetworkOutput, require_size
from mt_depth_ros.networks.normalization import DepthOutput, InputNormalization


class UNetBackbone(nn.Module):
    """Encoder, bottleneck and decoder; gives F_depth, the last decoder feature.

    Args:
        config: of the network.
        input_channels: 5 in the paper (Eq. 3).

    Attributes:
        size_multiple: what H and W must be multiples of.
    """

    def __init__(self, config: UNetConfig, input_channels: int) -> None:
        super().__init__()
        channels, repetitions = config.channels, config.convolutions_per_stage
        deeper = list(pairwise(channels))
        self.stem = ConvBlock(input_channels, channels[0], repetitions)
        self.encoder = nn.ModuleList(DownBlock(a, b, repetitions) for a, b in deeper)
        self.decoder = nn.ModuleList(UpBlock(b, a, repetitions) for a, b in reversed(deeper))
        self.size_multiple = 2 ** len(deeper)

    def forward(self, X_BCHW: Tensor) -> Tensor:
        """Gives F_depth (B, channels[0], H, W)."""
        require_size(X_BCHW, self.size_multiple)
        features: Tensor = self.stem(X_BCHW)
        skips = []
        for down in self.encoder:
            skips.append(features)
            features = down(features)
        for up in self.decoder:
            features = up(features, skips.pop())
        return features


def depth_head(config: UNetConfig, in_channels: int, size_px: int) -> FullPrecisionConv2d:
    """The last convolution; where it gives a residual, that is zero until something is learned.

    Args:
        config: of the network.
        in_channels: channels that come in.
        size_px: width of the kernel, odd.
    """
    head = FullPrecisionConv2d(in_channels, 1, size_px, padding=size_px // 2)
    return head if config.prefill == 'none' else head.answer_zero()


class UNet(DepthNetwork):
    """The paper's baseline: the depth completion branch alone. It ignores the mask."""

    uses_mask = False

    def __init__(self, config: UNetConfig) -> None:
        super().__init__(config)
        self.normalization = InputNormalization(config)
        self.backbone = UNetBackbone(config, self.normalization.num_channels)
        self.size_multiple = self.backbone.size_multiple
        self.depth_head = depth_head(config, config.channels[0], 1)
        self.depth_output = DepthOutput(config)

    def forward(
        self,
        image_B3HW: Tensor,
        sparse_depth_B1HW: Tensor,
        mask_B1HW: Tensor,
        validity_B1HW: Tensor,
    ) -> NetworkOutput:
        """See :meth:`DepthNetwork.forward`; gives depth only."""
        X_BCHW = self.normalization(image_B3HW, sparse_depth_B1HW, validity_B1HW)  # Eq. 3
        F_depth_BCHW = self.backbone(X_BCHW)
        D_B1HW = self.depth_head(F_depth_BCHW)  # Eq. 4
        return NetworkOutput(self.depth_output(D_B1HW, self.normalization.prefill(X_BCHW)))
