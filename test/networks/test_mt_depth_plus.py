from __future__ import annotations

import pytest
import torch

from mt_depth_ros.classical.registry import build_classical
from mt_depth_ros.core.completion import CompletionInput
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.mt_depth_plus_config import MTDepthPlusConfig
from mt_depth_ros.networks.nearest_measurement import nearest_measurement
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.prefill import prefill
from mt_depth_ros.networks.registry import build_network

SMALL = {'channels': [8, 12, 16], 'image_channels': 4}


def network(*, learned: bool = False, **options: object) -> DepthNetwork:
    torch.manual_seed(0)
    built = build_network('mt_depth_plus', {**SMALL, **options}).eval()
    if learned:
        with torch.no_grad():
            for parameter in built.parameters():
                parameter.add_(0.02 * torch.randn_like(parameter))
    return built


def street(height: int = 64, width: int = 128) -> list[torch.Tensor]:
    """A road with a near wall on the right half, 5 % of it measured, the wall masked."""
    generator = torch.Generator().manual_seed(1)
    row = torch.arange(height)[:, None].expand(height, width)
    truth = 60.0 / (1.0 + 0.1 * row)
    is_wall = (torch.arange(width)[None, :] > width // 2).expand(height, width)
    truth = torch.where(is_wall, 4.0, truth)[None, None]
    validity = (torch.rand(1, 1, height, width, generator=generator) < 0.05).float()
    image = torch.rand(1, 3, height, width, generator=generator)
    return [image, truth * validity, is_wall.float()[None, None], validity]


def test_untrained_it_answers_the_nearest_measurement() -> None:
    image, sparse, mask, validity = street()
    output = network()(image, sparse, mask, validity)
    nearest, _ = nearest_measurement(sparse, validity)
    torch.testing.assert_close(output.depth_B1HW, nearest)
    torch.testing.assert_close(output.initial_depth_B1HW, nearest)


def test_untrained_it_is_as_good_as_the_classical_nearest_fill() -> None:
    image, sparse, mask, validity = street()
    truth = torch.where(mask > 0, 4.0, 60.0 / (1.0 + 0.1 * torch.arange(64)[:, None]))[0, 0]
    given = CompletionInput(
        image_rgb=(255 * image[0]).permute(1, 2, 0).byte().numpy(),
        sparse_depth_m=sparse[0, 0].numpy(),
        mask=mask[0, 0].numpy(),
    )
    classical = torch.from_numpy(build_classical('nearest').complete(given).depth_m)
    ours = network()(image, sparse, mask, validity).depth_B1HW[0, 0]
    assert (ours - truth).abs().mean() < 1.02 * (classical - truth).abs().mean()


def test_a_scene_twice_as_large_gives_depth_twice_as_large() -> None:
    image, sparse, mask, validity = street()
    served = network(learned=True)
    once, twice = (served(image, sparse * size, mask, validity) for size in (1.0, 2.0))
    ratio = twice.depth_B1HW / once.depth_B1HW
    within = twice.depth_B1HW < 119.0
    torch.testing.assert_close(ratio[within], torch.full_like(ratio[within], 2.0))


def test_depth_and_measurements_stay_within_the_range_of_the_sensor() -> None:
    image, sparse, mask, validity = street()
    served = network(min_depth_m=2.0, max_depth_m=30.0)
    depth = served(image, sparse, mask, validity).depth_B1HW
    assert depth.max().item() == pytest.approx(30.0)
    assert depth.min() >= 1.9999
    far = served(image, sparse * 1000.0, mask, validity).depth_B1HW
    assert far.max().item() == pytest.approx(30.0)


def test_without_any_measurement_everything_is_finite() -> None:
    image, sparse, mask, _ = street()
    nothing = torch.zeros_like(sparse)
    output = network(learned=True)(image, nothing, mask, nothing)
    assert all(tensor is None or torch.isfinite(tensor).all() for tensor in output)


def test_uncertainty_is_positive_metres_and_does_not_pull_depth() -> None:
    trained = network(learned=True).train()
    output = trained(*street())
    assert output.uncertainty_B1HW is not None
    assert (output.uncertainty_B1HW >= 0.001 * output.depth_B1HW - 1e-6).all()
    assert (output.uncertainty_B1HW <= 1.001 * output.depth_B1HW).all()
    output.uncertainty_B1HW.log().sum().backward()
    assert trained.propagation.strength.grad is None  # depth enters b without its gradient


def test_untrained_uncertainty_is_five_percent() -> None:
    output = network()(*street())
    expected = 0.049787 * output.depth_B1HW  # e^-3
    torch.testing.assert_close(output.uncertainty_B1HW, expected, rtol=1e-4, atol=0.0)


def test_a_mask_fills_each_side_from_its_own_measurements() -> None:
    sparse = torch.zeros(1, 1, 8, 8)
    sparse[0, 0, 4, 1], sparse[0, 0, 4, 6] = 4.0, 16.0
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 5:] = 1.0
    validity = (sparse > 0).float()
    fill = prefill(sparse, mask, validity, MTDepthPlusConfig())
    depth = (fill.own_side_B1HW + fill.log_scale_B111).exp()
    torch.testing.assert_close(depth[..., :5], torch.full((1, 1, 8, 5), 4.0))
    torch.testing.assert_close(depth[..., 5:], torch.full((1, 1, 8, 3), 16.0))
    assert fill.log_scale_B111.exp().item() == pytest.approx(8.0)  # geometric mean of 4 and 16


