from __future__ import annotations

import pytest
import torch

from mt_depth_ros.networks.config import UNetConfig
from mt_depth_ros.networks.normalization import DepthOutput, InputNormalization

CONFIG = UNetConfig(image_mean=(0.5, 0.4, 0.3), image_std=(0.25, 0.2, 0.1))


def pixel(*channels: float) -> torch.Tensor:
    return torch.tensor(channels).reshape(1, -1, 1, 1)


def test_colour_depth_and_validity_become_five_channels() -> None:
    normalization = InputNormalization(CONFIG)
    given = normalization(pixel(1.0, 0.4, 0.2), pixel(20.0), pixel(1.0))
    # (1 - 0.5) / 0.25, (0.4 - 0.4) / 0.2, (0.2 - 0.3) / 0.1, 20 m / 80 m, valid
    torch.testing.assert_close(given, pixel(2.0, 0.0, -1.0, 0.25, 1.0))


@pytest.mark.parametrize(('clip', 'scaled'), [(True, 1.0), (False, 8.194375)])
def test_sky_of_655_m_is_clipped_unless_told_otherwise(clip: bool, scaled: float) -> None:
    normalization = InputNormalization(UNetConfig(clip_input_depth=clip))
    given = normalization(pixel(0.0, 0.0, 0.0), pixel(655.55), pixel(1.0))
    assert given[0, 3].item() == pytest.approx(scaled)


def test_the_constants_are_buffers_that_move_with_the_network() -> None:
    names = {name for name, _ in InputNormalization(CONFIG).named_buffers()}
    assert names == {'image.image_mean', 'image.image_std', 'depth_scale_m'}


def test_depth_is_scaled_to_metres() -> None:
    output = DepthOutput(CONFIG).eval()
    assert output(pixel(0.5)).item() == 40.0


def test_depth_below_zero_is_no_answer_in_evaluation_and_kept_for_the_loss() -> None:
    output = DepthOutput(CONFIG)
    assert output.train()(pixel(-0.1)).item() == pytest.approx(-8.0)
    assert output.eval()(pixel(-0.1)).item() == 0.0


def test_softplus_output_is_always_above_zero() -> None:
    output = DepthOutput(UNetConfig(output='softplus'))
    assert output(pixel(0.0)).item() == pytest.approx(80.0 * 0.693147, rel=1e-5)  # ln 2


def test_a_prefill_is_a_sixth_channel_and_added_to_the_answer() -> None:
    config = UNetConfig(prefill='nearest')
    normalization = InputNormalization(config)
    sparse = torch.zeros(1, 1, 2, 2)
    sparse[0, 0, 0, 0] = 20.0
    given = normalization(torch.zeros(1, 3, 2, 2), sparse, (sparse > 0).float())
    assert given.shape == (1, 6, 2, 2)
    prefill = normalization.prefill(given)
    assert prefill is not None
    assert prefill.flatten().tolist() == [0.25, 0.25, 0.25, 0.25]  # 20 m / 80 m
    assert DepthOutput(config)(torch.full((1, 1, 2, 2), 0.01), prefill)[0, 0, 1, 1] == (
        pytest.approx(20.8)
    )


def test_without_prefill_there_is_nothing_to_add_to() -> None:
    assert InputNormalization(CONFIG).prefill(torch.zeros(1, 5, 2, 2)) is None
