"""Trained weights into a models folder: copied, and entered in its manifest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
import re
import shutil

import yaml

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.core.whole_files import whole_file
from mt_depth_ros.networks.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from mt_depth_ros.networks.model_manifest import MANIFEST, ModelEntry, read_manifest


def ship_model(
    weights: Path,
    *,
    folder: Path,
    name: str,
    summary: str,
    licence: str = 'Apache-2.0',
    half: bool = False,
) -> ModelEntry:
    """Copies weights and their description into a models folder and enters them there.

    A model of the same name is replaced; the manifest's comments at its top are kept.

    Args:
        weights: a ``.safetensors`` file with its ``.json`` beside it, as a training run leaves.
        folder: the models folder; it has a manifest.
        name: what the model is selected by: letters, digits and underscores.
        summary: one line: what it is for and what it was trained on.
        licence: of the weights, SPDX.
        half: see :func:`save_checkpoint`.

    Returns:
        The new entry.

    Raises:
        CheckpointError: the weights cannot be used, the folder has no manifest, or the name or
            summary does not fit one.
    """
    _require(
        re.fullmatch('[a-z][a-z0-9_]*', name) is not None,
        'a name of small letters, digits and underscores', name, 'the name of the model',
    )  # fmt: skip
    _require(
        bool(summary.strip()) and len(summary.splitlines()) == 1,
        'one line of text', summary, f'the summary of {name}',
    )  # fmt: skip
    checkpoint = load_checkpoint(weights)
    entries = dict(read_manifest(folder).entries)
    entry = ModelEntry(
        name=name,
        file=f'{name}.safetensors',
        sha256=_copied(checkpoint, folder / f'{name}.safetensors', half=half),
        architecture=checkpoint.description.architecture,
        licence=licence,
        summary=summary.strip(),
    )
    entries[name] = entry
    _write_manifest(folder / MANIFEST, entries)
    return entry


def _copied(checkpoint: Checkpoint, destination: Path, *, half: bool) -> str:
    """Puts weights and description there; gives the sha256 of the weights file."""
    description, weights = checkpoint.description, checkpoint.path
    if half:
        return save_checkpoint(
            destination,
            checkpoint.network,
            input_size=description.input_size,
            provenance=description.provenance,
            half=True,
        )
    if destination.resolve() != weights.resolve():
        for source, copy in (
            (weights, destination),
            (weights.with_suffix('.json'), destination.with_suffix('.json')),
        ):
            # A copy that breaks off must not take the model with it that it was to replace.
            with whole_file(copy) as unfinished:
                shutil.copyfile(source, unfinished)
    return checkpoint.sha256


def _write_manifest(path: Path, entries: dict[str, ModelEntry]) -> None:
    lines = path.read_text(encoding='utf-8').splitlines(keepends=True)
    comments = [line for line in lines if line.startswith('#')]
    models = {
        name: {key: value for key, value in asdict(entry).items() if key != 'name'}
        for name, entry in sorted(entries.items())
    }
    content = {**yaml.safe_load(''.join(lines)), 'models': models}  # other sections are kept
    text = ''.join(comments) + yaml.safe_dump(content, sort_keys=False, width=96)
    with whole_file(path) as unfinished:
        unfinished.write_text(text, encoding='utf-8')


def _require(holds: bool, expected: str, got: str, where: str) -> None:
    if not holds:
        raise CheckpointError(
            expected=expected, got=repr(got), where=where, remedy='choose another'
        )
