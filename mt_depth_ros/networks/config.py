"""What the networks are built from: every choice the paper leaves open is a field here.

Equations and tables are those of MT-Depth (arXiv 2512.04734). The defaults are the faithful
reading; where the paper is silent, the docstring of the field says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, get_args, Literal, TypeAlias, TypeVar

from mt_depth_ros.core.errors import ConfigError

OutputActivation: TypeAlias = Literal['linear', 'softplus']
Prefill: TypeAlias = Literal['none', 'nearest']
Resampling: TypeAlias = Literal['area', 'bilinear', 'nearest']
Upsampling: TypeAlias = Literal['bilinear', 'nearest']
PositionalEncoding: TypeAlias = Literal['none', 'sine']

AnyConfig = TypeVar('AnyConfig', bound='NetworkConfig')


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkConfig:
    """What every network shares: how colours become numbers near one.

    Attributes:
        image_mean: red, green, blue mean that is subtracted from an image in [0, 1].
        image_std: red, green, blue deviation it is divided by (both as usual for ImageNet; the
            paper does not say).
    """

    image_mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    image_std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def __post_init__(self) -> None:
        is_mean = _is_triple(self.image_mean) and all(map(_is_number, self.image_mean))
        self.require('image_mean', is_mean, 'three numbers')
        is_deviation = _is_triple(self.image_std) and all(map(_is_positive, self.image_std))
        self.require('image_std', is_deviation, 'three numbers > 0')

    def require(self, field: str, holds: bool, expected: str) -> None:
        """Raises a :class:`ConfigError` that names the field, unless ``holds``."""
        if not holds:
            raise ConfigError(
                expected=expected,
                got=repr(getattr(self, field)),
                where=f'{type(self).__name__}.{field}',
                remedy=f'change {field}',
            )

    def require_choice(self, field: str, choices: Any) -> None:
        """Raises unless the field is one of a ``Literal``'s values."""
        allowed = get_args(choices)
        self.require(field, getattr(self, field) in allowed, f'one of {", ".join(allowed)}')

    def require_count(self, field: str) -> None:
        """Raises unless the field is an integer of at least 1."""
        self.require(field, _is_count(getattr(self, field)), 'a whole number >= 1')

    def require_counts(self, field: str, *, at_least: int) -> None:
        """Raises unless the field is a tuple of so many integers of at least 1."""
        value = getattr(self, field)
        holds = isinstance(value, tuple) and len(value) >= at_least and all(map(_is_count, value))
        self.require(field, holds, f'at least {at_least} whole numbers >= 1')

    def require_positive(self, field: str) -> None:
        """Raises unless the field is a number above 0."""
        self.require(field, _is_positive(getattr(self, field)), 'a number > 0')

    def require_bool(self, field: str) -> None:
        """Raises unless the field is true or false."""
        self.require(field, isinstance(getattr(self, field), bool), 'true or false')


