from __future__ import annotations

import math

import torch

from mt_depth_ros.networks.squeeze_excitation import SqueezeExcitation


def test_channels_are_weighed_as_worked_out_by_hand() -> None:
    """Two channels, r = 2: z = (2, 3), W1 = (1, -1/3), W2 = (ln 3, -1)."""
    module = SqueezeExcitation(2, 2, bias=False)
    with torch.no_grad():
        module.squeeze.weight.copy_(torch.tensor([[1.0, -1.0 / 3.0]]))
        module.excite.weight.copy_(torch.tensor([[math.log(3.0)], [-1.0]]))
    features = torch.tensor([[[[1.0, 3.0]], [[2.0, 4.0]]]])
    # W1 z = 2 - 1 = 1; relu(1) = 1; s = sigmoid(ln 3, -1) = (3/4, 1 / (1 + e))
    second = 1.0 / (1.0 + math.e)
    expected = torch.tensor([[[[0.75, 2.25]], [[2.0 * second, 4.0 * second]]]])
    torch.testing.assert_close(module(features), expected)


def test_the_reduction_sets_the_width_between_the_two_layers() -> None:
    module = SqueezeExcitation(128, 16, bias=False)
    assert module.squeeze.weight.shape == (8, 128)
    assert module.excite.weight.shape == (128, 8)
    assert module.squeeze.bias is None
