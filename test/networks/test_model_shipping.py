from __future__ import annotations

import errno
from pathlib import Path
import shutil
import subprocess
import sys

import pytest
import torch
from typer.testing import CliRunner

from mt_depth_ros.cli.models import add, app
from mt_depth_ros.core.errors import CheckpointError, ConfigError, DataFileError
from mt_depth_ros.networks import model_manifest
from mt_depth_ros.networks.checkpoint import load_checkpoint, save_checkpoint
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.model_manifest import load_model, read_manifest
from mt_depth_ros.networks.model_shipping import ship_model
from mt_depth_ros.networks.registry import build_network

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A models folder, as empty as a new one."""
    folder = tmp_path / 'models'
    folder.mkdir()
    (folder / 'manifest.yaml').write_text('# What ships.\nmodels: {}\n')
    return folder


def weights_of(tmp_path: Path, channels: list[int]) -> Path:
    path = tmp_path / f'run{len(channels)}' / 'model.safetensors'
    path.parent.mkdir()
    save_checkpoint(
        path,
        build_network('unet', {'channels': channels}),
        input_size=(16, 32),
        provenance=Provenance(commit='0123abc', date='2026-01-31', data='none'),
    )
    return path


def test_a_shipped_model_loads_by_its_name(folder: Path, tmp_path: Path) -> None:
    ship_model(weights_of(tmp_path, [4, 8]), folder=folder, name='small', summary='a test')
    assert load_model('small', models_folder=folder).path == folder / 'small.safetensors'


def test_shipping_keeps_comments_and_other_models(folder: Path, tmp_path: Path) -> None:
    ship_model(weights_of(tmp_path, [4, 8]), folder=folder, name='small', summary='a test')
    ship_model(weights_of(tmp_path, [4, 8, 8]), folder=folder, name='large', summary='another')
    assert list(read_manifest(folder).entries) == ['large', 'small']
    assert (folder / 'manifest.yaml').read_text().startswith('# What ships.\nmodels:\n')


def test_shipping_again_replaces_the_model(folder: Path, tmp_path: Path) -> None:
    ship_model(weights_of(tmp_path, [4, 8]), folder=folder, name='small', summary='a test')
    ship_model(weights_of(tmp_path, [4, 8, 8]), folder=folder, name='small', summary='anew')
    description = load_model('small', models_folder=folder).description
    assert list(description.config['channels']) == [4, 8, 8]


def test_a_copy_that_breaks_off_leaves_the_model_it_was_to_replace(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship_model(weights_of(tmp_path, [4, 8]), folder=folder, name='small', summary='a test')
    monkeypatch.setattr(shutil, 'copyfile', break_off)
    with pytest.raises(OSError, match='No space left'):
        ship_model(weights_of(tmp_path, [4, 8, 8]), folder=folder, name='small', summary='anew')
    assert list(load_model('small', models_folder=folder).description.config['channels']) == [4, 8]


def break_off(source: Path, copy: Path) -> None:
    """Copies as onto a disk that is full after some bytes."""
    copy.write_bytes(source.read_bytes()[:100])
    raise OSError(errno.ENOSPC, 'No space left on device')


def test_the_file_that_was_looked_at_is_the_one_that_is_copied(
    folder: Path, tmp_path: Path
) -> None:
    weights = weights_of(tmp_path, [4, 8])
    ship_model(
        weights.rename(weights.with_suffix('.backup')), folder=folder, name='small', summary='old'
    )
    assert load_model('small', models_folder=folder).path == folder / 'small.safetensors'


def test_half_the_size_answers_nearly_alike(folder: Path, tmp_path: Path) -> None:
    weights = weights_of(tmp_path, [16, 32])
    ship_model(weights, folder=folder, name='small', summary='a test', half=True)
    halved = load_model('small', models_folder=folder)
    assert halved.path.stat().st_size < 0.6 * weights.stat().st_size
    given = halved.network.state_dict()
    for name, tensor in load_checkpoint(weights).network.state_dict().items():
        assert given[name].dtype == tensor.dtype
        torch.testing.assert_close(given[name], tensor, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ('name', 'summary', 'message'),
    [
        ('Small one', 'a test', 'small letters'),
        ('../small', 'a test', 'small letters'),
        ('small', 'two\nlines', 'one line'),
        ('small', ' ', 'one line'),
    ],
)
def test_what_fits_no_manifest_is_refused(
    folder: Path, tmp_path: Path, name: str, summary: str, message: str
) -> None:
    with pytest.raises(CheckpointError, match=message):
        ship_model(weights_of(tmp_path, [4, 8]), folder=folder, name=name, summary=summary)
    assert not read_manifest(folder).entries


def test_damaged_weights_leave_the_folder_as_it_was(folder: Path, tmp_path: Path) -> None:
    weights = weights_of(tmp_path, [4, 8])
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match='sha256'):
        ship_model(weights, folder=folder, name='small', summary='a test')
    assert [path.name for path in folder.iterdir()] == ['manifest.yaml']


def test_the_command_ships_and_lists(folder: Path, tmp_path: Path) -> None:
    shutil.copyfile(REPOSITORY / 'models' / 'manifest.yaml', folder / 'manifest.yaml')
    command = [sys.executable, '-m', 'mt_depth_ros.cli.main', 'models']
    added = subprocess.run(
        [
            *command, 'add', str(weights_of(tmp_path, [4, 8])), '--name', 'small',
            '--summary', 'a test', '--folder', str(folder),
        ],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert read_manifest(folder).entries['small'].sha256 in added.stdout
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert 'adaptive' in listed.stdout


@pytest.mark.parametrize('name', ['auto', 'adaptive'])
def test_a_name_that_means_something_else_is_refused(
    folder: Path, tmp_path: Path, name: str
) -> None:
    weights = weights_of(tmp_path, [4, 8])
    with pytest.raises(ConfigError, match=f'--name: expected a name besides auto, .*{name}'):
        add(weights, name=name, summary='a test', folder=folder)
    assert not read_manifest(folder).entries


def test_a_summary_is_listed_as_it_was_given(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship_model(
        weights_of(tmp_path, [4, 8]), folder=folder, name='small', summary='of [drives] in [/data]'
    )
    monkeypatch.setattr(model_manifest, 'find_models_folder', lambda: folder)
    listed = CliRunner().invoke(app, [], env={'COLUMNS': '200'}, catch_exceptions=False)
    assert 'of [drives] in [/data]' in listed.output


def test_a_folder_that_cannot_be_written_to_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, 'copyfile', break_off)
    with pytest.raises(DataFileError, match=r'can be written to, got No space .* by its path'):
        add(weights_of(tmp_path, [4, 8]), name='small', summary='a test', folder=folder)
