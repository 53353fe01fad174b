"""Mask queries attend to depth features: MT-Depth section 3.3, Eq. 2 and 5 to 9.

Tensor names end in their shape: B batch, C channels, H rows, W columns; h, w the attention grid,
N = h w its cells, G heads, E = channels / G.
"""

from __future__ import annotations

import torch
from torch import nn, Tensor
from torch.nn import functional

from mt_depth_ros.networks.config import MTDepthConfig


class MaskCrossAttention(nn.Module):
    """F_att from the mask (query) and F_depth (key and value), on a small grid.

    Without a positional encoding the query of a cell depends on its mask value alone, so F_att
    takes one value for all foreground and one for all background cells (and blends of the two
    where a cell holds both): a pooling of the depth features that the mask steers. That is what
    the paper's equations say.
    """

    position: Tensor  # (1, C, h, w)

    def __init__(self, config: MTDepthConfig) -> None:
        super().__init__()
        depth_channels, channels = config.channels[0], config.attention_channels
        self.config = config
        self.query = nn.Conv2d(1, channels, 1)
        self.key = nn.Conv2d(depth_channels, channels, 1)
        self.value = nn.Conv2d(depth_channels, channels, 1)
        self.out = nn.Conv2d(channels, depth_channels, 1)
        position = torch.zeros(1, channels, *config.attention_size)
        if config.positional_encoding == 'sine':
            position = sine_encoding(channels, *config.attention_size)
        self.register_buffer('position', position, persistent=False)

    def forward(self, mask_B1HW: Tensor, F_depth_BCHW: Tensor) -> Tensor:
        """Gives F_att (B, C_d, H, W) for F_depth of that shape."""
        mask_B1hw, F_depth_BChw = self._to_grid(mask_B1HW, F_depth_BCHW)  # Eq. 2
        Q_BChw = self.query(mask_B1hw) + self.position  # Eq. 5
        K_BChw = self.key(F_depth_BChw) + self.position
        V_BChw = self.value(F_depth_BChw)
        O_BGNE = functional.scaled_dot_product_attention(  # Eq. 7 and 8
            self._tokens(Q_BChw), self._tokens(K_BChw), self._tokens(V_BChw)
        )
        F_att_BChw = functional.relu(self.out(self._image(O_BGNE)))  # Eq. 9
        return functional.interpolate(
            F_att_BChw, size=F_depth_BCHW.shape[-2:], mode=self.config.attention_upsampling
        )

    def _to_grid(self, mask_B1HW: Tensor, F_depth_BCHW: Tensor) -> tuple[Tensor, Tensor]:
        config, size = self.config, self.config.attention_size
        return (
            functional.interpolate(mask_B1HW, size=size, mode=config.mask_resampling),
            functional.interpolate(F_depth_BCHW, size=size, mode=config.feature_resampling),
        )

    def _tokens(self, image_BChw: Tensor) -> Tensor:
        """(B, G, N, E) from (B, C, h, w): Eq. 6."""
        batch, channels, height, width = image_BChw.shape
        heads = self.config.attention_heads
        return image_BChw.reshape(batch, heads, channels // heads, height * width).mT

    def _image(self, tokens_BGNE: Tensor) -> Tensor:
        """(B, C, h, w) from (B, G, N, E): Eq. 6 the other way."""
        return tokens_BGNE.mT.reshape(tokens_BGNE.shape[0], -1, *self.config.attention_size)


def sine_encoding(channels: int, height: int, width: int) -> Tensor:
    """The place of each cell in sines and cosines of falling frequency.

    Args:
        channels: a multiple of 4; a quarter each for sine and cosine of row and column.
        height: rows.
        width: columns.

    Returns:
        (1, channels, height, width) float32 in [-1, 1].
    """
    rows_CH1 = _phases(channels // 4, height)[:, :, None].expand(-1, -1, width)
    columns_C1W = _phases(channels // 4, width)[:, None, :].expand(-1, height, -1)
    phases = (rows_CH1, columns_C1W)
    return torch.cat([wave(phase) for phase in phases for wave in (torch.sin, torch.cos)])[None]


def _phases(num_frequencies: int, cells: int) -> Tensor:
    """(num_frequencies, cells): from half a period over all cells to half a period per cell."""
    exponents = torch.linspace(0.0, 1.0, num_frequencies)
    places = (torch.arange(cells) + 0.5) / cells
    return torch.pi * torch.outer(float(cells) ** exponents, places)
