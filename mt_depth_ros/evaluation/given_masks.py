"""The foreground masks an evaluation gives: one for all predictors, right or wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args, Literal, Protocol, TypeAlias

import numpy as np

from mt_depth_ros.core.arrays import BoolImage, ByteImage
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.foreground import Foreground
from mt_depth_ros.data.sample import DepthSample

MaskKind: TypeAlias = Literal['segmenter', 'truth', 'inverted', 'shifted', 'empty', 'full']
"""``segmenter``: found in the image. ``truth``: the instances of the data set. The others are
wrong on purpose: the truth inverted, the truth shifted, nothing, everything."""

SHIFT_SHARE = 0.05
"""A shifted mask is moved right and down by this share of the image's width."""


class MaskSource(Protocol):
    """Gives every frame its mask."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    def mask_of(self, sample: DepthSample) -> Foreground | None:
        """(H, W) foreground; None leaves it to the predictor."""
        ...


class NoGivenMask:
    """Leaves the mask to the predictor."""

    name = 'left to each model'

    def mask_of(self, sample: DepthSample) -> BoolImage | None:
        """None for every frame."""
        del sample
        return None


@dataclass(frozen=True, slots=True)
class SegmentedMasks:
    """Finds the foreground in the image, once for all predictors.

    Attributes:
        name: what the report calls it.
        segment: (H, W, 3) uint8 image, red first, to (H, W) foreground.
        weights_sha256: of the weights that find it, which the name need not tell apart; None:
            not told.
    """

    name: str
    segment: Callable[[ByteImage], Foreground]
    weights_sha256: str | None = None

    def mask_of(self, sample: DepthSample) -> Foreground | None:
        """What is found."""
        return self.segment(sample.image_rgb)


@dataclass(frozen=True, slots=True)
class KnownMasks:
    """Masks made from the data set's instances.

    Attributes:
        kind: any :data:`MaskKind` but ``segmenter``.

    Raises:
        ConfigError: the kind is unknown, or (when asked for a mask) the frame has no instances.
    """

    kind: MaskKind

    def __post_init__(self) -> None:
        if self.kind not in _FROM_TRUTH and self.kind not in _FROM_NOTHING:
            raise ConfigError(
                expected=f'one of {", ".join(get_args(MaskKind))}',
                got=repr(self.kind),
                where='--masks',
                remedy='choose one of these',
            )

    @property
    def name(self) -> str:
        """The kind."""
        return self.kind

    def mask_of(self, sample: DepthSample) -> BoolImage | None:
        """The mask of a frame."""
        if self.kind in _FROM_NOTHING:
            return np.full(sample.truth_m.shape, _FROM_NOTHING[self.kind], np.bool_)
        if sample.instance_ids is None:
            raise ConfigError(
                expected='a data set with instances',
                got=f'none in {sample.identity}',
                where=f'--masks {self.kind}',
                remedy='choose segmenter, empty or full',
            )
        return _FROM_TRUTH[self.kind](np.asarray(sample.instance_ids > 0, np.bool_))


def _shifted(mask: BoolImage) -> BoolImage:
    step = max(1, round(SHIFT_SHARE * mask.shape[1]))
    moved = np.zeros_like(mask)
    moved[step:, step:] = mask[:-step, :-step]
    return moved


_FROM_NOTHING = {'empty': False, 'full': True}
_FROM_TRUTH: dict[str, Callable[[BoolImage], BoolImage]] = {
    'truth': lambda mask: mask,
    'inverted': lambda mask: ~mask,
    'shifted': _shifted,
}
