"""Typed configs from nested mappings and back; every unknown key is refused by its full name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
import types
from typing import Any, get_args, get_origin, get_type_hints, Literal, TypeVar, Union

from mt_depth_ros.core.errors import ConfigError

KIND = 'kind'
"""The key that names which of several types a mapping describes."""

AnyDataclass = TypeVar('AnyDataclass')
NamedTypes = Mapping[Any, Mapping[str, type]]
"""Interface -> name -> the dataclasses that implement it."""


def config_from_mapping(
    config_class: type[AnyDataclass], values: object, *, named: NamedTypes, where: str
) -> AnyDataclass:
    """Builds a dataclass from what a YAML file holds.

    Args:
        config_class: a dataclass whose fields are numbers, texts, ``Literal``, tuples, mappings,
            other such dataclasses, or interfaces of ``named``; each may allow None.
        values: the mapping; fields left out keep their defaults.
        named: which dataclasses a mapping with the key ``kind`` may stand for.
        where: what to call it in errors.

    Raises:
        ConfigError: an unknown or missing key, or a value of another type; its name is given.
    """
    if not isinstance(values, Mapping):
        raise _refused(where, 'a mapping of names to values', values)
    known = {field.name: field for field in fields(config_class)}  # type: ignore[arg-type]
    unknown = sorted(str(key) for key in values if key not in known)
    if unknown:
        raise _refused(where, f'keys among {", ".join(known)}', ', '.join(unknown))
    types_of = get_type_hints(config_class)
    read = {
        name: _value(types_of[name], value, named, f'{where}.{name}')
        for name, value in values.items()
    }
    try:
        return config_class(**read)
    except TypeError as error:
        raise _refused(where, 'every key that has no default', str(error)) from error


def mapping_from_config(config: object, *, named: NamedTypes) -> Any:
    """What :func:`config_from_mapping` reads back, in types that YAML has."""
    if is_dataclass(config):
        values = {
            field.name: mapping_from_config(getattr(config, field.name), named=named)
            for field in fields(config)
        }
        name = _name_of(type(config), named)
        return values if name is None else {KIND: name, **values}
    if isinstance(config, Mapping):
        return {key: mapping_from_config(value, named=named) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return [mapping_from_config(value, named=named) for value in config]
    return config


def _value(wanted: Any, value: Any, named: NamedTypes, where: str) -> Any:
    if wanted in named:
        return _of_kind(named[wanted], value, named, where)
    if is_dataclass(wanted):
        return config_from_mapping(wanted, value, named=named, where=where)  # type: ignore[arg-type]
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(wanted):
            return None
        inner = [each for each in get_args(wanted) if each is not type(None)]
        if all(get_origin(each) is Literal for each in inner):
            return _choice([choice for each in inner for choice in get_args(each)], value, where)
        (single,) = inner
        return _value(single, value, named, where)
    if origin is Literal:
        return _choice(list(get_args(wanted)), value, where)
    if origin is tuple:
        return _tuple(get_args(wanted), value, named, where)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise _refused(where, 'a mapping of names to values', value)
        return dict(value)
    return _scalar(wanted, value, where)


def _choice(choices: list[Any], value: Any, where: str) -> Any:
    if value not in choices:
        raise _refused(where, f'one of {", ".join(map(str, choices))}', value)
    return value


def _of_kind(kinds: Mapping[str, type], value: Any, named: NamedTypes, where: str) -> Any:
    kind = value.get(KIND) if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in kinds:
        raise _refused(where, f'a mapping with {KIND}: one of {", ".join(kinds)}', value)
    rest = {key: each for key, each in value.items() if key != KIND}
    return config_from_mapping(kinds[kind], rest, named=named, where=f'{where}({kind})')


def _tuple(wanted: tuple[Any, ...], value: Any, named: NamedTypes, where: str) -> tuple[Any, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _refused(where, 'a list', value)
    each = (wanted[0],) * len(value) if wanted[1:] == (...,) else wanted
    if len(each) != len(value):
        raise _refused(where, f'a list of {len(each)}', value)
    return tuple(
        _value(inner, item, named, f'{where}[{index}]')
        for index, (inner, item) in enumerate(zip(each, value, strict=True))
    )


def _scalar(wanted: Any, value: Any, where: str) -> Any:
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise _refused(where, f'a value of type {wanted.__name__}', value)
    return value


def _name_of(config_class: type, named: NamedTypes) -> str | None:
    for kinds in named.values():
        for name, each in kinds.items():
            if each is config_class:
                return name
    return None


def _refused(where: str, expected: str, got: object) -> ConfigError:
    text = got if isinstance(got, str) else repr(got)
    return ConfigError(
        expected=expected, got=text, where=where, remedy='correct it in the config file'
    )
