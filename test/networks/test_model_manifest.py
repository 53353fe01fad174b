from __future__ import annotations

from pathlib import Path
import shutil
import subprocess
import sys

import pytest
import yaml

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.networks.checkpoint import save_checkpoint
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.model_manifest import find_models_folder, load_model, read_manifest
from mt_depth_ros.networks.registry import build_network

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A models folder with one small U-Net, `tiny`."""
    sha256 = save_checkpoint(
        tmp_path / 'tiny.safetensors',
        build_network('unet', {'channels': [4, 8]}),
        input_size=(16, 32),
        provenance=Provenance(commit='0123abc', date='2026-01-31', data='none'),
    )
    write_entry(tmp_path, sha256=sha256)
    return tmp_path


def write_entry(folder: Path, **changes: object) -> None:
    entry = {
        'file': 'tiny.safetensors',
        'sha256': '0' * 64,
        'architecture': 'unet',
        'licence': 'Apache-2.0',
        'summary': 'random weights',
    }
    content = yaml.safe_dump({'models': {'tiny': {**entry, **changes}}})
    (folder / 'manifest.yaml').write_text(content)


def test_a_model_is_loaded_by_name(folder: Path) -> None:
    checkpoint = load_model('tiny', models_folder=folder)
    assert checkpoint.description.architecture == 'unet'
    assert checkpoint.path == folder / 'tiny.safetensors'


def test_a_model_is_loaded_by_path(folder: Path) -> None:
    checkpoint = load_model(str(folder / 'tiny.safetensors'))
    assert checkpoint.description.input_size == (16, 32)


def test_an_unknown_name_is_refused_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(CheckpointError, match=r"expected a model name: tiny, got 'huge'"):
        load_model('huge', models_folder=folder)


def test_weights_that_the_manifest_does_not_mean_are_refused(folder: Path) -> None:
    write_entry(folder, sha256='0' * 64)
    with pytest.raises(CheckpointError, match=rf'expected sha256 {"0" * 64} \(manifest\)'):
        load_model('tiny', models_folder=folder)


def test_an_architecture_that_the_weights_do_not_have_is_refused(folder: Path) -> None:
    sha256 = read_manifest(folder).entry('tiny').sha256
    write_entry(folder, sha256=sha256, architecture='mt_depth')
    with pytest.raises(CheckpointError, match=r'expected architecture mt_depth, got unet'):
        load_model('tiny', models_folder=folder)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'sha256': 'abc'}, r"model 'tiny': expected sha256 in 64 hexadecimal digits, got abc"),
        ({'file': '../tiny.safetensors'}, r'expected a \.safetensors file beside the manifest'),
        ({'file': 'tiny.pt'}, r'expected a \.safetensors file beside the manifest, got tiny\.pt'),
        ({'url': 'https://example.com'}, r'expected the fields architecture, file, .* url;'),
    ],
)
def test_an_entry_that_cannot_be_is_refused(
    folder: Path, changes: dict[str, str], message: str
) -> None:
    write_entry(folder, **changes)
    with pytest.raises(CheckpointError, match=message):
        read_manifest(folder)


@pytest.mark.parametrize('content', ['', 'models: []', 'models: {a: 1}', '{', '\x00'])
def test_a_file_that_is_no_manifest_is_refused(folder: Path, content: str) -> None:
    (folder / 'manifest.yaml').write_text(content)
    with pytest.raises(CheckpointError, match=r'manifest\.yaml'):
        read_manifest(folder)


def test_the_manifest_of_the_source_tree_is_found_and_every_model_in_it_loads() -> None:
    assert find_models_folder() == REPOSITORY / 'models'
    for name in read_manifest(find_models_folder()).entries:
        load_model(name)


@pytest.mark.parametrize('package_folder', ['lib/python3.11/site-packages', 'elsewhere'])
def test_the_manifest_of_an_installed_package_is_found(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, package_folder: str
) -> None:
    """Beside the package's own prefix (pip, colcon) or through AMENT_PREFIX_PATH."""
    prefix = tmp_path_factory.mktemp('prefix')
    share = prefix / 'share' / 'mt_depth_ros' / 'models'
    shutil.copytree(folder, share)
    where = prefix if 'lib' in package_folder else tmp_path_factory.mktemp('other')
    packages = where / package_folder
    shutil.copytree(REPOSITORY / 'mt_depth_ros', packages / 'mt_depth_ros')
    code = 'from mt_depth_ros.networks.model_manifest import *; print(find_models_folder())'
    found = subprocess.run(
        [sys.executable, '-c', code],
        check=True,
        cwd=packages,
        env={'AMENT_PREFIX_PATH': f'/nowhere:{prefix}'} if packages.name == 'elsewhere' else {},
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == str(share)
