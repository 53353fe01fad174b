"""From a completer's answer on its own grid to depth on the camera's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.completion import CompletedDepth
from mt_depth_ros.core.errors import ConfigError

SkyOutput: TypeAlias = Literal['inf', 'nan', 'max_range', 'keep']


@dataclass(frozen=True, kw_only=True, slots=True)
class RangeConfig:
    """What becomes of sky and of depth outside the sensor's range.

    Attributes:
        min_depth_m: measurements nearer than this are left out, metres.
        max_range_m: depth beyond this counts as sky; measurements beyond it are left out.
        sky_output: what stands in the depth image for sky: ``inf`` (REP-117: beyond range),
            ``nan``, ``max_range``, or ``keep`` (the completer's own number).
    """

    min_depth_m: float = 0.5
    max_range_m: float = 120.0
    sky_output: SkyOutput = 'inf'

    def __post_init__(self) -> None:
        if not 0.0 <= self.min_depth_m < self.max_range_m:
            raise ConfigError(
                expected='0 <= min_depth < max_range',
                got=f'min_depth {self.min_depth_m} m, max_range {self.max_range_m} m',
                where='range parameters',
                remedy='set both in metres',
            )


def answer_within_range(
    completed: CompletedDepth, limits: RangeConfig
) -> tuple[FloatImage, FloatImage]:
    """Applies the range limits and the sky rule.

    Args:
        completed: the answer, on any grid.
        limits: range and sky rule.

    Returns:
        depth_m: (h, w) float32 metres, NaN = no answer, sky as ``limits.sky_output`` says.
        uncertainty_m: (h, w) float32 metres, NaN where there is no answer and for sky.
    """
    depth_m = completed.depth_m
    known = np.isfinite(depth_m) & (depth_m > 0.0)
    beyond = known & (depth_m > np.float32(limits.max_range_m))
    if completed.sky is not None:
        beyond |= completed.sky
    depth_m = np.where(known, depth_m, np.float32(np.nan))
    if limits.sky_output != 'keep':
        replacement = {'inf': np.inf, 'nan': np.nan, 'max_range': limits.max_range_m}
        depth_m = np.where(beyond, np.float32(replacement[limits.sky_output]), depth_m)
    uncertainty_m = np.where(known & ~beyond, completed.uncertainty_m, np.float32(np.nan))
    return depth_m, uncertainty_m
