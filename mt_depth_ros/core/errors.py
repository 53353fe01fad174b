"""Errors a user can act on: each says what was expected, what was found, where, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_LONGEST_TEXT = 400


class MtDepthError(Exception):
    """Base of every error this package raises for its users.

    Args:
        expected: what would have been right, e.g. ``'encoding rgb8, bgr8 or mono8'``.
        got: what was found instead, e.g. ``"'yuv422'"``.
        where: the topic, file or parameter it was found in.
        remedy: what the user can do about it.
    """

    def __init__(self, *, expected: str, got: str, where: str, remedy: str) -> None:
        self.expected = expected
        self.got = got
        self.where = where
        self.remedy = remedy
        super().__init__(f'{where}: expected {expected}, got {got}; {remedy}')

    def __reduce__(self) -> tuple[Callable[..., MtDepthError], tuple[Any, ...]]:
        # Keyword-only arguments are beyond what Exception pickles by itself, and errors cross
        # process boundaries where work is done side by side.
        return _rebuild, (type(self), vars(self).copy())


class SensorInputError(MtDepthError):
    """A message or frame that cannot be used; the next one may be fine.

    Args:
        reason: short snake_case name under which the frame is counted as dropped.
        expected, got, where, remedy: as in :class:`MtDepthError`; the first two are shortened,
            as they may hold texts of any length out of a message.
    """

    def __init__(self, *, reason: str, expected: str, got: str, where: str, remedy: str) -> None:
        super().__init__(
            expected=_shortened(expected), got=_shortened(got), where=where, remedy=remedy
        )
        self.reason = reason


class ConfigError(MtDepthError):
    """A parameter, option or config file that cannot be used as it stands."""


class DataFileError(MtDepthError):
    """A file or bag that is missing, damaged or not in the expected format."""


class CheckpointError(MtDepthError):
    """Model weights that are missing, damaged or of another architecture."""


class TransformError(SensorInputError):
    """A transform between two frames that is not known."""


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    end = f'... ({len(text)} characters)'
    return text[: _LONGEST_TEXT - len(end)] + end


def _rebuild(error_type: type[MtDepthError], fields: dict[str, str]) -> MtDepthError:
    return error_type(**fields)
