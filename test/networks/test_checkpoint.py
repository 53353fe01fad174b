from __future__ import annotations

from hashlib import sha256
import json
from pathlib import Path

import pytest
from safetensors.torch import save
import torch

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.networks.checkpoint import (
    load_checkpoint,
    load_part_into,
    load_weights_into,
    save_checkpoint,
)
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.registry import build_network

PROVENANCE = Provenance(
    commit='0123abc', date='2026-01-31', data='four random images', metrics={'mae_m': 1.25}
)
SMALL = {'channels': [4, 8], 'attention_channels': 4, 'fusion_channels': 16, 'head_channels': 4}
PLUS = {'channels': [4, 8], 'image_channels': 4, 'propagation_steps': 1}


def trained_network() -> DepthNetwork:
    """A network whose every tensor differs from what a fresh one has."""
    torch.manual_seed(7)
    network = build_network('mt_depth', SMALL)
    network(*inputs())
    return network.eval()


def inputs() -> tuple[torch.Tensor, ...]:
    torch.manual_seed(3)
    image, mask = torch.rand(2, 3, 16, 32), torch.rand(2, 1, 16, 32)
    return image, 50.0 * torch.rand(2, 1, 16, 32), mask, torch.ones(2, 1, 16, 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    weights = tmp_path / 'model.safetensors'
    save_checkpoint(weights, trained_network(), input_size=(16, 32), provenance=PROVENANCE)
    return weights


def edit_description(path: Path, **changes: object) -> None:
    sidecar = path.with_suffix('.json')
    sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), **changes}))


def write_weights(path: Path, content: bytes) -> None:
    """Other weights, with the checksum of the description brought in line."""
    path.write_bytes(content)
    edit_description(path, weights_sha256=sha256(content).hexdigest())


def tensors_with_header(path: Path, tensors: dict[str, torch.Tensor]) -> bytes:
    description = json.loads(path.with_suffix('.json').read_text())
    description.pop('weights_sha256')
    return save(tensors, metadata={'description': json.dumps(description)})


def test_a_checkpoint_comes_back_bit_for_bit(path: Path) -> None:
    checkpoint = load_checkpoint(path)
    trained = trained_network()
    expected, read = trained.state_dict(), checkpoint.network.state_dict()
    assert list(read) == list(expected)
    assert all(torch.equal(read[name], expected[name]) for name in expected)
    assert not checkpoint.network.training
    depth = checkpoint.network(*inputs()).depth_B1HW
    assert torch.equal(depth, trained(*inputs()).depth_B1HW)


def test_the_description_comes_back(path: Path) -> None:
    checkpoint = load_checkpoint(path)
    assert checkpoint.description.architecture == 'mt_depth'
    assert checkpoint.description.input_size == (16, 32)
    assert checkpoint.description.provenance == PROVENANCE
    assert checkpoint.network.config == trained_network().config
    assert checkpoint.sha256 == sha256(path.read_bytes()).hexdigest()


def test_the_normalisation_comes_back_with_the_config(tmp_path: Path) -> None:
    network = build_network('unet', {'channels': [4, 8], 'depth_scale_m': 50.0})
    path = tmp_path / 'other.safetensors'
    save_checkpoint(path, network, input_size=(16, 32), provenance=PROVENANCE)
    assert load_checkpoint(path).network.normalization.depth_scale_m.item() == 50.0


def test_a_network_in_channels_last_is_saved_as_it_computes(tmp_path: Path) -> None:
    path = tmp_path / 'model.safetensors'
    network = trained_network().to(memory_format=torch.channels_last)
    save_checkpoint(path, network, input_size=(16, 32), provenance=PROVENANCE)
    expected = trained_network().state_dict()
    read = load_checkpoint(path).network.state_dict()
    assert all(torch.equal(read[name], expected[name]) for name in expected)


