"""Training configs as YAML files, which may say how they differ from another file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.training.config import NAMED_TYPES, TrainingConfig
from mt_depth_ros.training.config_reading import config_from_mapping, KIND, mapping_from_config

BASE = 'base'
"""The key that names the file, relative to its own, which a file changes."""

_SELECTORS = {KIND, 'architecture'}


def read_training_config(path: Path) -> TrainingConfig:
    """Reads a config file.

    With the key ``base`` a file holds only what differs from that one: mappings are merged key
    by key, everything else takes the place of what was there, as does a mapping that names a
    ``kind`` or an ``architecture``: the keys of another do not fit it.

    Raises:
        ConfigError: a file cannot be read, or a key or value is not one there is.
    """
    return config_from_mapping(
        TrainingConfig, _values(path, ()), named=NAMED_TYPES, where=path.name
    )


def yaml_from_config(config: TrainingConfig) -> str:
    """All of a config, defaults included, as :func:`read_training_config` reads it."""
    values = mapping_from_config(config, named=NAMED_TYPES)
    return yaml.safe_dump(values, sort_keys=False)


def _values(path: Path, changed_by: tuple[Path, ...]) -> Any:
    """What a file and those it is based on say together."""
    try:
        values = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(
            expected='a training config in YAML',
            got=' '.join(str(error).split()),
            where=' <- '.join(str(each) for each in (path, *changed_by)),
            remedy='start from a file of the config folder, e.g. config/train_mt_depth_plus.yaml',
        ) from error
    if not isinstance(values, Mapping) or BASE not in values:
        return values
    name = values[BASE]
    place = path.resolve()
    if not isinstance(name, str) or place in changed_by:
        raise ConfigError(
            expected='the name of another config file',
            got=repr(name) if place not in changed_by else f'{name}, which leads back here',
            where=f'{path.name}.{BASE}',
            remedy='correct it in the config file',
        )
    base = _values(path.parent / name, (place, *changed_by))
    return _merged(base, {key: value for key, value in values.items() if key != BASE})


def _merged(base: Any, change: Any) -> Any:
    are_mappings = isinstance(base, Mapping) and isinstance(change, Mapping)
    if not are_mappings or _SELECTORS & change.keys():
        return change
    return {**base, **{key: _merged(base.get(key), value) for key, value in change.items()}}
