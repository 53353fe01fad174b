"""The nearest measurement of every pixel, in operators that export.

Tensor names end in their shape: B batch, H rows, W columns, digits are channels; h, w the grid of
cells of 2x2 pixels; 4 stands for the pixels of a cell.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

NOWHERE = 1.0e4
"""Row and column of a measurement that is not there: farther away than any image is wide."""

DEPTH_OF_NOTHING_M = 10.0
"""In a frame without any measurement, so that logarithms stay finite."""


def nearest_measurement(sparse_depth_B1HW: Tensor, validity_B1HW: Tensor) -> tuple[Tensor, Tensor]:
    """Finds the depth of the measurement nearest to each pixel, and how far away it is.

    The search runs on cells of 2x2 pixels, each with one of its measurements; then every pixel
    compares what its cell found with its own measurement and with what its neighbours have. A few
    pixels in a hundred get a measurement a fraction of a pixel farther away than the nearest. All
    distances are compared as whole and half numbers, so every runtime chooses alike.

    Args:
        sparse_depth_B1HW: metres; H and W even.
        validity_B1HW: above 0 where there is a measurement.

    Returns:
        depth_B1HW: metres; :data:`DEPTH_OF_NOTHING_M` in a frame without measurement.
        distance_B1HW: pixels; thousands in a frame without measurement.
    """
    row_11H1, column_111W = _places(sparse_depth_B1HW)
    is_measured_B1HW = validity_B1HW > 0
    own_B3HW = torch.cat(
        [
            torch.where(is_measured_B1HW, row_11H1, NOWHERE),
            torch.where(is_measured_B1HW, column_111W, NOWHERE),
            torch.where(is_measured_B1HW, sparse_depth_B1HW, DEPTH_OF_NOTHING_M),
        ],
        dim=1,
    )
    # Not by an interpolation: OpenVINO in bfloat16 would round everything that goes into one.
    own_BChw = functional.pixel_unshuffle(own_B3HW, 2)
    own_B34hw = own_BChw.reshape(-1, 3, 4, *own_BChw.shape[2:])
    found_B3hw = _of_nearest_cell(_one_of_four(own_B34hw))
    is_own_B14hw = own_B34hw[:, :1] != NOWHERE
    found_B34hw = torch.where(is_own_B14hw, own_B34hw, found_B3hw.unsqueeze(2))
    found_B3HW = functional.pixel_shuffle(found_B34hw.flatten(1, 2), 2)
    return _compared_with_neighbours(found_B3HW, row_11H1, column_111W)


def _one_of_four(own_B34hw: Tensor) -> Tensor:
    """The first measurement in each cell."""
    chosen_B3hw = own_B34hw[:, :, 0]
    for other in (1, 2, 3):
        is_empty_B1hw = chosen_B3hw[:, :1] == NOWHERE
        chosen_B3hw = torch.where(is_empty_B1hw, own_B34hw[:, :, other], chosen_B3hw)
    return chosen_B3hw


def _of_nearest_cell(of_cell_B3hw: Tensor) -> Tensor:
    """For each cell, the measurement of the nearest cell that has one.

    First the nearest in the row, by running maxima; then the nearest of those in the column, by
    jump flooding (Rong and Tan 2006) in one dimension.
    """
    height, width = of_cell_B3hw.shape[-2:]
    row_11h1, column_111w = _places(of_cell_B3hw)
    nearest_column_B1hw = _nearest_column(of_cell_B3hw[:, :1] != NOWHERE, column_111w)
    nearest_row_B1hw = _nearest_row((nearest_column_B1hw - column_111w).square(), row_11h1)
    index_B1hw = nearest_row_B1hw.long()
    column_B1hw = nearest_column_B1hw.gather(2, index_B1hw).clamp(0, width - 1).long()
    place_B1N = (index_B1hw * width + column_B1hw).flatten(2)
    chosen_B3N = of_cell_B3hw.flatten(2).gather(2, place_B1N.expand(-1, 3, -1))
    return chosen_B3N.reshape(-1, 3, height, width)


def _nearest_column(has_one_B1hw: Tensor, column_111w: Tensor) -> Tensor:
    """The nearest column in the same row that has a measurement; beyond the image if none."""
    left_B1hw = torch.where(has_one_B1hw, column_111w, -NOWHERE)
    right_B1hw = torch.where(has_one_B1hw, column_111w, NOWHERE)
    width, step = column_111w.shape[-1], 1
    while step < width:
        from_left_B1hw = functional.pad(left_B1hw[..., :-step], (step, 0), value=-NOWHERE)
        from_right_B1hw = functional.pad(right_B1hw[..., step:], (0, step), value=NOWHERE)
        left_B1hw = torch.maximum(left_B1hw, from_left_B1hw)
        right_B1hw = torch.minimum(right_B1hw, from_right_B1hw)
        step *= 2
    is_left_B1hw = column_111w - left_B1hw <= right_B1hw - column_111w
    return torch.where(is_left_B1hw, left_B1hw, right_B1hw)


def _nearest_row(across_B1hw: Tensor, row_11h1: Tensor) -> Tensor:
    """The row in the same column where ``across`` plus the squared way there is least."""
    height = row_11h1.shape[2]
    best_B1hw = across_B1hw
    chosen_B2hw = torch.cat([across_B1hw, row_11h1.expand_as(across_B1hw)], dim=1)
    steps = [1 << power for power in reversed(range((height - 1).bit_length()))]
    for step in [*steps, 1]:
        for padding, rows in (
            ((0, 0, step, 0), slice(None, -step)),
            ((0, 0, 0, step), slice(step, None)),
        ):
            other_B2hw = functional.pad(chosen_B2hw[:, :, rows], padding, value=NOWHERE**2)
            other_B1hw = other_B2hw[:, :1] + (other_B2hw[:, 1:] - row_11h1).square()
            chosen_B2hw = torch.where(other_B1hw < best_B1hw, other_B2hw, chosen_B2hw)
            best_B1hw = torch.minimum(other_B1hw, best_B1hw)
    return chosen_B2hw[:, 1:]


def _compared_with_neighbours(
    found_B3HW: Tensor, row_11H1: Tensor, column_111W: Tensor
) -> tuple[Tensor, Tensor]:
    """Takes over what the neighbours above, below, left and right have, where it is nearer."""
    height, width = found_B3HW.shape[-2:]
    best_B1HW = _squared_distance(found_B3HW, row_11H1, column_111W)
    for top, left in ((0, 1), (2, 1), (1, 0), (1, 2)):
        padding = (int(left == 0), int(left == 2), int(top == 0), int(top == 2))
        other_B3HW = functional.pad(found_B3HW, padding, value=NOWHERE)
        other_B3HW = other_B3HW[:, :, top // 2 : top // 2 + height, left // 2 : left // 2 + width]
        other_B1HW = _squared_distance(other_B3HW, row_11H1, column_111W)
        found_B3HW = torch.where(other_B1HW < best_B1HW, other_B3HW, found_B3HW)
        best_B1HW = torch.minimum(other_B1HW, best_B1HW)
    return found_B3HW[:, 2:], best_B1HW.sqrt()


def _squared_distance(found_B3HW: Tensor, row_11H1: Tensor, column_111W: Tensor) -> Tensor:
    down_B1HW, right_B1HW = found_B3HW[:, :1] - row_11H1, found_B3HW[:, 1:2] - column_111W
    return down_B1HW * down_B1HW + right_B1HW * right_B1HW


def _places(image_BCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Row (1, 1, H, 1) and column (1, 1, 1, W) of each pixel."""
    height, width = image_BCHW.shape[-2:]
    row_H = torch.arange(height, dtype=image_BCHW.dtype, device=image_BCHW.device)
    column_W = torch.arange(width, dtype=image_BCHW.dtype, device=image_BCHW.device)
    return row_H.reshape(1, 1, height, 1), column_W.reshape(1, 1, 1, width)
