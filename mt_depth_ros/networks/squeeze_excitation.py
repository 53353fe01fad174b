"""Channel attention: MT-Depth section 3.4, Eq. 10 and 11.

Tensor names end in their shape: B batch, C channels, H rows, W columns, digits are channels.
"""

from __future__ import annotations

import torch
from torch import nn, Tensor
from torch.nn import functional


class SqueezeExcitation(nn.Module):
    """Weighs each channel by what its mean over the image says.

    Args:
        channels: C.
        reduction: r; W1 leads to C / r channels.
        bias: whether W1 and W2 have a bias.
    """

    def __init__(self, channels: int, reduction: int, *, bias: bool) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // reduction, bias=bias)
        self.excite = nn.Linear(channels // reduction, channels, bias=bias)

    def forward(self, F_fused_BCHW: Tensor) -> Tensor:
        """Gives the weighted features, (B, C, H, W)."""
        z_BC = F_fused_BCHW.mean(dim=(2, 3))
        s_BC = torch.sigmoid(self.excite(functional.relu(self.squeeze(z_BC))))  # Eq. 10
        return F_fused_BCHW * s_BC[:, :, None, None]  # Eq. 11
