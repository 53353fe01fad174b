from __future__ import annotations

from hypothesis import given, strategies
import pytest
import torch

from mt_depth_ros.networks.push_pull import push_pull


def test_values_with_full_weight_stay_and_one_value_fills_everything() -> None:
    value, weight = torch.zeros(1, 1, 8, 16), torch.zeros(1, 1, 8, 16)
    value[0, 0, 3, 5], weight[0, 0, 3, 5] = 2.5, 1.0
    assert push_pull(value, weight).flatten().tolist() == pytest.approx([2.5] * 128)


def test_a_hole_is_filled_with_the_mean_of_its_cell() -> None:
    value = torch.full((1, 1, 8, 8), 4.0)
    value[..., 4:] = 8.0
    weight = torch.ones(1, 1, 8, 8)
    weight[0, 0, 0, 0] = 0.0
    filled = push_pull(value, weight)
    assert filled[0, 0, 0, 0] == pytest.approx(4.0)
    weight[0, 0, 0, 0] = 1.0
    assert torch.equal(push_pull(value, weight), value)


def test_each_channel_has_its_own_weights() -> None:
    value = torch.tensor([[1.0, 9.0]]).expand(6, 2).reshape(1, 1, 6, 2).expand(-1, 2, -1, -1)
    weight = torch.zeros(1, 2, 6, 2)
    weight[:, 0, :, 0], weight[:, 1, :, 1] = 1.0, 1.0
    filled = push_pull(value, weight)
    assert filled[0, 0].unique().tolist() == pytest.approx([1.0])
    assert filled[0, 1].unique().tolist() == pytest.approx([9.0])


@given(
    height=strategies.integers(1, 40),
    width=strategies.integers(1, 40),
    seed=strategies.integers(0, 1000),
)
def test_the_fill_never_leaves_the_range_of_the_values(height: int, width: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    value = torch.rand(1, 1, height, width, generator=generator) + 1.0
    weight = (torch.rand(1, 1, height, width, generator=generator) < 0.3).float()
    weight[0, 0, 0, 0] = 1.0
    known = value[weight > 0]
    filled = push_pull(value, weight)
    assert filled.min() >= known.min() - 1e-4
    assert filled.max() <= known.max() + 1e-4