def test_a_metric_that_is_not_a_number_does_not_make_weights_unreadable(tmp_path: Path) -> None:
    path = tmp_path / 'model.safetensors'
    provenance = Provenance(commit='x', date='x', data='x', metrics={'mae_m': float('nan')})
    save_checkpoint(path, trained_network(), input_size=(16, 32), provenance=provenance)
    assert load_checkpoint(path).description.architecture == 'mt_depth'


def test_only_the_two_files_are_left_behind(path: Path) -> None:
    assert sorted(p.name for p in path.parent.iterdir()) == ['model.json', 'model.safetensors']


def test_a_name_that_is_not_safetensors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'expected a name in \.safetensors, got model\.pt'):
        save_checkpoint(
            tmp_path / 'model.pt', trained_network(), input_size=(16, 32), provenance=PROVENANCE
        )


def test_one_changed_byte_anywhere_in_the_weights_is_refused(path: Path) -> None:
    good = path.read_bytes()
    for position in (0, 20, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        with pytest.raises(CheckpointError, match=r'expected sha256 [0-9a-f]{64} \(model\.json\)'):
            load_checkpoint(path)


def test_truncated_weights_are_refused_with_their_size(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r'got [0-9a-f]{64} of 1000 bytes'):
        load_checkpoint(path)


def test_weights_other_than_the_manifest_says_are_refused(path: Path) -> None:
    with pytest.raises(CheckpointError, match=rf'expected sha256 {"0" * 64} \(manifest\)'):
        load_checkpoint(path, expected_sha256='0' * 64)


def test_missing_weights_are_named(path: Path) -> None:
    path.unlink()
    with pytest.raises(CheckpointError, match=r'model\.safetensors: expected a weights file'):
        load_checkpoint(path)


def test_a_missing_description_is_named(path: Path) -> None:
    path.with_suffix('.json').unlink()
    with pytest.raises(CheckpointError, match=r'model\.json: expected the description'):
        load_checkpoint(path)


def test_a_description_without_checksum_is_refused(path: Path) -> None:
    edit_description(path, weights_sha256=None)
    with pytest.raises(CheckpointError, match=r'expected sha256 None \(model\.json\)'):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('not json', r'expected a checkpoint description, got Expecting value'),
        ('[]', r'expected a checkpoint description'),
        ('{}', r"got no field 'format'"),
        ('{"format": 2}', r'expected format 1, got format 2'),
        ('{"format": 1, "input_size": [16]}', r'not enough values'),
    ],
)
def test_an_unreadable_description_is_refused(path: Path, text: str, message: str) -> None:
    path.with_suffix('.json').write_text(text)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path)


def test_an_edited_description_is_refused(path: Path) -> None:
    edit_description(path, input_size=[16, 64])
    with pytest.raises(CheckpointError, match=r'expected the description that the weights carry'):
        load_checkpoint(path)


def test_weights_without_description_in_their_header_are_refused(path: Path) -> None:
    write_weights(path, save(trained_network().state_dict()))
    with pytest.raises(CheckpointError, match=r"header of .*got no field 'format'"):
        load_checkpoint(path)


def test_a_file_that_is_not_safetensors_is_refused(path: Path) -> None:
    write_weights(path, b'PK\x03\x04 a pickle, perhaps')
    with pytest.raises(CheckpointError, match=r'expected a safetensors file, got'):
        load_checkpoint(path)


def test_an_unknown_architecture_is_refused_with_the_known_ones(path: Path) -> None:
    edit_description(path, architecture='mt_depth_3')
    write_weights(path, tensors_with_header(path, trained_network().state_dict()))
    with pytest.raises(CheckpointError, match=r"one of unet, mt_depth.*, got 'mt_depth_3'"):
        load_checkpoint(path)


def test_a_config_the_network_does_not_have_is_refused(path: Path) -> None:
    edit_description(path, config={'chanels': [4, 8]})
    write_weights(path, tensors_with_header(path, trained_network().state_dict()))
    with pytest.raises(CheckpointError, match=r'MTDepthConfig\): expected options .*got chanels'):
        load_checkpoint(path)


