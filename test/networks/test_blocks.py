from __future__ import annotations

import torch

from mt_depth_ros.networks.blocks import ConvBlock, DownBlock, FullPrecisionConv2d, UpBlock


def test_a_block_repeats_convolution_norm_and_relu() -> None:
    kinds = [type(layer).__name__ for layer in ConvBlock(5, 8, 2)]
    assert kinds == ['Conv2d', 'BatchNorm2d', 'ReLU'] * 2
    assert ConvBlock(5, 8, 2)(torch.zeros(2, 5, 4, 6)).shape == (2, 8, 4, 6)


def test_down_halves_and_up_doubles_the_resolution() -> None:
    assert DownBlock(4, 8, 1)(torch.zeros(2, 4, 8, 12)).shape == (2, 8, 4, 6)
    assert UpBlock(8, 4, 1)(torch.zeros(2, 8, 4, 6), torch.zeros(2, 4, 8, 12)).shape == (
        2,
        4,
        8,
        12,
    )


def test_the_last_convolution_keeps_what_bfloat16_would_round_away() -> None:
    conv = FullPrecisionConv2d(1, 1, 1)
    torch.nn.init.constant_(conv.weight, 1.0)
    torch.nn.init.constant_(conv.bias, 0.125)
    features = torch.full((1, 1, 1, 1), 64.0)
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.nn.functional.conv2d(features, conv.weight, conv.bias).item() == 64.0
        assert conv(features).item() == 64.125
    assert conv.bfloat16()(features.bfloat16()).item() == 64.125
