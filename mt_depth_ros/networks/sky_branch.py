"""Tells sky by colours, which the rest of the network does not see.

Tensor names end in their shape: B batch, C channels, H rows, W columns, digits are channels; h, w
half the resolution.
"""

from __future__ import annotations

import torch
from torch import nn, Tensor
from torch.nn import functional

from mt_depth_ros.networks.blocks import FullPrecisionConv2d
from mt_depth_ros.networks.residual_unet import convolution, ResidualUNet

LOGIT_SCALE = 0.25
"""Brings logits near one."""


class SkyBranch(nn.Module):
    """A small U-Net over colours and the trunk's features; corrects the trunk's own answer.

    Depth learned from colours does not carry over from a simulator to a camera, so the trunk may
    be blind to them; but a pale wall has the local contrast of the sky, and a cloud that of a
    tree. The branch keeps the two apart: whatever it learns, depth stays what it is.

    Args:
        channels: of its stages, the first at half the image's resolution.
        trunk_channels: of the trunk's features.
    """

    def __init__(self, channels: tuple[int, ...], trunk_channels: int) -> None:
        super().__init__()
        self.enter = convolution(12 + trunk_channels + 4, channels[0])
        self.unet = ResidualUNet(channels)
        self.out = FullPrecisionConv2d(channels[0], 4, 3, padding=1).answer_zero()

    def forward(self, colours_B3HW: Tensor, features_BChw: Tensor, logit_B1HW: Tensor) -> Tensor:
        """Gives the corrected logit (B, 1, H, W); at first the trunk's own.

        Args:
            colours_B3HW: normalised.
            features_BChw: of the trunk, which gets no gradient from here.
            logit_B1HW: the trunk's answer.
        """
        entered_BChw = self._entered(
            functional.pixel_unshuffle(colours_B3HW, 2),
            features_BChw.detach(),
            functional.pixel_unshuffle(logit_B1HW, 2) * LOGIT_SCALE,
        )
        correction_BChw = self.out(self.unet(entered_BChw))
        corrected_B1HW: Tensor = logit_B1HW + functional.pixel_shuffle(correction_BChw, 2)
        return corrected_B1HW

    def _entered(self, *parts_BChw: Tensor) -> Tensor:
        """The first convolution, of each part by itself: joined, they would be laid out anew."""
        widths = [part.shape[1] for part in parts_BChw]
        weights = torch.split(self.enter.weight, widths, dim=1)
        of_parts = [
            functional.conv2d(part, weight, padding=1)
            for part, weight in zip(parts_BChw, weights, strict=True)
        ]
        assert self.enter.bias is not None
        entered_BChw: Tensor = sum(of_parts, start=self.enter.bias[:, None, None])
        return entered_BChw
