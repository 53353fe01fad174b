from __future__ import annotations

from dataclasses import asdict
import json

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.config import config_from_mapping, MTDepthConfig, UNetConfig


def test_the_defaults_are_those_of_the_paper() -> None:
    config = MTDepthConfig()
    assert config.channels == (8, 16, 32, 64, 128)  # Table 2
    assert config.attention_channels == 32  # Table 2
    assert config.fusion_channels == 128  # Table 2
    assert config.attention_size == (16, 32)  # Algorithm 1, step 3
    assert config.head_channels == 64  # Eq. 12


def test_a_config_survives_json() -> None:
    config = MTDepthConfig(channels=(4, 8), depth_scale_m=50.0, attention_size=(4, 8))
    read = json.loads(json.dumps(asdict(config)))
    assert config_from_mapping(MTDepthConfig, read) == config


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(ConfigError, match=r'UNetConfig: expected .*channels.*got chanels;'):
        config_from_mapping(UNetConfig, {'chanels': [8, 16]})


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'depth_scale_m': 0.0}, r'depth_scale_m: expected a number > 0, got 0\.0'),
        ({'depth_scale_m': '80'}, r"depth_scale_m: expected a number > 0, got '80'"),
        ({'depth_scale_m': float('nan')}, r'depth_scale_m: .* got nan'),
        ({'clip_input_depth': 1}, r'clip_input_depth: expected true or false, got 1'),
        ({'image_mean': (0.5, 0.5)}, r'image_mean: expected three numbers'),
        ({'image_std': (0.2, 0.2, 0.0)}, r'image_std: expected three numbers > 0'),
        ({'channels': (8,)}, r'channels: expected at least 2 whole numbers'),
        ({'channels': (8, 16.0)}, r'channels: expected at least 2 whole numbers'),
        ({'convolutions_per_stage': 0}, r'convolutions_per_stage: expected a whole number >= 1'),
        ({'output': 'relu'}, r"output: expected one of linear, softplus, got 'relu'"),
        ({'attention_size': (16,)}, r'attention_size: expected rows and columns'),
        ({'attention_heads': True}, r'attention_heads: expected a whole number >= 1, got True'),
        ({'attention_heads': 3}, r'attention_channels: expected a multiple of attention_heads, 3'),
        ({'positional_encoding': 'learned'}, r'expected one of none, sine'),
        (
            {'positional_encoding': 'sine', 'attention_channels': 6},
            r'expected a multiple of 4 for a sine encoding, got 6',
        ),
        ({'mask_resampling': 'cubic'}, r'expected one of area, bilinear, nearest'),
        ({'feature_resampling': 'cubic'}, r'feature_resampling: expected one of'),
        ({'attention_upsampling': 'area'}, r'expected one of bilinear, nearest'),
        ({'fusion_channels': 100}, r'expected a multiple of squeeze_reduction, 16, got 100'),
        ({'squeeze_bias': None}, r'squeeze_bias: expected true or false, got None'),
        ({'mask_head': 'no'}, r'mask_head: expected true or false'),
    ],
)
def test_a_value_that_cannot_be_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_from_mapping(MTDepthConfig, options)
