from __future__ import annotations

from pathlib import Path
import subprocess
import sys

import pytest
import torch

from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.networks.checkpoint import load_checkpoint, save_checkpoint
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.networks.weight_averaging import average_weights

REPOSITORY = Path(__file__).parents[2]
SMALL = {'channels': [4, 8]}


def saved(
    path: Path,
    architecture: str = 'unet',
    config: dict[str, object] | None = None,
    *,
    seed: int = 0,
    input_size: tuple[int, int] = (16, 32),
) -> Path:
    """Weights drawn anew by the seed."""
    network = build_network(architecture, SMALL if config is None else config)
    generator = torch.Generator().manual_seed(seed)
    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.randn(tensor.shape, generator=generator))
    save_checkpoint(
        path,
        network,
        input_size=input_size,
        provenance=Provenance(
            commit=f'c{seed}', date=f'2026-01-3{seed}', data='drives', metrics={'mae_m': 1.0}
        ),
    )
    return path


def test_every_tensor_is_the_mean_by_shares(tmp_path: Path) -> None:
    paths = [saved(tmp_path / f'{seed}.safetensors', seed=seed) for seed in (0, 1)]
    average_weights(paths, tmp_path / 'mean.safetensors', shares=[3.0, 1.0])
    first, second = (load_checkpoint(path).network.state_dict() for path in paths)
    mean = load_checkpoint(tmp_path / 'mean.safetensors').network.state_dict()
    for name, tensor in mean.items():
        wanted = 0.75 * first[name] + 0.25 * second[name]
        torch.testing.assert_close(tensor, wanted.to(first[name].dtype))


def test_the_mean_of_weights_with_themselves_is_exact(tmp_path: Path) -> None:
    path = saved(tmp_path / 'one.safetensors')
    average_weights([path, path, path], tmp_path / 'mean.safetensors')
    own = load_checkpoint(path).network.state_dict()
    mean = load_checkpoint(tmp_path / 'mean.safetensors').network.state_dict()
    for name, tensor in mean.items():
        torch.testing.assert_close(tensor, own[name], rtol=0, atol=0)


def test_it_says_where_the_weights_come_from_but_no_metrics(tmp_path: Path) -> None:
    paths = [saved(tmp_path / f'{seed}.safetensors', seed=seed) for seed in (0, 1)]
    average_weights(paths, tmp_path / 'mean.safetensors')
    provenance = load_checkpoint(tmp_path / 'mean.safetensors').description.provenance
    assert provenance.commit == 'c0, c1'
    assert provenance.date == '2026-01-31'
    assert provenance.data == 'mean of weights, shares 0.5, 0.5: drives'
    assert not provenance.metrics


def test_settings_of_the_first_are_kept_and_the_others_told(tmp_path: Path) -> None:
    paths = [
        saved(tmp_path / f'{price}.safetensors', 'mt_depth_plus', {'missed_sky_m': price})
        for price in (0.5, 1.5)
    ]
    averaged = average_weights(paths, tmp_path / 'mean.safetensors')
    assert averaged.differing == {'missed_sky_m': [0.5, 1.5]}
    mean = load_checkpoint(tmp_path / 'mean.safetensors')
    assert mean.description.config['missed_sky_m'] == 0.5
    assert mean.sha256 == averaged.sha256


@pytest.mark.parametrize(
    ('architecture', 'config', 'input_size', 'message'),
    [
        ('mt_depth_plus', {}, (16, 32), 'architecture unet'),
        ('unet', {'channels': [4, 16]}, (16, 32), 'expected float32'),
        ('unet', SMALL, (32, 32), 'input size'),
    ],
)
def test_weights_of_another_network_are_refused(
    tmp_path: Path,
    architecture: str,
    config: dict[str, object],
    input_size: tuple[int, int],
    message: str,
) -> None:
    one = saved(tmp_path / 'one.safetensors')
    other = saved(tmp_path / 'other.safetensors', architecture, config, input_size=input_size)
    with pytest.raises(CheckpointError, match=message) as caught:
        average_weights([one, other], tmp_path / 'mean.safetensors')
    assert 'other.safetensors' in str(caught.value)
    assert not (tmp_path / 'mean.safetensors').exists()


def test_one_file_is_no_mean(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='two files or more'):
        average_weights([saved(tmp_path / 'one.safetensors')], tmp_path / 'mean.safetensors')


@pytest.mark.parametrize('shares', [[1.0], [1.0, 0.0], [1.0, -1.0], [1.0, float('nan')]])
def test_shares_that_fit_no_mean_are_refused(tmp_path: Path, shares: list[float]) -> None:
    path = saved(tmp_path / 'one.safetensors')
    with pytest.raises(ConfigError, match='2 numbers above 0'):
        average_weights([path, path], tmp_path / 'mean.safetensors', shares=shares)


def test_the_command_writes_the_mean(tmp_path: Path) -> None:
    paths = [saved(tmp_path / f'{seed}.safetensors', seed=seed) for seed in (0, 1)]
    output = tmp_path / 'new' / 'mean.safetensors'
    done = subprocess.run(
        [
            sys.executable, '-m', 'mt_depth_ros.cli.main', 'models', 'average',
            *map(str, paths), '--share', '3', '--share', '1', '--output', str(output),
        ],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert load_checkpoint(output).sha256 in done.stdout
    average_weights(paths, tmp_path / 'mean.safetensors', shares=[3.0, 1.0])
    assert output.read_bytes() == (tmp_path / 'mean.safetensors').read_bytes()
