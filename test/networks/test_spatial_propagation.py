from __future__ import annotations

import pytest
import torch

from mt_depth_ros.networks.spatial_propagation import (
    neighbour_differences,
    NEIGHBOURS,
    neighbours,
    SpatialPropagation,
)


def propagation(*, strength: float, steps: int = 1, num_guides: int = 1) -> SpatialPropagation:
    layer = SpatialPropagation(steps, num_guides)
    with torch.no_grad():
        layer.strength.copy_(torch.atanh(torch.tensor(strength)) / 4)
    return layer


def spot() -> torch.Tensor:
    depth = torch.zeros(1, 1, 5, 5)
    depth[0, 0, 2, 2] = 9.0
    return depth


NO_AFFINITY = torch.zeros(1, 8, 5, 5)
NO_ANCHOR = torch.zeros(1, 1, 5, 5)


def test_an_untrained_propagation_changes_nothing() -> None:
    depth = torch.rand(1, 1, 5, 5)
    spread = SpatialPropagation(6, 1)(depth, torch.randn(1, 8, 5, 5), None, NO_ANCHOR, NO_ANCHOR)
    torch.testing.assert_close(spread, depth)


def test_one_step_is_the_softmax_weighted_mean_of_nine_pixels() -> None:
    spread = propagation(strength=0.5)(spot(), NO_AFFINITY, None, NO_ANCHOR, NO_ANCHOR)
    # Eight neighbours of logit 0 and the centre of logit 2: 1 / (8 + e^2) = 0.064982 each.
    assert spread[0, 0, 1, 1].item() == pytest.approx(0.5 * 0.064982 * 9.0, rel=1e-4)
    assert spread[0, 0, 2, 2].item() == pytest.approx(9.0 * (1 - 0.5 * 8 * 0.064982), rel=1e-4)
    assert spread[0, 0, 0, 0] == 0.0


def test_a_constant_stays_constant_whatever_the_affinities() -> None:
    depth = torch.full((1, 1, 5, 5), 3.0)
    layer = propagation(strength=0.9, steps=6)
    spread = layer(depth, torch.randn(1, 8, 5, 5), torch.rand(1, 1, 5, 5), NO_ANCHOR, NO_ANCHOR)
    torch.testing.assert_close(spread, depth)


def test_a_full_anchor_holds_the_measurement() -> None:
    anchor, measured = NO_ANCHOR.clone(), NO_ANCHOR.clone()
    anchor[0, 0, 2, 2], measured[0, 0, 2, 2] = 1.0, 4.0
    spread = propagation(strength=0.5, steps=3)(spot(), NO_AFFINITY, None, anchor, measured)
    assert spread[0, 0, 2, 2].item() == pytest.approx(4.0)


def test_an_edge_of_the_guide_holds_depth_back() -> None:
    guide = torch.zeros(1, 1, 5, 5)
    guide[..., 3:] = 2.0  # 8 x 2 off the logit: a hundred-millionth of the share
    spread = propagation(strength=0.9)(spot(), NO_AFFINITY, guide, NO_ANCHOR, NO_ANCHOR)
    assert spread[0, 0, 2, 3] < 1e-5
    assert spread[0, 0, 2, 1] > 0.3


def test_differences_are_those_to_each_neighbour() -> None:
    guide = torch.rand(2, 3, 6, 7)
    weight = torch.tensor([1.0, 2.0, 0.5])
    found = neighbour_differences(guide, weight)
    weighted = guide * weight[:, None, None]
    expected = [(weighted - other).abs().sum(1)[:, 1:-1, 1:-1] for other in neighbours(weighted)]
    torch.testing.assert_close(found[:, :, 1:-1, 1:-1], torch.stack(expected, dim=1))


def test_neighbours_come_in_their_order() -> None:
    image = torch.arange(25.0).reshape(1, 1, 5, 5)
    values = [shifted[0, 0, 2, 2].item() for shifted in neighbours(image)]
    assert values == [12 + 5 * row + column for row, column in NEIGHBOURS]