def test_an_object_without_measurement_takes_the_fill_from_all() -> None:
    sparse = torch.zeros(1, 1, 8, 8)
    sparse[0, 0, 4, 1] = 4.0
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 5:] = 1.0
    fill = prefill(sparse, mask, (sparse > 0).float(), MTDepthPlusConfig())
    torch.testing.assert_close(fill.own_side_B1HW, fill.pyramid_B1HW)


ELEMENTS = [
    {'image_channels': 0, 'image_gates': False},
    {'pyramid_fill': False},
    {'mask_channels': False},
    {'mask_fill': False},
    {'mask_gates': False},
    {'propagation_steps': 0},
    {'mask_channels': False, 'mask_fill': False, 'mask_gates': False},
]


@pytest.mark.parametrize('options', ELEMENTS, ids=str)
def test_every_element_can_be_left_out(options: dict[str, object]) -> None:
    output = network(learned=True, **options)(*street())
    assert torch.isfinite(output.depth_B1HW).all()


def test_without_its_mask_elements_it_does_not_look_at_the_mask() -> None:
    served = network(learned=True, **ELEMENTS[-1])
    image, sparse, mask, validity = street()
    expected = served(image, sparse, mask, validity).depth_B1HW
    assert torch.equal(served(image, sparse, 1.0 - mask, validity).depth_B1HW, expected)
    assert not torch.equal(
        network(learned=True)(image, sparse, 1.0 - mask, validity).depth_B1HW, expected
    )


def test_without_its_image_elements_it_does_not_look_at_the_image() -> None:
    served = network(learned=True, **ELEMENTS[0])
    image, sparse, mask, validity = street()
    expected = served(image, sparse, mask, validity).depth_B1HW
    assert torch.equal(served(1.0 - image, sparse, mask, validity).depth_B1HW, expected)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'channels': [8]}, r'channels: expected at least 2 whole numbers'),
        ({'image_channels': -1}, r'image_channels: expected a whole number >= 0, got -1'),
        (
            {'propagation_steps': True},
            r'propagation_steps: expected a whole number >= 0, got True',
        ),
        ({'mask_fill': 1}, r'mask_fill: expected true or false, got 1'),
        ({'max_depth_m': 0.5}, r'max_depth_m: expected more than min_depth_m, 0\.5 m'),
        ({'min_depth_m': 0}, r'min_depth_m: expected a number > 0, got 0'),
        ({'depth_scale_m': 80.0}, r'MTDepthPlusConfig\): expected options|depth_scale_m'),
    ],
)
def test_a_value_that_cannot_be_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_network('mt_depth_plus', options)


def test_some_steps_of_training_leave_the_prefill_behind() -> None:
    """An earlier version stayed exactly at its prefill without any error."""
    image, sparse, mask, validity = street(32, 64)
    truth = torch.where(mask > 0, 4.0, 60.0 / (1.0 + 0.1 * torch.arange(32)[:, None])[None, None])
    trained = network(propagation_steps=2).train()
    optimiser = torch.optim.Adam(trained.parameters(), 3e-3)
    errors = []
    for _ in range(60):
        output = trained(image, sparse, mask, validity)
        loss = (output.depth_B1HW.log() - truth.log()).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append(loss.item())
    assert errors[-1] < 0.8 * errors[0]
    assert trained.propagation.strength.item() != 0.0


def test_uncertainty_is_calibrated_in_evaluation_alone() -> None:
    plain, scaled = network(learned=True), network(learned=True, uncertainty_scale=0.8)
    given = street()
    torch.testing.assert_close(
        scaled(*given).uncertainty_B1HW, 0.8 * plain(*given).uncertainty_B1HW
    )
    assert torch.equal(
        scaled.train()(*given).uncertainty_B1HW, plain.train()(*given).uncertainty_B1HW
    )


def test_uncertainty_is_calibrated_by_depth() -> None:
    given, scales = street(), {'uncertainty_scale': 0.5, 'far_uncertainty_scale': 1.5}
    plain, scaled = network(learned=True)(*given), network(learned=True, **scales)(*given)
    expected = plain.uncertainty_B1HW * (0.5 + plain.depth_B1HW / 120.0)
    torch.testing.assert_close(scaled.uncertainty_B1HW, expected)
