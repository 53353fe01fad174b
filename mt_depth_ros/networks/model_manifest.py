"""The models that ship with the package: ``models/manifest.yaml`` and where to find it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
import re
from typing import Any

import yaml

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.core.models_folder import find_models_folder, MANIFEST
from mt_depth_ros.networks.checkpoint import Checkpoint, load_checkpoint

__all__ = [
    'MANIFEST',
    'ModelEntry',
    'ModelManifest',
    'find_models_folder',
    'load_model',
    'read_manifest',
]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelEntry:
    """One model of the manifest.

    Attributes:
        name: what it is selected by.
        file: the weights, beside the manifest.
        sha256: of the weights, hexadecimal.
        architecture: the name its network is registered by.
        licence: of the weights, SPDX.
        summary: one line: what it is for and what it was trained on.
    """

    name: str
    file: str
    sha256: str
    architecture: str
    licence: str
    summary: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelManifest:
    """The models of one folder.

    Attributes:
        folder: where manifest and weights are.
        entries: name -> entry.
    """

    folder: Path
    entries: Mapping[str, ModelEntry]

    def entry(self, name: str, *, other_names: Sequence[str] = ()) -> ModelEntry:
        """The model of that name.

        Args:
            name: of a model.
            other_names: what could have been named instead, for the error.

        Raises:
            CheckpointError: there is none.
        """
        if name not in self.entries:
            names = (*other_names, *self.entries)
            raise CheckpointError(
                expected=f'a model name: {", ".join(names) or "(none ship yet)"}',
                got=repr(name),
                where=str(self.folder / MANIFEST),
                remedy='name one of these, or give the path of a .safetensors file',
            )
        return self.entries[name]


def load_model(
    name_or_path: str, *, models_folder: Path | None = None, other_names: Sequence[str] = ()
) -> Checkpoint:
    """Loads a network with its weights.

    Args:
        name_or_path: a name of the manifest, or the path of a ``.safetensors`` file.
        models_folder: where the manifest is; None: where the package put it.
        other_names: as in :meth:`ModelManifest.entry`.

    Raises:
        CheckpointError: the weights cannot be used.
    """
    if name_or_path.endswith('.safetensors'):
        return load_checkpoint(Path(name_or_path))
    manifest = read_manifest(models_folder or find_models_folder())
    entry = manifest.entry(name_or_path, other_names=other_names)
    path = manifest.folder / entry.file
    checkpoint = load_checkpoint(path, expected_sha256=entry.sha256)
    if checkpoint.description.architecture != entry.architecture:
        raise CheckpointError(
            expected=f'architecture {entry.architecture}',
            got=checkpoint.description.architecture,
            where=str(path),
            remedy=f'correct {MANIFEST}',
        )
    return checkpoint


def read_manifest(folder: Path) -> ModelManifest:
    """Reads ``manifest.yaml`` of a folder.

    Raises:
        CheckpointError: it is missing or not a manifest.
    """
    path = folder / MANIFEST
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _unusable('a model manifest', str(error), str(path)) from error
    models = content.get('models') if isinstance(content, Mapping) else None
    if not isinstance(models, Mapping):
        raise _unusable('a mapping "models"', repr(models), str(path))
    entries = {str(name): _entry(str(name), given, path) for name, given in models.items()}
    return ModelManifest(folder=folder, entries=entries)


def _entry(name: str, given: Any, path: Path) -> ModelEntry:
    wanted = {field.name for field in fields(ModelEntry)} - {'name'}
    where = f'{path}, model {name!r}'
    if not isinstance(given, Mapping) or set(given) != wanted:
        got = ', '.join(map(str, given)) if isinstance(given, Mapping) else repr(given)
        raise _unusable(f'the fields {", ".join(sorted(wanted))}', got, where)
    entry = ModelEntry(name=name, **{key: str(value) for key, value in given.items()})
    if not re.fullmatch('[0-9a-f]{64}', entry.sha256):
        raise _unusable('sha256 in 64 hexadecimal digits', entry.sha256, where)
    if Path(entry.file).name != entry.file or not entry.file.endswith('.safetensors'):
        raise _unusable('a .safetensors file beside the manifest', entry.file, where)
    return entry


def _unusable(expected: str, got: str, where: str) -> CheckpointError:
    return CheckpointError(
        expected=expected, got=got, where=where, remedy='correct it or install the package again'
    )
