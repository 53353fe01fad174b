"""What holds for every network of the registry."""

from __future__ import annotations

import pytest
import torch

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.nearest_measurement import nearest_measurement
from mt_depth_ros.networks.network import DepthNetwork, NetworkOutput
from mt_depth_ros.networks.registry import architecture_name, ARCHITECTURES, build_network

SIZES = [(32, 64), (64, 96)]
NO_MASK = {'mask_channels': False, 'mask_fill': False, 'mask_gates': False}
every_network = pytest.mark.parametrize('name', list(ARCHITECTURES))


def network(name: str, **options: object) -> DepthNetwork:
    torch.manual_seed(0)
    return build_network(name, options)


def learned(name: str, **options: object) -> DepthNetwork:
    """The network with every weight a little off its start, as the first steps of training do."""
    moved = network(name, **options)
    with torch.no_grad():
        for parameter in moved.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    return moved


def inputs(height: int = 32, width: int = 64, seed: int = 1) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(2, 3, height, width, generator=generator)
    validity = (torch.rand(2, 1, height, width, generator=generator) < 0.05).float()
    sparse = validity * (1.0 + 60.0 * torch.rand(2, 1, height, width, generator=generator))
    mask = (torch.rand(2, 1, height, width, generator=generator) < 0.3).float()
    return [image, sparse, mask, validity]


@every_network
@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('training', [True, False])
def test_depth_comes_at_the_size_of_the_image(
    name: str, size: tuple[int, int], training: bool
) -> None:
    output = network(name).train(training)(*inputs(*size))
    assert isinstance(output, NetworkOutput)
    for tensor in output:
        assert tensor is None or tensor.shape == (2, 1, *size)
    assert output.depth_B1HW.dtype == torch.float32


@every_network
def test_a_gradient_reaches_every_trainable_parameter(name: str) -> None:
    trained = learned(name).train()
    output = trained(*inputs())
    sum(tensor.square().mean() for tensor in output if tensor is not None).backward()
    without = [n for n, p in trained.named_parameters() if p.grad is None or not p.grad.any()]
    assert without == []


@every_network
def test_the_same_input_gives_the_same_output_bit_for_bit(name: str) -> None:
    first, second = network(name).eval(), network(name).eval()
    assert torch.equal(first(*inputs()).depth_B1HW, second(*inputs()).depth_B1HW)
    assert torch.equal(first(*inputs()).depth_B1HW, first(*inputs()).depth_B1HW)


@every_network
def test_depth_is_never_below_zero_in_evaluation(name: str) -> None:
    assert network(name).eval()(*inputs()).depth_B1HW.min() >= 0.0


@every_network
def test_every_input_but_the_mask_changes_the_depth(name: str) -> None:
    served = learned(name).train()  # batch statistics: not everything is clamped to 0
    before = served(*inputs()).depth_B1HW
    for index in (0, 1, 3):
        changed = inputs()
        changed[index] = inputs(seed=2)[index]
        assert not torch.equal(served(*changed).depth_B1HW, before), index


@every_network
def test_a_size_the_network_cannot_halve_often_enough_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r'multiples of (16|32), got 40 x 64'):
        network(name)(*inputs(40, 64))


@every_network
def test_a_network_knows_the_name_it_is_registered_by(name: str) -> None:
    assert architecture_name(network(name)) == name


@every_network
def test_depth_keeps_float32_under_autocast(name: str) -> None:
    with torch.autocast('cpu', torch.bfloat16):
        assert network(name)(*inputs()).depth_B1HW.dtype == torch.float32


@pytest.mark.parametrize('name', ['unet', 'mt_depth'])
def test_a_network_on_a_prefill_answers_the_prefill_at_first(name: str) -> None:
    image, sparse, mask, validity = inputs()
    sparse = sparse.clamp(max=80.0)
    depth = network(name, prefill='nearest').eval()(image, sparse, mask, validity).depth_B1HW
    nearest, _ = nearest_measurement(sparse, validity)
    torch.testing.assert_close(depth, nearest)


def test_changing_the_mask_changes_the_depth_of_mt_depth() -> None:
    served = network('mt_depth').train()
    image, sparse, mask, validity = inputs()
    with_mask = served(image, sparse, mask, validity)
    without = served(image, sparse, torch.zeros_like(mask), validity)
    assert not torch.equal(with_mask.depth_B1HW, without.depth_B1HW)
    # The initial depth of Eq. 4 comes before the mask.
    assert torch.equal(with_mask.initial_depth_B1HW, without.initial_depth_B1HW)


def test_unet_does_not_look_at_the_mask() -> None:
    served = network('unet').train()
    image, sparse, mask, validity = inputs()
    expected = served(image, sparse, mask, validity).depth_B1HW
    assert torch.equal(served(image, sparse, 1.0 - mask, validity).depth_B1HW, expected)


@pytest.mark.parametrize(
    ('name', 'options'),
    [
        ('unet', {}),
        ('mt_depth', {}),
        ('mt_depth_plus', {}),
        ('mt_depth_plus', NO_MASK),
        *[('mt_depth_plus', {**NO_MASK, option: True}) for option in NO_MASK],
    ],
)
def test_a_network_tells_whether_it_looks_at_the_mask(name: str, options: dict[str, bool]) -> None:
    asked = learned(name, **options).eval()
    image, sparse, mask, validity = inputs()
    with torch.no_grad():
        with_mask = asked(image, sparse, mask, validity).depth_B1HW
        without = asked(image, sparse, torch.zeros_like(mask), validity).depth_B1HW
    assert asked.uses_mask == (not torch.equal(with_mask, without))


def test_the_faithful_networks_answer_depth_alone() -> None:
    for name in ('unet', 'mt_depth'):
        output = network(name).eval()(*inputs())
        assert output.uncertainty_B1HW is None
        assert output.sky_logit_B1HW is None
        assert output.mask_logit_B1HW is None


def test_the_mask_is_predicted_in_training_only() -> None:
    assert network('mt_depth').train()(*inputs()).mask_logit_B1HW is not None
    assert network('mt_depth', mask_head=False).train()(*inputs()).mask_logit_B1HW is None


def test_parameters_are_as_many_as_the_layers_of_the_paper_need() -> None:
    counts = {
        name: sum(parameter.numel() for parameter in child.parameters())
        for name, child in network('mt_depth').named_children()
    }
    assert {name: count for name, count in counts.items() if count} == {
        # 3x3 convolutions without bias: 294,696 down, 146,880 up; batch norms 992 and 480;
        # transposed 2x2 convolutions with bias 43,640.
        'backbone': 486_688,
        'initial_head': 9,  # 8 weights, 1 bias
        'cross_attention': 904,  # q 64, k 288, v 288, out 264
        'fusion': 2_304,  # 16 x 128 weights, batch norm 256
        # SE 2 x 128 x 8; 9 x 128 x 64, batch norm 128; 9 x 64 + 1
        'prediction_head': 76_481,
        'mask_head': 129,  # training only
    }
    assert sum(p.numel() for p in network('unet').parameters()) == 486_697


def test_an_unknown_network_is_refused_with_the_known_names() -> None:
    with pytest.raises(ConfigError, match=r"expected one of unet, mt_depth.*, got 'resnet'"):
        build_network('resnet')


def test_a_class_that_is_not_registered_has_no_name() -> None:
    class Unregistered(type(network('unet'))):
        pass

    with pytest.raises(ValueError, match='Unregistered is not in ARCHITECTURES'):
        architecture_name(Unregistered(network('unet').config))