def test_missing_and_unexpected_tensors_are_named(path: Path) -> None:
    tensors = trained_network().state_dict()
    tensors['renamed.bias'] = tensors.pop('initial_head.bias')
    write_weights(path, tensors_with_header(path, tensors))
    with pytest.raises(
        CheckpointError, match=r'missing initial_head\.bias; unexpected renamed\.bias;'
    ):
        load_checkpoint(path)


def test_a_tensor_of_another_shape_or_type_is_named_with_both(path: Path) -> None:
    tensors = trained_network().state_dict()
    tensors['initial_head.weight'] = torch.zeros(1, 5, 1, 1)
    tensors['initial_head.bias'] = tensors['initial_head.bias'].half()
    write_weights(path, tensors_with_header(path, tensors))
    with pytest.raises(CheckpointError) as raised:
        load_checkpoint(path)
    assert raised.value.got == (
        'initial_head.weight: expected float32 (1, 4, 1, 1), got float32 (1, 5, 1, 1); '
        'initial_head.bias: expected float32 (1,), got float16 (1,)'
    )


def test_weights_of_another_architecture_list_a_few_differences(path: Path) -> None:
    write_weights(path, tensors_with_header(path, build_network('unet').state_dict()))
    with pytest.raises(CheckpointError, match=r'missing .*; \d+ more; the weights belong to'):
        load_checkpoint(path)


def test_weights_that_are_not_finite_are_refused(path: Path) -> None:
    tensors = trained_network().state_dict()
    tensors['initial_head.bias'] = torch.tensor([float('nan')])
    write_weights(path, tensors_with_header(path, tensors))
    with pytest.raises(CheckpointError, match=r'got initial_head\.bias: not finite'):
        load_checkpoint(path)


def test_a_part_takes_the_weights_of_another_network_and_no_other_part_changes(path: Path) -> None:
    network = build_network('mt_depth', {**SMALL, 'head_channels': 6})
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    load_part_into(network, 'backbone', path)
    given = trained_network().state_dict()
    for name, tensor in network.state_dict().items():
        source = given if name.startswith('backbone.') else before
        assert torch.equal(tensor, source[name])


def test_a_part_that_differs_or_is_in_neither_network_is_named(path: Path) -> None:
    network = build_network('mt_depth', {**SMALL, 'head_channels': 6})
    with pytest.raises(CheckpointError, match=r'prediction_head\.'):
        load_part_into(network, 'prediction_head', path)
    with pytest.raises(CheckpointError, match=r'expected sky_branch, in both .* backbone'):
        load_part_into(network, 'sky_branch', path)


def test_weights_are_not_begun_with_on_another_input(path: Path, tmp_path: Path) -> None:
    for architecture, options, other in (
        ('mt_depth', SMALL, {'depth_scale_m': 40.0}),
        ('mt_depth_plus', PLUS, {'local_contrast': True}),
    ):
        start = tmp_path / f'{architecture}.safetensors'
        given = build_network(architecture, options)
        save_checkpoint(start, given, input_size=(32, 64), provenance=PROVENANCE)
        network = build_network(architecture, {**options, **other})
        ((name, value),) = other.items()
        with pytest.raises(CheckpointError, match=rf'expected {name}: {value}, got {name}: '):
            load_weights_into(network, start)


def test_weights_are_begun_with_whatever_is_served_of_them(tmp_path: Path) -> None:
    start = tmp_path / 'plus.safetensors'
    given = build_network('mt_depth_plus', PLUS)
    save_checkpoint(start, given, input_size=(32, 64), provenance=PROVENANCE)
    network = build_network('mt_depth_plus', {**PLUS, 'near_shift': 0.3, 'missed_sky_m': 0.7})
    load_weights_into(network, start)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, given.state_dict()[name])
