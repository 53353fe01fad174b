"""The classical completers by name."""

from __future__ import annotations

from mt_depth_ros.classical.adaptive_fill import adaptive_fill
from mt_depth_ros.classical.classical_completer import ClassicalCompleter
from mt_depth_ros.classical.fill_uncertainty import FillUncertainty
from mt_depth_ros.classical.ip_basic_fill import ip_basic_bilateral_fill, ip_basic_gaussian_fill
from mt_depth_ros.classical.linear_fill import linear_fill
from mt_depth_ros.classical.nearest_fill import nearest_fill
from mt_depth_ros.classical.surrounded_measurements import drop_surrounded
from mt_depth_ros.core.errors import ConfigError

# The constants are printed by scripts/fit_classical_uncertainty.py.
_COMPLETERS = {
    completer.name: completer
    for completer in (
        ClassicalCompleter(
            name='adaptive',
            fill=adaptive_fill,
            uncertainty=FillUncertainty(per_distance=0.0135, per_departure=0.822),
            select=drop_surrounded,
        ),
        ClassicalCompleter(
            name='nearest',
            fill=nearest_fill,
            uncertainty=FillUncertainty(per_distance=0.0151, per_departure=0.475),
        ),
        ClassicalCompleter(
            name='linear',
            fill=linear_fill,
            uncertainty=FillUncertainty(per_distance=0.0125, per_departure=0.579),
        ),
        ClassicalCompleter(
            name='ip_basic',
            fill=ip_basic_gaussian_fill,
            uncertainty=FillUncertainty(per_distance=0.0104, per_departure=0.746),
        ),
        ClassicalCompleter(
            name='ip_basic_bilateral',
            fill=ip_basic_bilateral_fill,
            uncertainty=FillUncertainty(per_distance=0.0084, per_departure=0.909),
        ),
    )
}

CLASSICAL_NAMES = tuple(_COMPLETERS)
"""Every classical completer, the default first."""

DEFAULT_CLASSICAL = 'adaptive'
"""The most accurate one on withheld LiDAR points, and real-time."""


def build_classical(name: str) -> ClassicalCompleter:
    """Gives a classical completer; it keeps no state between frames.

    Args:
        name: one of :data:`CLASSICAL_NAMES`.

    Raises:
        ConfigError: the name is unknown.
    """
    if name not in _COMPLETERS:
        raise ConfigError(
            expected=f'one of {", ".join(CLASSICAL_NAMES)}',
            got=repr(name),
            where='name of the classical completer',
            remedy=f'choose one of these; {DEFAULT_CLASSICAL!r} is the default',
        )
    return _COMPLETERS[name]
