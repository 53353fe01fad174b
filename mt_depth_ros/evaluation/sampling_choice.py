"""The sparse input of an evaluation, as a user writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.see_through_points import SeeThrough
from mt_depth_ros.data.sparse_degradations import (
    ExtrinsicJitter,
    Outliers,
    RangeNoise,
    SparseDegradation,
)
from mt_depth_ros.data.sparse_holes import ObjectHoles
from mt_depth_ros.data.sparse_patterns import (
    BernoulliPattern,
    GridPattern,
    LidarLinesPattern,
    MeasuredPattern,
    PointCountPattern,
    SparsePattern,
)
from mt_depth_ros.data.sparse_sampling import SparseSampling

_MadeT = TypeVar('_MadeT')

_PATTERNS: dict[str, Callable[[str], SparsePattern]] = {
    'bernoulli': lambda text: BernoulliPattern(keep_probability=float(text or 0.05)),
    'lines': lambda text: LidarLinesPattern(lines=int(text or 64)),
    'points': lambda text: PointCountPattern(count=int(text or 500)),
    'grid': lambda text: _grid(text or '8x8'),
    'measured': lambda text: MeasuredPattern(keep_every=int(text or 1)),
}
_DEGRADATIONS: dict[str, Callable[[str], SparseDegradation]] = {
    'outliers': lambda text: Outliers(share=float(text or 0.05)),
    'see-through': lambda text: SeeThrough(share=float(text or 0.5)),
    'noise': lambda text: RangeNoise(sigma_m=float(text or 0.02)),
    'jitter': lambda text: ExtrinsicJitter(rotation_deg=float(text or 0.25)),
    'object-holes': lambda text: ObjectHoles(share=float(text or 0.3)),
}


def parse_sampling(text: str) -> SparseSampling:
    """Reads a pattern, and what goes wrong with it: ``lines:16+outliers:0.02+see-through:0.5``.

    Patterns are ``bernoulli:P`` (each pixel with probability P), ``lines:N`` (of a spinning
    LiDAR), ``points:N``, ``grid:ROWSxCOLUMNS`` (of a time-of-flight sensor) and ``measured:N``
    (every N-th line of the frame's own sensor); ``+outliers:SHARE``, ``+see-through:SHARE``,
    ``+noise:METRES``, ``+jitter:DEGREES`` and ``+object-holes:SHARE`` follow and are
    applied in the order they are written. Every number may be left out.

    Raises:
        ConfigError: the text is none of these, or a number is out of range.
    """
    first, *others = text.split('+')
    return SparseSampling(
        pattern=_made(first, _PATTERNS, text),
        degradations=tuple(_made(each, _DEGRADATIONS, text) for each in others),
    )


def _made(part: str, makers: dict[str, Callable[[str], _MadeT]], text: str) -> _MadeT:
    name, _, number = part.partition(':')
    try:
        return makers[name](number)
    except (KeyError, ValueError) as error:
        raise ConfigError(
            expected=f'one of {", ".join(makers)}, with :NUMBER where the default is not wanted',
            got=repr(part),
            where=f'--sampling {text}',
            remedy='for example --sampling bernoulli:0.05 or --sampling lines:16+outliers:0.02',
        ) from error


def _grid(text: str) -> GridPattern:
    rows, columns = text.split('x')
    return GridPattern(rows=int(rows), columns=int(columns))
