from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.checkpoint import load_checkpoint
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.optimisation import keep_parts, train_only
from mt_depth_ros.training.train import train

MakeConfig = Callable[..., TrainingConfig]

SMALL = {'channels': [4, 8], 'image_channels': 4, 'propagation_steps': 1}
SKY_ONLY = {
    'final_weight': 0.0, 'initial_weight': 0.0, 'log_weight': 0.0, 'laplace_weight': 0.0,
    'sky_weight': 1.0,
}  # fmt: skip


def test_an_added_part_learns_alone(make_config: MakeConfig, tmp_path: Path) -> None:
    first = make_config(run={'epochs': 1})
    train(first)
    start = Path(first.output) / 'model.safetensors'
    second = make_config(
        network={
            'options': {**SMALL, 'sky_channels': [4, 8]},
            'start_from': str(start),
            'added_parts': ['sky_branch'],
        },
        loss=SKY_ONLY,
        output=str(tmp_path / 'second'),
    )
    progress = train(second)
    before = load_checkpoint(start).network.state_dict()
    path = Path(second.output) / 'model.safetensors'
    after = load_checkpoint(path).network.state_dict()
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, rtol=0.0, atol=0.0)
    assert after['sky_branch.out.weight'].any()  # it was zero
    # Depth is equal after every epoch, so the weights that are kept are the last.
    assert progress.best_epoch == second.run.epochs


def test_a_kept_part_stays_while_the_others_learn(make_config: MakeConfig, tmp_path: Path) -> None:
    options = {**SMALL, 'sky_channels': [4, 8]}
    first = make_config(network={'options': options}, run={'epochs': 1})
    train(first)
    start = Path(first.output) / 'model.safetensors'
    second = make_config(
        network={'options': options, 'start_from': str(start), 'kept_parts': ['sky_branch']},
        run={'epochs': 1},
        output=str(tmp_path / 'second'),
    )
    train(second)
    before = load_checkpoint(start).network.state_dict()
    after = load_checkpoint(Path(second.output) / 'model.safetensors').network.state_dict()
    for name, value in before.items():
        assert torch.equal(after[name], value) == name.startswith('sky_branch.'), name


def test_a_part_begins_with_the_weights_of_another_network(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    options = {**SMALL, 'sky_channels': [4, 8]}
    trunk, sky = (
        make_config(
            network={'options': options}, run={'epochs': 1}, seed=seed, output=str(tmp_path / name)
        )
        for seed, name in enumerate(('trunk', 'sky'))
    )
    train(trunk)
    train(sky)
    joined = make_config(
        network={
            'options': options,
            'start_from': f'{trunk.output}/model.safetensors',
            'parts_from': {'sky_branch': f'{sky.output}/model.safetensors'},
        },
        optimiser={'learning_rate': 1e-12},  # so that they end as they began
        run={'epochs': 1},
        output=str(tmp_path / 'joined'),
    )
    train(joined)
    of_trunk, of_sky, of_joined = (
        load_checkpoint(Path(config.output) / 'model.safetensors').network.state_dict()
        for config in (trunk, sky, joined)
    )
    for name, value in of_joined.items():
        source = of_sky if name.startswith('sky_branch.') else of_trunk
        torch.testing.assert_close(value, source[name], rtol=0.0, atol=1e-9)
    assert not torch.equal(of_trunk['sky_branch.out.weight'], of_sky['sky_branch.out.weight'])


@pytest.mark.parametrize(
    'part',
    ['sky', 'sky_branch'],  # the latter is not there without its option
)
@pytest.mark.parametrize('key', ['added_parts', 'kept_parts'])
def test_an_added_or_kept_part_that_is_not_there_is_named(
    make_config: MakeConfig, tmp_path: Path, key: str, part: str
) -> None:
    first = make_config(run={'epochs': 1})
    train(first)
    start = str(Path(first.output) / 'model.safetensors')
    second = make_config(
        network={
            'start_from': start,
            key: [part],
        },
        output=str(tmp_path / 'second'),
    )
    message = rf'network\.{key}: expected of .*stem, trunk, .* got {part}'
    with pytest.raises(ConfigError, match=message):
        train(second)
    assert not Path(second.output).exists()  # so that the corrected config may use it


def test_a_batch_norm_is_not_kept() -> None:
    network = build_network('unet', {})
    with pytest.raises(ConfigError, match=r'got a batch norm, backbone\.stem\.1, which changes'):
        train_only(network, ['depth_head'])
    with pytest.raises(ConfigError, match=r'got a batch norm, backbone\.stem\.1, which changes'):
        keep_parts(network, ['backbone'])


def test_added_parts_need_weights_for_the_others(make_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match=r'network\.added_parts: expected network\.start_from'):
        make_config(network={'added_parts': ['sky_branch']})


def test_kept_parts_need_weights_to_keep(make_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match=r'network\.kept_parts: expected network\.start_from or'):
        make_config(network={'kept_parts': ['sky_branch']})


def test_parts_are_added_or_kept_but_not_both(make_config: MakeConfig) -> None:
    network = {'start_from': 'model.safetensors', 'added_parts': ['a'], 'kept_parts': ['b']}
    with pytest.raises(ConfigError, match=r'network\.kept_parts: expected one of kept_parts and'):
        make_config(network=network)
