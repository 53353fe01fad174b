"""The depth completion branch: MT-Depth section 3.2, Eq. 3 and 4.

Tensor names end in their shape: B batch, C channels, H rows, W columns, digits are channels.
"""

from __future__ import annotations

from itertools import pairwise

from torch import nn, Tensor

from mt_depth_ros.networks.blocks import ConvBlock, DownBlock, FullPrecisionConv2d, UpBlock
from mt_depth_ros.networks.config import UNetConfig
from mt_depth_ros.networks.network import DepthNetwork, NetworkOutput
from mt_depth_ros.networks.normalization import DepthOutput, InputNormalization

INPUT_CHANNELS = 5  # red, green, blue, sparse depth, validity: Eq. 3


class UNetBackbone(nn.Module):
    """Encoder, bottleneck and decoder; gives F_depth, the last decoder feature.

    Attributes:
        size_multiple: what H and W must be multiples of.
    """

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        channels, repetitions = config.channels, config.convolutions_per_stage
        deeper = list(pairwise(channels))
        self.stem = ConvBlock(INPUT_CHANNELS, channels[0], repetitions)
        self.encoder = nn.ModuleList(DownBlock(a, b, repetitions) for a, b in deeper)
        self.decoder = nn.ModuleList(UpBlock(b, a, repetitions) for a, b in reversed(deeper))
        self.size_multiple = 2 ** len(deeper)

    def forward(self, X_B5HW: Tensor) -> Tensor:
        """Gives F_depth (B, channels[0], H, W)."""
        self._check_size(*X_B5HW.shape[-2:])
        features: Tensor = self.stem(X_B5HW)
        skips = []
        for down in self.encoder:
            skips.append(features)
            features = down(features)
        for up in self.decoder:
            features = up(features, skips.pop())
        return features

    def _check_size(self, height: int, width: int) -> None:
        if height % self.size_multiple or width % self.size_multiple:
            raise ValueError(
                f'network input: expected height and width in multiples of {self.size_multiple}, '
                f'got {height} x {width}'
            )


class UNet(DepthNetwork):
    """The paper's baseline: the depth completion branch alone. It ignores the mask."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__(config)
        self.normalization = InputNormalization(config)
        self.backbone = UNetBackbone(config)
        self.depth_head = FullPrecisionConv2d(config.channels[0], 1, 1)
        self.depth_output = DepthOutput(config, config.output)

    def forward(
        self,
        image_B3HW: Tensor,
        sparse_depth_B1HW: Tensor,
        mask_B1HW: Tensor,
        validity_B1HW: Tensor,
    ) -> NetworkOutput:
        """See :meth:`DepthNetwork.forward`; gives depth only."""
        X_B5HW = self.normalization(image_B3HW, sparse_depth_B1HW, validity_B1HW)  # Eq. 3
        F_depth_BCHW = self.backbone(X_B5HW)
        return NetworkOutput(self.depth_output(self.depth_head(F_depth_BCHW)))  # Eq. 4
