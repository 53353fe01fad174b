"""One row of the node's parameter table, and how a value is checked against it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any, Literal, TypeAlias

from mt_depth_ros.core.errors import ConfigError

ParameterValue: TypeAlias = bool | int | float | str | tuple[str, ...]

Settable: TypeAlias = Literal['always', 'while_inactive', 'while_unconfigured', 'at_start']
"""When a parameter may be changed; each includes those after it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParameterSpec:
    """One row of the table.

    Attributes:
        name: the parameter's name.
        default: its default; gives the type as well.
        description: what it does, one sentence.
        unit: ``'s'``, ``'m'``, ... or empty.
        minimum, maximum: inclusive range of a number, or None.
        choices: the values a string may have, or empty for any.
        settable: when it may be changed. ``always``: it counts from the next frame on;
            ``while_inactive``: it is read by activate; ``while_unconfigured``: by configure.
    """

    name: str
    default: ParameterValue
    description: str
    unit: str = ''
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    settable: Settable = 'while_unconfigured'

    @property
    def type_name(self) -> str:
        """ROS's name of the type."""
        names = {bool: 'bool', int: 'integer', float: 'double', str: 'string'}
        return names.get(type(self.default), 'string_array')

    def check(self, value: Any) -> ParameterValue:
        """The value in the table's type.

        Raises:
            ConfigError: wrong type, out of range or none of the choices.
        """
        checked = self._in_type(value)
        if self.choices and checked not in self.choices:
            raise self._error(f'one of {", ".join(self.choices)}', value)
        if isinstance(checked, (int, float)) and not self._in_range(checked):
            raise self._error(self.range_text, value)
        return checked

    @property
    def is_read_as_another_type(self) -> bool:
        """Whether YAML turns one of the words, written without quotes, into another type."""
        return not {'true', 'inf'}.isdisjoint(self.choices)

    @property
    def settable_note(self) -> str:
        """In brackets behind the description; empty for what may be changed while unconfigured."""
        return _NOTES[self.settable]

    @property
    def range_text(self) -> str:
        """The range in words, empty where there is none."""
        if self.choices:
            return ' | '.join(self.choices)
        if self.minimum is None and self.maximum is None:
            return ''
        if self.maximum is None:
            return f'at least {self.minimum:g}'
        if self.minimum is None:
            return f'at most {self.maximum:g}'
        return f'{self.minimum:g} to {self.maximum:g}'

    def _in_type(self, value: Any) -> ParameterValue:
        kind = type(self.default)
        if kind is tuple:
            if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value):
                # ROS cannot write an empty list in YAML: [''] stands for it.
                return tuple(text for text in value if text.strip())
        elif kind is float and type(value) in (int, float):
            return float(value)
        elif type(value) is bool and 'true' in self.choices:
            # YAML turns an unquoted true into a boolean before we see it.
            return 'true' if value else 'false'
        elif type(value) is float and 'inf' in self.choices and not isfinite(value):
            # The same with inf and nan: `ros2 param dump` writes them without quotes.
            return 'nan' if isnan(value) else 'inf'
        elif type(value) is kind:
            checked: ParameterValue = value
            return checked
        raise self._error(self.type_name, value)

    def _in_range(self, number: float) -> bool:
        above = self.minimum is None or number >= self.minimum
        below = self.maximum is None or number <= self.maximum
        return above and below

    def _error(self, expected: str, got: object) -> ConfigError:
        return ConfigError(
            expected=expected,
            got=repr(got),
            where=f'parameter {self.name}',
            remedy=f'{self.description} (default {self.default!r})',
        )


_NOTES: dict[Settable, str] = {
    'always': '(dynamic)',
    'while_inactive': '(while inactive)',
    'while_unconfigured': '',
    'at_start': '(at the start)',
}
