"""Errors of the configs that say how sparse input is sampled and frames are augmented."""

from __future__ import annotations

from mt_depth_ros.core.errors import ConfigError


def refused(where: str, expected: str, got: object) -> ConfigError:
    """The error for a config that cannot be used as it stands."""
    return ConfigError(
        expected=expected,
        got=repr(got),
        where=where,
        remedy='correct the sampling or augmentation config',
    )


def require_probability(where: str, value: float) -> None:
    """Checks a probability.

    Raises:
        ConfigError: the value is not in [0, 1].
    """
    if not 0.0 <= value <= 1.0:
        raise refused(where, 'a number in [0, 1]', value)
