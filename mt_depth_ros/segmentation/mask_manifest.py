"""The mask models that ship: the section ``masks`` of ``models/manifest.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
import re
import shutil
from typing import Any

import yaml

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.core.models_folder import find_models_folder, MANIFEST
from mt_depth_ros.core.whole_files import whole_file

SECTION = 'masks'


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskEntry:
    """One mask model of the manifest.

    Attributes:
        name: what it is selected by.
        file: the ONNX file, beside the manifest.
        sha256: of the file, hexadecimal.
        licence: of the weights, SPDX.
        summary: one line: what it is for and what it was trained on.
    """

    name: str
    file: str
    sha256: str
    licence: str
    summary: str


def read_mask_entries(folder: Path) -> dict[str, MaskEntry]:
    """The mask models of a folder, by name; none where the manifest has no such section.

    Raises:
        CheckpointError: the manifest is missing or damaged.
    """
    section = _content(folder / MANIFEST).get(SECTION) or {}
    if not isinstance(section, Mapping):
        raise _unusable(f'a mapping "{SECTION}"', repr(section), str(folder / MANIFEST))
    return {
        str(name): _entry(str(name), given, folder / MANIFEST) for name, given in section.items()
    }


def find_mask_model(name: str, *, folder: Path | None = None) -> Path | None:
    """The file of a mask model that ships, its sha256 compared with the manifest's.

    Args:
        name: of the manifest; empty: the first.
        folder: of the manifest; None: where the package put it.

    Returns:
        The file, or None where none has that name.

    Raises:
        CheckpointError: the file is missing, or another one than the manifest means.
    """
    folder = folder or find_models_folder()
    entries = read_mask_entries(folder)
    entry = entries.get(name) if name else next(iter(entries.values()), None)
    if entry is None:
        return None
    path = folder / entry.file
    found = sha256(path.read_bytes()).hexdigest() if path.is_file() else 'no such file'
    if found != entry.sha256:
        raise _unusable(f'sha256 {entry.sha256} ({MANIFEST})', found, str(path))
    return path


def add_mask_model(
    model: Path, *, folder: Path, name: str, summary: str, licence: str
) -> MaskEntry:
    """Copies a mask model into a models folder and enters it in its manifest.

    One of the same name is replaced; the manifest's comments at its top are kept.

    Args:
        model: the ONNX file.
        folder: the models folder; it has a manifest.
        name: what the model is selected by: small letters, digits and underscores.
        summary: one line: what it is for and what it was trained on.
        licence: of the weights, SPDX.

    Raises:
        CheckpointError: the model is missing, or the name does not fit.
    """
    if not re.fullmatch('[a-z][a-z0-9_]*', name) or not model.is_file():
        raise CheckpointError(
            expected='an ONNX file, and a name of small letters, digits and underscores',
            got=f'{name!r}' if model.is_file() else 'no such file',
            where=str(model),
            remedy='choose another',
        )
    path = folder / MANIFEST
    content = _content(path)
    entry = MaskEntry(
        name=name,
        file=f'{name}.onnx',
        sha256=sha256(model.read_bytes()).hexdigest(),
        licence=licence,
        summary=' '.join(summary.split()),
    )
    values = {key: value for key, value in asdict(entry).items() if key != 'name'}
    if (folder / entry.file).resolve() != model.resolve():
        # A copy that breaks off must not take the model with it that it was to replace.
        with whole_file(folder / entry.file) as unfinished:
            shutil.copyfile(model, unfinished)
    lines = path.read_text(encoding='utf-8').splitlines(keepends=True)
    comments = [line for line in lines if line.startswith('#')]
    changed = {**content, SECTION: {**(content.get(SECTION) or {}), name: values}}
    text = ''.join(comments) + yaml.safe_dump(changed, sort_keys=False, width=96)
    with whole_file(path) as unfinished:
        unfinished.write_text(text, encoding='utf-8')
    return entry


def _content(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _unusable('a model manifest', str(error), str(path)) from error
    if not isinstance(content, Mapping):
        raise _unusable('a model manifest', repr(content)[:60], str(path))
    return content


def _entry(name: str, given: Any, path: Path) -> MaskEntry:
    wanted = {field.name for field in fields(MaskEntry)} - {'name'}
    where = f'{path}, mask {name!r}'
    if not isinstance(given, Mapping) or set(given) != wanted:
        got = ', '.join(map(str, given)) if isinstance(given, Mapping) else repr(given)
        raise _unusable(f'the fields {", ".join(sorted(wanted))}', got, where)
    entry = MaskEntry(name=name, **{key: str(value) for key, value in given.items()})
    if Path(entry.file).name != entry.file or not entry.file.endswith('.onnx'):
        raise _unusable('an .onnx file beside the manifest', entry.file, where)
    return entry


def _unusable(expected: str, got: str, where: str) -> CheckpointError:
    return CheckpointError(
        expected=expected, got=got, where=where, remedy='correct it or install the package again'
    )