@dataclass(frozen=True, kw_only=True, slots=True)
class UNetConfig(NetworkConfig):
    """The depth completion branch of section 3.2, and the paper's baseline.

    Attributes:
        channels: of each encoder stage (Table 2). The last stage is the bottleneck; there is one
            max-pool between two stages.
        convolutions_per_stage: 3x3 convolution, batch norm and ReLU, so often in each encoder and
            decoder stage (not given; two, as in the original U-Net).
        depth_scale_m: metres that count as 1 inside the network. The paper does not say; raw
            depth in centimetres overflows float16, so depth is divided by 80 m.
        clip_input_depth: whether measured depth beyond ``depth_scale_m`` counts as 1.
        prefill: what depth is added to. ``none``, as in the paper: the network answers depth
            itself. ``nearest``: it answers a residual, zero at first, on the depth of the nearest
            measurement, which is a sixth input; this tells what a prefill alone adds.
        output: what follows the last convolution of Eq. 4 and 12 (not given; ``linear``). In
            evaluation depth below zero becomes 0, no answer, with either.
    """

    channels: tuple[int, ...] = (8, 16, 32, 64, 128)
    convolutions_per_stage: int = 2
    depth_scale_m: float = 80.0
    clip_input_depth: bool = True
    prefill: Prefill = 'none'
    output: OutputActivation = 'linear'

    def __post_init__(self) -> None:
        NetworkConfig.__post_init__(self)
        self.require_counts('channels', at_least=2)
        self.require_count('convolutions_per_stage')
        self.require_positive('depth_scale_m')
        self.require_bool('clip_input_depth')
        self.require_choice('prefill', Prefill)
        self.require_choice('output', OutputActivation)
        is_residual = self.prefill != 'none'
        self.require(
            'output', not is_residual or self.output == 'linear', 'linear, for a residual'
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class MTDepthConfig(UNetConfig):
    """The whole model of section 3: U-Net, mask cross-attention, fusion and prediction head.

    Attributes:
        attention_channels: C_a of Eq. 5 (Table 2).
        attention_heads: heads of Eq. 7 (the equations show one).
        attention_size: (H', W') of Eq. 2 (Algorithm 1: "e.g. 16x32").
        positional_encoding: what is added to the queries and keys of Eq. 5 (the paper has
            ``none``; then all foreground cells ask the same question, wherever they are).
            ``sine`` lets a query depend on its place.
        mask_resampling: Interpolate of Eq. 2 (not given; ``area`` keeps small objects).
        feature_resampling: how F_depth, the last decoder feature, is brought to (H', W')
            (Algorithm 1, step 3; not given; ``area`` is adaptive average pooling).
        attention_upsampling: how F_att of Eq. 9 is brought back to (H, W) (not given).
        fusion_channels: C' of Algorithm 1, step 4 (Table 2).
        squeeze_reduction: r of Eq. 10 (not given; 16 as in SENet).
        squeeze_bias: whether W1 and W2 of Eq. 10 have a bias (the equation has none).
        head_channels: middle of Eq. 12 ("e.g., 64").
        mask_head: whether a 1x1 convolution on F_fused predicts the mask, in training only. The
            paper weighs a segmentation loss (lambda_seg) although its YOLO is frozen, which
            leaves nothing to train; this head gives that loss something to act on.
    """

    attention_channels: int = 32
    attention_heads: int = 1
    attention_size: tuple[int, int] = (16, 32)
    positional_encoding: PositionalEncoding = 'none'
    mask_resampling: Resampling = 'area'
    feature_resampling: Resampling = 'area'
    attention_upsampling: Upsampling = 'bilinear'
    fusion_channels: int = 128
    squeeze_reduction: int = 16
    squeeze_bias: bool = False
    head_channels: int = 64
    mask_head: bool = True

    def __post_init__(self) -> None:
        UNetConfig.__post_init__(self)
        for field in (
            'attention_channels', 'attention_heads', 'fusion_channels', 'squeeze_reduction',
            'head_channels',
        ):  # fmt: skip
            self.require_count(field)
        is_size = isinstance(self.attention_size, tuple) and len(self.attention_size) == 2
        is_size = is_size and all(map(_is_count, self.attention_size))
        self.require('attention_size', is_size, 'rows and columns, whole numbers >= 1')
        self.require_choice('positional_encoding', PositionalEncoding)
        self.require_choice('mask_resampling', Resampling)
        self.require_choice('feature_resampling', Resampling)
        self.require_choice('attention_upsampling', Upsampling)
        self.require_bool('squeeze_bias')
        self.require_bool('mask_head')
        self._require_divisions()

    def _require_divisions(self) -> None:
        heads, reduction = self.attention_heads, self.squeeze_reduction
        self.require(
            'attention_channels',
            self.attention_channels % heads == 0,
            f'a multiple of attention_heads, {heads}',
        )
        self.require(
            'attention_channels',
            self.positional_encoding == 'none' or self.attention_channels % 4 == 0,
            'a multiple of 4 for a sine encoding',
        )
        self.require(
            'fusion_channels',
            self.fusion_channels % reduction == 0,
            f'a multiple of squeeze_reduction, {reduction}',
        )


def config_from_mapping(config_class: type[AnyConfig], options: Mapping[str, Any]) -> AnyConfig:
    """Builds a config from what a JSON or YAML file holds.

    Args:
        config_class: the config to build.
        options: field name -> value; sequences become tuples, fields left out keep defaults.

    Raises:
        ConfigError: an unknown field, or a value that the field cannot have.
    """
    known = [field.name for field in fields(config_class)]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ConfigError(
            expected=f'options among {", ".join(known)}',
            got=', '.join(unknown),
            where=config_class.__name__,
            remedy='remove or rename them',
        )
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in options.items()
    }
    return config_class(**values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_positive(value: Any) -> bool:
    return _is_number(value) and value > 0.0


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_triple(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 3
