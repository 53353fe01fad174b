from __future__ import annotations

import pytest
import torch

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.networks.tone_curve import brightened

SMALL = {'channels': [8, 12, 16], 'image_channels': 4, 'local_contrast': True}


def network(**options: object) -> DepthNetwork:
    torch.manual_seed(0)
    built = build_network('mt_depth_plus', {**SMALL, **options}).eval()
    with torch.no_grad():  # its heads start at zero
        for parameter in built.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return built


def frame() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    validity = (torch.rand(1, 1, 32, 64, generator=generator) < 0.05).float()
    depth = 2.0 + 70.0 * torch.rand(1, 1, 32, 64, generator=generator)
    image = torch.rand(1, 3, 32, 64, generator=generator)
    return [image, depth * validity, torch.zeros(1, 1, 32, 64), validity]


def test_the_branch_starts_with_the_answer_of_the_trunk() -> None:
    torch.manual_seed(0)
    branched = build_network('mt_depth_plus', {**SMALL, 'sky_channels': [4, 8]}).eval()
    with torch.no_grad():
        branched.head.weight.normal_(std=0.1)
    alone = build_network('mt_depth_plus', SMALL).eval()
    alone.load_state_dict(
        {name: t for name, t in branched.state_dict().items() if 'sky_branch' not in name}
    )
    expected, got = alone(*frame()), branched(*frame())
    assert torch.equal(got.sky_logit_B1HW, expected.sky_logit_B1HW)
    assert torch.equal(got.depth_B1HW, expected.depth_B1HW)


def test_sky_depends_on_colours_and_depth_does_not() -> None:
    branched = network(sky_channels=[4, 8], image_gates=False)
    image, *rest = frame()
    plain, brighter = branched(image * 0.5, *rest), branched(image * 0.5 + 0.4, *rest)
    torch.testing.assert_close(plain.depth_B1HW, brighter.depth_B1HW, rtol=1e-4, atol=1e-4)
    assert (plain.sky_logit_B1HW - brighter.sky_logit_B1HW).abs().max() > 1e-2


def test_learning_sky_leaves_the_trunk_alone_but_for_its_own_answer() -> None:
    branched = network(sky_channels=[4, 8]).train()
    branched(*frame()).sky_logit_B1HW.sum().backward()
    gradient = branched.head.weight.grad
    # A head channel is four numbers of a pixel_shuffle: residual, scale, sky, anchor, eight more.
    assert gradient[8:12].abs().sum() > 0
    assert gradient[:8].abs().sum() == 0


def test_in_training_the_logit_is_that_of_the_probability() -> None:
    given = frame()
    plain, careful = network().train(), network(missed_sky_m=8.0).train()
    assert torch.equal(careful(*given).sky_logit_B1HW, plain(*given).sky_logit_B1HW)


def test_a_dark_image_is_brightened_for_the_branch_alone() -> None:
    image, *rest = frame()
    plain = network(sky_channels=[4, 8], image_gates=False)
    served = network(sky_channels=[4, 8], image_gates=False, sky_brightness=0.35)
    seen: list[torch.Tensor] = []
    served.sky_branch.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    expected, got = plain(image * 0.2, *rest), served(image * 0.2, *rest)
    colours = served.image_normalization(brightened(image * 0.2, mean=0.35))
    torch.testing.assert_close(seen, [colours])
    assert torch.equal(got.depth_B1HW, expected.depth_B1HW)
    assert not torch.equal(got.sky_logit_B1HW, expected.sky_logit_B1HW)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'sky_brightness': 1.0}, r'sky_brightness: expected a number in \(0, 1\), or null'),
        ({'sky_brightness': 'dark'}, r"sky_brightness: .* got 'dark'"),
        ({'near_shift': 'far'}, r"near_shift: .* got 'far'"),
        ({'sky_channels': [4] * 4}, r'sky_channels: expected at most 3 stages'),
        ({'sky_channels': [0]}, r'sky_channels: expected at least 0 whole numbers >= 1'),
        ({'missed_sky_m': 0.0}, r'missed_sky_m: expected a number > 0, got 0'),
    ],
)
def test_a_value_that_cannot_be_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_network('mt_depth_plus', {**SMALL, **options})
