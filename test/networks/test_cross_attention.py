from __future__ import annotations

import math

import pytest
import torch

from mt_depth_ros.networks.config import MTDepthConfig
from mt_depth_ros.networks.cross_attention import MaskCrossAttention, sine_encoding


def attention(**options: object) -> MaskCrossAttention:
    torch.manual_seed(0)
    return MaskCrossAttention(MTDepthConfig(channels=(2, 4), **options)).eval()


def test_attention_is_the_softmax_written_out_by_hand() -> None:
    """One row of two cells, C_a = 4: every number below follows from Eq. 5 to 9."""
    module = attention(attention_channels=4, attention_size=(1, 2), attention_heads=1)
    with torch.no_grad():
        for conv in (module.query, module.key, module.value, module.out):
            torch.nn.init.zeros_(conv.weight)
            torch.nn.init.zeros_(conv.bias)
        module.query.weight[0, 0] = 2.0  # Q = (2 mask, 0, 0, 0)
        module.key.weight[0, 0] = 1.0  # K = (F_0, 0, 0, 0)
        module.value.weight[0, 1] = 1.0  # V = (F_1, 0, 0, 0)
        module.out.weight[0, 0] = 1.0  # F_att = relu(O_0, -O_0)
        module.out.weight[1, 0] = -1.0
    mask = torch.tensor([[[[1.0, 0.0]]]])
    features = torch.tensor([[[[3.0, 1.0]], [[10.0, 20.0]]]])
    # Foreground: Q K / sqrt(4) = (2*3/2, 2*1/2) = (3, 1); weights e^3, e^1 over their sum.
    weight = math.exp(3.0) / (math.exp(3.0) + math.exp(1.0))
    foreground = 10.0 * weight + 20.0 * (1.0 - weight)
    # Background: Q = 0, equal weights: (10 + 20) / 2.
    expected = torch.tensor([[[[foreground, 15.0]], [[0.0, 0.0]]]])
    torch.testing.assert_close(module(mask, features), expected)


@pytest.mark.parametrize('heads', [1, 2])
def test_attention_equals_the_equations_step_by_step(heads: int) -> None:
    module = attention(attention_channels=8, attention_size=(3, 5), attention_heads=heads)
    mask, features = torch.rand(2, 1, 3, 5), torch.randn(2, 2, 3, 5)
    q, k, v = module.query(mask), module.key(features), module.value(features)
    outputs = []
    for head in range(heads):
        channels = slice(head * 8 // heads, (head + 1) * 8 // heads)
        tokens = [x[:, channels].reshape(2, 8 // heads, 15).transpose(1, 2) for x in (q, k, v)]
        scores = tokens[0] @ tokens[1].transpose(1, 2) / math.sqrt(8 / heads)
        outputs.append((scores.softmax(dim=-1) @ tokens[2]).transpose(1, 2))
    joined = torch.cat(outputs, dim=1).reshape(2, 8, 3, 5)
    torch.testing.assert_close(module(mask, features), torch.relu(module.out(joined)))


def test_without_positions_all_foreground_cells_get_the_same_answer() -> None:
    module = attention(attention_size=(2, 4), attention_upsampling='nearest')
    torch.nn.init.constant_(module.out.bias, 10.0)  # away from the ReLU's flat side
    mask = torch.zeros(1, 1, 2, 4)
    mask[..., 0, 0] = mask[..., 1, 3] = 1.0
    answer = module(mask, torch.randn(1, 2, 2, 4))[0]
    torch.testing.assert_close(answer[:, 0, 0], answer[:, 1, 3])
    torch.testing.assert_close(answer[:, 0, 1], answer[:, 1, 0])
    assert not torch.allclose(answer[:, 0, 0], answer[:, 0, 1])


def test_with_sine_positions_the_answer_depends_on_the_place() -> None:
    module = attention(attention_size=(2, 4), positional_encoding='sine')
    torch.nn.init.constant_(module.out.bias, 10.0)
    answer = module(torch.ones(1, 1, 2, 4), torch.randn(1, 2, 2, 4))[0]
    assert not torch.allclose(answer[:, 0, 0], answer[:, 1, 3])


def test_the_answer_has_the_size_of_the_depth_features() -> None:
    assert attention()(torch.rand(2, 1, 64, 96), torch.randn(2, 2, 64, 96)).shape == (2, 2, 64, 96)


def test_area_resampling_keeps_an_object_that_nearest_would_skip() -> None:
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 1, 1] = 1.0
    features = torch.randn(1, 2, 8, 8)
    for mode, changes in (('area', True), ('nearest', False)):
        module = attention(attention_size=(2, 2), mask_resampling=mode)
        torch.nn.init.constant_(module.out.bias, 10.0)
        same = torch.equal(module(mask, features), module(torch.zeros_like(mask), features))
        assert same is not changes


def test_every_place_has_its_own_sine_encoding() -> None:
    encoding = sine_encoding(32, 16, 32)[0].flatten(1).T
    distances = torch.cdist(encoding, encoding) + 10.0 * torch.eye(16 * 32)
    assert encoding.shape == (512, 32)
    assert distances.min() > 0.1
