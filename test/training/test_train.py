from __future__ import annotations

from collections.abc import Callable
import csv
from dataclasses import replace
import json
import multiprocessing
import os
from pathlib import Path
import shutil
import subprocess
import sys
from typing import Any

import pytest
import torch

from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.core.processor import processor_name
from mt_depth_ros.networks.checkpoint import load_checkpoint
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.config_file import yaml_from_config
from mt_depth_ros.training.errors import TrainingError
from mt_depth_ros.training.run_folder import RunFolder
from mt_depth_ros.training.train import train

MakeConfig = Callable[..., TrainingConfig]


def weights(config: TrainingConfig) -> dict[str, torch.Tensor]:
    state = RunFolder(Path(config.output)).load_state()
    assert state is not None
    return {**state['network'], **{f'average {k}': v for k, v in state['average'].items()}}


def rows(config: TrainingConfig) -> list[list[str]]:
    with (Path(config.output) / 'metrics.csv').open() as table:
        return list(csv.reader(table))


def learning(config: TrainingConfig) -> list[list[str]]:
    """All but how fast it went."""
    return [row for row in rows(config) if not row[2].startswith('speed/')]


def interrupt_after(step: int) -> Callable[[int, int, str], None]:
    def tell(done: int, total: int, text: str) -> None:
        if done == step:
            raise KeyboardInterrupt

    return tell


def test_a_run_leaves_weights_that_load_with_its_provenance(make_config: MakeConfig) -> None:
    config = make_config(run={'previews': 1})
    seen: list[tuple[int, int]] = []
    progress = train(config, on_progress=lambda done, total, _: seen.append((done, total)))
    folder = Path(config.output)
    assert (progress.epoch, progress.step) == (2, 4)  # 4 frames in batches of 2, twice
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    checkpoint = load_checkpoint(folder / 'model.safetensors')
    assert checkpoint.description.architecture == 'mt_depth_plus'
    assert checkpoint.description.input_size == (32, 64)
    assert checkpoint.description.provenance.metrics['mae_m'] == progress.best_mae_m
    provenance = json.loads((folder / 'provenance.json').read_text())
    assert set(provenance['frame_list_sha256']) == {'train', 'validation'}
    assert provenance['bfloat16'] is False
    assert provenance['machine'] == processor_name()
    assert len(list((folder / 'previews').glob('*.png'))) == 2
    assert list((folder / 'tensorboard').iterdir())
    names = {row[2] for row in rows(config)}
    assert {'train/loss', 'validation/mae_m', 'validation/nearest_mae_m'} <= names
    assert 0 < progress.speed['speed/images_per_second'] < 1e4
    assert progress.speed['speed/peak_memory_mb'] > 100
    assert progress.speed.keys() <= names
    assert not list(folder.rglob('unfinished*'))


@pytest.mark.parametrize('step', [2, 5])
def test_a_resumed_run_ends_as_one_that_was_not_interrupted(
    make_config: MakeConfig, tmp_path: Path, step: int
) -> None:
    """Interrupted before the first epoch was done, or in the middle of the third."""
    schedule = {'schedule': 'cosine', 'warm_up_steps': 2, 'name': 'adamw'}
    whole = make_config(run={'epochs': 4}, optimiser=schedule, view={'mirror_probability': 0.5})
    broken = replace(whole, output=str(tmp_path / 'broken'))
    train(whole)
    with pytest.raises(KeyboardInterrupt):
        train(broken, on_progress=interrupt_after(step))
    train(broken, resume=True)
    expected, resumed = weights(whole), weights(broken)
    assert expected.keys() == resumed.keys()
    assert all(torch.equal(expected[name], resumed[name]) for name in expected)
    assert learning(broken) == learning(whole)


