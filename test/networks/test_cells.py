from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from mt_depth_ros.networks.cells import blended, cell_means, split_channels


def test_each_cell_has_its_own_mean() -> None:
    image = torch.arange(32.0).reshape(1, 2, 4, 4)
    # Of the first cell: 0, 1, 4 and 5.
    expected = [[[2.5, 4.5], [10.5, 12.5]], [[18.5, 20.5], [26.5, 28.5]]]
    assert cell_means(image, 2)[0].tolist() == expected


@pytest.mark.parametrize(('cell_px', 'size'), [(2, (5, 7)), (4, (3, 8)), (16, (1, 2))])
def test_cells_blend_as_in_bilinear_interpolation(cell_px: int, size: tuple[int, int]) -> None:
    cells = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(cell_px))
    expected = functional.interpolate(cells, scale_factor=float(cell_px), mode='bilinear')
    torch.testing.assert_close(blended(cells, cell_px), expected)


def test_blending_is_not_rounded_in_mixed_precision() -> None:
    cells = torch.full((1, 1, 2, 2), 1.001)
    with torch.autocast('cpu', torch.bfloat16):
        found = blended(cells, 4)
    torch.testing.assert_close(found, torch.full((1, 1, 8, 8), 1.001))


def test_parts_of_the_channels_lie_row_by_row() -> None:
    image = torch.rand(2, 5, 4, 6).to(memory_format=torch.channels_last)
    first, second = split_channels(image, (2, 3))
    assert torch.equal(first, image[:, :2])
    assert torch.equal(second, image[:, 2:])
    assert first.stride()[2:] == second.stride()[2:] == (6, 1)
