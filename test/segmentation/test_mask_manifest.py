from __future__ import annotations

import errno
from hashlib import sha256
from pathlib import Path
import shutil

import pytest
import yaml

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.core.models_folder import find_models_folder
from mt_depth_ros.segmentation.mask_manifest import (
    add_mask_model,
    find_mask_model,
    read_mask_entries,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A models folder that knows one mask model, `street`."""
    folder = tmp_path / 'models'
    folder.mkdir()
    (folder / 'manifest.yaml').write_text('# The models.\nmodels: {}\n')
    (tmp_path / 'made.onnx').write_bytes(b'weights')
    add_mask_model(
        tmp_path / 'made.onnx', folder=folder, name='street', summary='a\n test', licence='X-1'
    )
    return folder


def test_an_added_model_is_found_by_name_and_as_the_first(folder: Path) -> None:
    assert find_mask_model('street', folder=folder) == folder / 'street.onnx'
    assert find_mask_model('', folder=folder) == folder / 'street.onnx'
    assert find_mask_model('other', folder=folder) is None
    (entry,) = read_mask_entries(folder).values()
    assert (entry.licence, entry.summary) == ('X-1', 'a test')
    assert entry.sha256 == sha256(b'weights').hexdigest()


def test_adding_keeps_comments_and_the_other_models(folder: Path, tmp_path: Path) -> None:
    path = folder / 'manifest.yaml'
    path.write_text(path.read_text().replace('models: {}', 'models: {a: {file: a.safetensors}}'))
    (tmp_path / 'made.onnx').write_bytes(b'better')
    add_mask_model(
        tmp_path / 'made.onnx', folder=folder, name='street', summary='b', licence='X-1'
    )
    assert path.read_text().startswith('# The models.\n')
    content = yaml.safe_load(path.read_text())
    assert content['models'] == {'a': {'file': 'a.safetensors'}}
    assert content['masks']['street']['sha256'] == sha256(b'better').hexdigest()
    assert find_mask_model('street', folder=folder) == folder / 'street.onnx'


def test_a_copy_that_breaks_off_leaves_the_model_it_was_to_replace(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(source: Path, copy: Path) -> None:
        copy.write_bytes(source.read_bytes()[:3])
        raise OSError(errno.ENOSPC, 'No space left on device')

    (tmp_path / 'made.onnx').write_bytes(b'better')
    monkeypatch.setattr(shutil, 'copyfile', break_off)
    with pytest.raises(OSError, match='No space left'):
        add_mask_model(
            tmp_path / 'made.onnx', folder=folder, name='street', summary='b', licence='X-1'
        )
    assert find_mask_model('street', folder=folder) == folder / 'street.onnx'


def test_a_file_that_the_manifest_does_not_mean_is_refused(folder: Path) -> None:
    (folder / 'street.onnx').write_bytes(b'others')
    with pytest.raises(CheckpointError, match=r'street\.onnx: expected sha256 .* \(manifest'):
        find_mask_model('street', folder=folder)
    (folder / 'street.onnx').unlink()
    with pytest.raises(CheckpointError, match='got no such file'):
        find_mask_model('', folder=folder)


def test_a_manifest_without_masks_has_none(folder: Path) -> None:
    (folder / 'manifest.yaml').write_text('models: {}\n')
    assert find_mask_model('', folder=folder) is None


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('masks: [1]', r'expected a mapping "masks", got \[1\]'),
        ('masks: {a: {file: a.onnx}}', 'expected the fields file, licence, sha256, summary'),
        (
            'masks: {a: {file: ../a.onnx, licence: b, sha256: c, summary: d}}',
            r'expected an \.onnx file beside the manifest',
        ),
        ('[1, 2]', 'expected a model manifest'),
    ],
)
def test_a_damaged_manifest_is_refused(folder: Path, content: str, message: str) -> None:
    (folder / 'manifest.yaml').write_text(content)
    with pytest.raises(CheckpointError, match=message):
        read_mask_entries(folder)


@pytest.mark.parametrize('name', ['Street', 'a b', '../a', ''])
def test_a_name_that_cannot_be_a_file_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match='a name of small letters'):
        add_mask_model(
            folder / 'street.onnx', folder=folder, name=name, summary='x', licence='X-1'
        )


def test_what_ships_is_what_the_manifest_means() -> None:
    folder = find_models_folder()
    for name, entry in read_mask_entries(folder).items():
        assert find_mask_model(name, folder=folder) is not None
        assert entry.licence == 'AGPL-3.0'