def test_pictures_leave_the_run_as_it_is_without_them(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    """In its layout too: the steps of a resumed run compute as those before it did."""
    network = {'architecture': 'mt_depth', 'options': {'channels': [4, 8]}}
    drawn = make_config(network=network, run={'previews': 1})
    plain = make_config(network=network, output=str(tmp_path / 'plain'))
    train(drawn)
    train(plain)
    with_pictures, without = weights(drawn), weights(plain)
    for name, expected in without.items():
        assert torch.equal(with_pictures[name], expected), name
        assert with_pictures[name].stride() == expected.stride(), name


def test_the_number_of_workers_does_not_change_the_result(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    alone = make_config(run={'epochs': 1})
    helped = make_config(run={'epochs': 1}, data={'workers': 1}, output=str(tmp_path / 'helped'))
    train(alone)
    train(helped)
    expected, got = weights(alone), weights(helped)
    assert all(torch.equal(expected[name], got[name]) for name in expected)


def test_another_seed_gives_other_weights(make_config: MakeConfig, tmp_path: Path) -> None:
    first = make_config(run={'epochs': 1})
    second = replace(first, seed=1, output=str(tmp_path / 'second'))
    train(first)
    train(second)
    assert not torch.equal(weights(first)['head.weight'], weights(second)['head.weight'])


@pytest.mark.parametrize('architecture', ['unet', 'mt_depth', 'mt_depth_plus'])
@pytest.mark.parametrize('precision', ['float32', 'bfloat16'])
def test_every_network_trains_in_both_precisions_on_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, make_config: MakeConfig, architecture: str, precision: str
) -> None:
    config = make_config(
        network={'architecture': architecture, 'options': {'channels': [4, 8]}},
        run={'precision': precision, 'epochs': 1},
    )
    given: list[torch.Tensor] = []

    def build(*args: Any) -> DepthNetwork:
        network = build_network(*args)
        network.register_forward_pre_hook(lambda _, inputs: given.append(inputs[1]))
        return network

    monkeypatch.setattr('mt_depth_ros.training.train.build_network', build)
    assert train(config).step == 2
    assert all(torch.isfinite(value).all() for value in weights(config).values())
    # The sparse depth is no multiple of what bfloat16 tells apart.
    assert all((depth != depth.bfloat16()).any() for depth in given)


def test_divergence_ends_with_the_loss_and_its_frames_and_the_last_epoch_is_kept(
    make_config: MakeConfig,
) -> None:
    config = make_config(
        optimiser={'learning_rate': 1e30, 'clip_norm': None},
        run={'batch_size': 4, 'epochs': 3},
    )
    with pytest.raises(
        TrainingError,
        match=r'epoch 2, step 2: expected finite gradients, got loss .*Scene01/clone',
    ):
        train(config)
    state = RunFolder(Path(config.output)).load_state()
    assert state is not None
    assert state['epoch'] == 1


def test_a_worker_that_dies_ends_with_what_to_do(make_config: MakeConfig) -> None:
    config = make_config(data={'workers': 1, 'frames_per_epoch': 400})

    def kill(done: int, total: int, text: str) -> None:
        if done == 3:
            multiprocessing.active_children()[0].kill()

    with pytest.raises(TrainingError, match=r'epoch 1, after step \d+: expected the worker'):
        train(config, on_progress=kill)


def test_a_broken_frame_is_named_from_within_a_worker(
    make_config: MakeConfig, dataset_root: Path, tmp_path: Path
) -> None:
    root = tmp_path / 'broken'
    shutil.copytree(dataset_root, root)
    depth = root / 'Scene01/clone/frames/depth/Camera_0/depth_00002.png'
    depth.write_bytes(depth.read_bytes()[:60])
    config = make_config(data={'roots': [str(root)], 'workers': 1})
    with pytest.raises(TrainingError, match=r'depth_00002\.png'):
        train(config)
    skipping = make_config(
        data={'roots': [str(root)], 'on_broken': 'skip'}, output=str(tmp_path / 'skipping')
    )
    assert train(skipping).step == 4


def test_a_full_disk_ends_with_the_file_and_the_last_state_is_kept(
    make_config: MakeConfig,
) -> None:
    config = make_config(run={'epochs': 3})
    folder = Path(config.output)

    def block(done: int, total: int, text: str) -> None:
        if done == 3:  # in the second epoch the state is to be written to a device that is full
            (folder / 'unfinished-resume.pt').symlink_to('/dev/full')

    with pytest.raises(TrainingError, match=r'resume\.pt: expected to write.*got No space'):
        train(config, on_progress=block)
    state = RunFolder(folder).load_state()
    assert state is not None
    assert state['epoch'] == 1
    assert train(config, resume=True).epoch == 3


def test_a_run_never_goes_into_a_folder_with_files(make_config: MakeConfig) -> None:
    config = make_config(run={'epochs': 1})
    train(config)
    with pytest.raises(ConfigError, match=r'run: expected a new folder'):
        train(config)


def test_an_epoch_without_a_step_leaves_the_folder_to_the_corrected_config(
    make_config: MakeConfig,
) -> None:
    config = make_config(run={'epochs': 1})
    too_many = replace(config, run=replace(config.run, batch_size=5))
    with pytest.raises(ConfigError, match=r'expected at least 5 frames in an epoch, .*got 4'):
        train(too_many)
    assert train(config).step == 2


def test_resuming_with_another_config_names_what_changed(make_config: MakeConfig) -> None:
    train(make_config(run={'epochs': 1}))
    changed = make_config(run={'epochs': 1}, optimiser={'learning_rate': 5e-4})
    with pytest.raises(
        ConfigError, match=r'optimiser\.learning_rate: 0\.001\), got optimiser\.learning_rate: 0'
    ):
        train(changed, resume=True)


def test_resuming_what_is_not_a_run_is_refused(make_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match=r'expected a run to resume, with its config\.yaml'):
        train(make_config(), resume=True)


def test_a_run_starts_from_the_weights_it_is_told(make_config: MakeConfig, tmp_path: Path) -> None:
    first = make_config(run={'epochs': 1})
    train(first)
    path = Path(first.output) / 'model.safetensors'
    second = make_config(
        run={'epochs': 1},
        network={'start_from': str(path)},
        optimiser={'learning_rate': 1e-30},
        output=str(tmp_path / 'second'),
    )
    train(second)
    expected = load_checkpoint(path).network.state_dict()
    got = weights(second)
    for name, value in expected.items():
        torch.testing.assert_close(got[name], value, rtol=0.0, atol=1e-25)


def test_mt_depth_starts_from_a_depth_branch_that_learned_alone(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    small = {'options': {'channels': [4, 8]}}
    alone = make_config(network={'architecture': 'unet', **small}, run={'epochs': 1})
    train(alone)
    path = Path(alone.output) / 'model.safetensors'
    together = make_config(
        network={'architecture': 'mt_depth', **small, 'depth_branch_from': str(path)},
        run={'epochs': 1},
        optimiser={'learning_rate': 1e-30},
        output=str(tmp_path / 'together'),
    )
    train(together)
    branch, got = load_checkpoint(path).network.state_dict(), weights(together)
    name = 'backbone.stem.0.weight'
    torch.testing.assert_close(got[name], branch[name], rtol=0.0, atol=1e-25)


def test_weights_of_another_architecture_to_start_from_name_the_keys(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    first = make_config(run={'epochs': 1})
    train(first)
    other = make_config(
        network={
            'architecture': 'unet',
            'options': {},
            'start_from': str(Path(first.output) / 'model.safetensors'),
        },
        output=str(tmp_path / 'other'),
    )
    with pytest.raises(CheckpointError, match=r'missing backbone\.stem\.0\.weight; .* more'):
        train(other)


def test_resuming_on_other_frames_is_refused(
    make_config: MakeConfig, dataset_root: Path, tmp_path: Path
) -> None:
    root = tmp_path / 'data'
    shutil.copytree(dataset_root, root)
    config = make_config(data={'roots': [str(root)]}, run={'epochs': 1})
    train(config)
    for path in (root / 'Scene01').rglob('*_00003.*'):
        path.unlink()
    with pytest.raises(ConfigError, match=r'expected the frames of the run that is resumed'):
        train(config, resume=True)


def test_a_run_that_gets_no_better_stops_early(make_config: MakeConfig) -> None:
    # A learning rate that changes nothing measurable: no validation is better than the first.
    config = make_config(
        run={'epochs': 50, 'early_stopping_validations': 2},
        optimiser={'learning_rate': 1e-30, 'average_decay': None},
    )
    assert train(config).epoch == 3


SCRIPT = """
import sys
from pathlib import Path
from mt_depth_ros.training.config_file import read_training_config
from mt_depth_ros.training.train import train

train(read_training_config(Path(sys.argv[1])))
"""


def test_two_processes_of_two_frames_learn_what_one_of_four_does(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    one = make_config(run={'batch_size': 4, 'epochs': 3})
    two = make_config(
        run={'batch_size': 2, 'epochs': 3, 'devices': 2}, output=str(tmp_path / 'two')
    )
    train(one)
    (tmp_path / 'two.yaml').write_text(yaml_from_config(two))
    (tmp_path / 'script.py').write_text(SCRIPT)
    package = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, str(tmp_path / 'script.py'), str(tmp_path / 'two.yaml')],
        check=True,
        timeout=400,
        capture_output=True,
        env={**os.environ, 'PYTHONPATH': str(package), 'OMP_NUM_THREADS': '1'},
    )
    expected, got = weights(one), weights(two)
    for name, value in expected.items():
        torch.testing.assert_close(got[name], value, rtol=1e-3, atol=1e-5)
    assert [row[:3] for row in rows(two)] == [row[:3] for row in rows(one)]


def test_devices_that_are_not_there_are_named_by_their_keys(make_config, tmp_path) -> None:
    run = {'accelerator': 'gpu', 'devices': torch.cuda.device_count() + 1}
    with pytest.raises(ConfigError, match=r'run\.accelerator, run\.devices: expected \d+ of acc'):
        train(make_config(run=run))
    assert not (tmp_path / 'run').exists()
