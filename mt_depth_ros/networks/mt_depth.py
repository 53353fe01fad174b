"""MT-Depth (arXiv 2512.04734): section 3 and Algorithm 1.

Tensor names end in their shape: B batch, C channels, H rows, W columns, digits are channels.
"""

from __future__ import annotations

import torch
from torch import nn, Tensor
from torch.nn import functional

from mt_depth_ros.networks.config import MTDepthConfig
from mt_depth_ros.networks.cross_attention import MaskCrossAttention
from mt_depth_ros.networks.network import DepthNetwork, NetworkOutput
from mt_depth_ros.networks.normalization import DepthOutput, InputNormalization
from mt_depth_ros.networks.squeeze_excitation import SqueezeExcitation
from mt_depth_ros.networks.unet import depth_head, UNetBackbone


class FeatureFusion(nn.Module):
    """F_fused = ReLU(BN(Conv1x1(Concat(F_att, F_depth)))): Algorithm 1, step 4."""

    def __init__(self, config: MTDepthConfig) -> None:
        super().__init__()
        width = config.fusion_channels
        self.conv = nn.Conv2d(2 * config.channels[0], width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, F_att_BCHW: Tensor, F_depth_BCHW: Tensor) -> Tensor:
        """Gives F_fused (B, C', H, W)."""
        joined = torch.cat([F_att_BCHW, F_depth_BCHW], dim=1)
        return functional.relu(self.norm(self.conv(joined)), inplace=True)


class PredictionHead(nn.Module):
    """D_final = Conv3x3(ReLU(BN(Conv3x3(SE(F_fused))))): section 3.4, Eq. 10 to 12."""

    def __init__(self, config: MTDepthConfig) -> None:
        super().__init__()
        width, middle = config.fusion_channels, config.head_channels
        self.channel_attention = SqueezeExcitation(
            width, config.squeeze_reduction, bias=config.squeeze_bias
        )
        self.conv = nn.Conv2d(width, middle, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(middle)
        self.depth = depth_head(config, middle, 3)

    def forward(self, F_fused_BCHW: Tensor) -> Tensor:
        """Gives D_final (B, 1, H, W) in the network's own unit."""
        weighted = self.channel_attention(F_fused_BCHW)
        D_final_B1HW: Tensor = self.depth(
            functional.relu(self.norm(self.conv(weighted)), inplace=True)
        )
        return D_final_B1HW


class MTDepth(DepthNetwork):
    """U-Net, cross-attention from the mask, fusion, and a head with channel attention.

    It has no uncertainty and does not tell sky: the paper's network gives depth alone.
    """

    # The weight gradient of the head's first convolution, from 128 channels at full resolution,
    # is most of a step in float32, and takes up to four times as long with the channels last.
    trains_channels_last = False

    def __init__(self, config: MTDepthConfig) -> None:
        super().__init__(config)
        self.normalization = InputNormalization(config)
        self.backbone = UNetBackbone(config, self.normalization.num_channels)
        self.size_multiple = self.backbone.size_multiple
        self.initial_head = depth_head(config, config.channels[0], 1)
        self.cross_attention = MaskCrossAttention(config)
        self.fusion = FeatureFusion(config)
        self.prediction_head = PredictionHead(config)
        self.mask_head = nn.Conv2d(config.fusion_channels, 1, 1) if config.mask_head else None
        self.depth_output = DepthOutput(config)

    def forward(
        self,
        image_B3HW: Tensor,
        sparse_depth_B1HW: Tensor,
        mask_B1HW: Tensor,
        validity_B1HW: Tensor,
    ) -> NetworkOutput:
        """See :meth:`DepthNetwork.forward`; gives initial and final depth."""
        X_BCHW = self.normalization(image_B3HW, sparse_depth_B1HW, validity_B1HW)  # Eq. 3
        prefill_B1HW = self.normalization.prefill(X_BCHW)
        F_depth_BCHW = self.backbone(X_BCHW)
        D_init_B1HW = self.initial_head(F_depth_BCHW)  # Eq. 4
        F_att_BCHW = self.cross_attention(mask_B1HW, F_depth_BCHW)  # Eq. 2, 5 to 9
        F_fused_BCHW = self.fusion(F_att_BCHW, F_depth_BCHW)  # Algorithm 1, step 4
        D_final_B1HW = self.prediction_head(F_fused_BCHW)  # Eq. 10 to 12
        return NetworkOutput(
            depth_B1HW=self.depth_output(D_final_B1HW, prefill_B1HW),
            initial_depth_B1HW=self.depth_output(D_init_B1HW, prefill_B1HW),
            mask_logit_B1HW=self._predict_mask(F_fused_BCHW),
        )

    def _predict_mask(self, F_fused_BCHW: Tensor) -> Tensor | None:
        """The auxiliary mask, where a loss can use it."""
        if self.mask_head is None or not self.training:
            return None
        mask_logit_B1HW: Tensor = self.mask_head(F_fused_BCHW)
        return mask_logit_B1HW
