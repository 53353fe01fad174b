"""Means over cells, blends between cells, parts of the channels: written to run fast exported.

Tensor names end in their shape: B batch, C channels, H rows, W columns, digits are channels; h, w
cells.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def cell_means(image_BCHW: Tensor, cell_px: int) -> Tensor:
    """Gives the mean of each cell, (B, C, h, w).

    Channels are pooled as if each were a frame: OpenVINO would otherwise lay three channels out
    in blocks of sixteen, and compute all of them, also in what comes before and after.

    Args:
        image_BCHW: height and width are multiples of ``cell_px``.
        cell_px: side of a cell, pixels.
    """
    batch, channels, height, width = image_BCHW.shape
    each_N1HW = image_BCHW.reshape(batch * channels, 1, height, width)
    means_N1hw = functional.avg_pool2d(each_N1HW, cell_px)
    return means_N1hw.reshape(batch, channels, height // cell_px, width // cell_px)


def blended(cells_BChw: Tensor, cell_px: int) -> Tensor:
    """Interpolates linearly between the centres of cells; gives (B, C, H, W).

    What ``interpolate`` does in its mode ``bilinear``, as two matrix products, which
    OpenVINO runs faster.

    Args:
        cells_BChw: a value for each cell.
        cell_px: side of a cell, pixels.
    """
    rows_Hh, columns_Ww = (
        _shares(cells, cell_px, like=cells_BChw) for cells in cells_BChw.shape[-2:]
    )
    with torch.autocast(cells_BChw.device.type, enabled=False):
        return rows_Hh @ (cells_BChw.float() @ columns_Ww.T)


def _shares(num_cells: int, cell_px: int, *, like: Tensor) -> Tensor:
    """How much each cell counts at each pixel along one side: 1 at its centre, 0 at the next."""
    pixel_N1 = torch.arange(num_cells * cell_px, device=like.device)[:, None]
    cell_n = torch.arange(num_cells, device=like.device)
    place_N1 = ((pixel_N1 + 0.5) / cell_px - 0.5).clamp(0, num_cells - 1)
    return (1.0 - (place_N1 - cell_n).abs()).clamp(min=0.0)


def split_channels(image_BCHW: Tensor, widths: Sequence[int]) -> list[Tensor]:
    """Splits the channels into parts, each of which lies in memory row by row.

    A U-Net runs with the channels last, and what it gives would stay so: OpenVINO then picks
    every part out of it pixel by pixel, again and again.

    Args:
        image_BCHW: in any layout.
        widths: channels of each part; C in all.
    """
    height, width = image_BCHW.shape[2:]
    parts = torch.split(image_BCHW.flatten(2).contiguous(), list(widths), dim=1)
    return [part.reshape(-1, part.shape[1], height, width) for part in parts]
