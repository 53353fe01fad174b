"""From a completer's answer on its own grid to depth on the camera's."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math
from typing import Literal, TypeAlias

import numpy as np

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.camera_evidence import CameraEvidence
from mt_depth_ros.core.completion import CompletedDepth
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.resizing import GridResizer

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


def bring_to_camera(
    completed: CompletedDepth,
    limits: RangeConfig,
    resizer: GridResizer,
    evidence: CameraEvidence | None = None,
) -> tuple[FloatImage, FloatImage]:
    """Applies the range limits and the sky rule to an answer and brings it to the camera's grid.

    Args:
        completed: the answer, on the grid of ``resizer``.
        limits: range and sky rule. The rule changes nothing but the depth where sky is answered.
        resizer: between both grids.
        evidence: of the camera's grid; see :meth:`GridResizer.depth_to_camera`.

    Returns:
        depth_m: (H, W) float32 metres, NaN = no answer, sky as ``limits.sky_output`` says.
        uncertainty_m: (H, W) float32 metres, NaN where there is no answer and for sky.
    """
    in_range = answer_within_range(completed, limits)
    depth_m, uncertainty_m = resizer.depth_to_camera(*in_range, evidence)
    if limits.sky_output == 'inf':
        return depth_m, uncertainty_m
    # Only now may a number stand for sky: on the grid it would pass for one more surface.
    is_sky = np.isposinf(depth_m)
    if limits.sky_output == 'keep':
        without_sky = replace(completed, sky=None), replace(limits, max_range_m=math.inf)
        instead_m, _ = resizer.depth_to_camera(*answer_within_range(*without_sky), evidence)
    else:
        number_m = np.nan if limits.sky_output == 'nan' else limits.max_range_m
        instead_m = np.full_like(depth_m, number_m)
    return np.where(is_sky, instead_m, depth_m), uncertainty_m


def answer_within_range(
    completed: CompletedDepth, limits: RangeConfig
) -> tuple[FloatImage, FloatImage]:
    """Applies the range limits.

    Args:
        completed: the answer, on any grid.
        limits: the range.

    Returns:
        depth_m: (h, w) float32 metres, NaN = no answer, +Inf = sky or beyond range.
        uncertainty_m: (h, w) float32 metres, NaN where there is no answer and for sky.
    """
    depth_m = completed.depth_m
    known = np.isfinite(depth_m) & (depth_m > 0.0)
    beyond = known & (depth_m > np.float32(limits.max_range_m))
    if completed.sky is not None:
        beyond |= completed.sky
    depth_m = np.where(known, depth_m, np.float32(np.nan))
    depth_m = np.where(beyond, np.float32(np.inf), depth_m)
    uncertainty_m = np.where(known & ~beyond, completed.uncertainty_m, np.float32(np.nan))
    return depth_m, uncertainty_m
