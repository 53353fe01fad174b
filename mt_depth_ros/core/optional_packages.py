"""Importing packages that are not needed by all users."""

from __future__ import annotations

from importlib import import_module
import os
from types import ModuleType

from mt_depth_ros.core.errors import ConfigError


def import_optional(name: str, *, where: str, remedy: str, **environment: str) -> ModuleType:
    """Imports a package, with environment variables that it reads at its import.

    Args:
        name: of the package.
        where: what needs it, for the error.
        remedy: how to install it, for the error.
        environment: set during the import only.

    Raises:
        ConfigError: it is not installed.
    """
    before = {key: os.environ.get(key) for key in environment}
    os.environ.update(environment)
    try:
        return import_module(name)
    except ImportError as error:
        raise ConfigError(
            expected=f'the package {name}', got=str(error), where=where, remedy=remedy
        ) from error
    finally:
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})
