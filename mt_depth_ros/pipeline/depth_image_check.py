"""Whether a sparse depth image can be what its encoding says."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.sensors import SparseDepthImage

_MILLIMETRES_PER_METRE = 1000.0
# No scene has half of its measurements nearer than this; where min_depth is 0, metres beyond a
# short range would pass for the millimetres of one. Above all that 16UC1 can say.
_NEAREST_MEDIAN_M = 0.1


def check_depth_unit(source: SparseDepthImage, *, min_depth_m: float, max_depth_m: float) -> None:
    """Refuses millimetres that are declared as metres.

    The sign of it: the median lies beyond the range, and a thousandth of it within, at 0.1 m or
    more.

    Args:
        source: the depth image as decoded.
        min_depth_m: nearer depth is not kept, metres.
        max_depth_m: farther depth is not kept, metres.

    Raises:
        SensorInputError: it is in millimetres (reason ``depth_unit``).
    """
    measured = source.depth_m[source.depth_m > 0.0]
    if measured.size == 0:
        return
    median_m = float(np.median(measured))
    if median_m <= max_depth_m:
        return
    nearest_m = max(min_depth_m, _NEAREST_MEDIAN_M)
    if not nearest_m <= median_m / _MILLIMETRES_PER_METRE <= max_depth_m:
        return
    raise SensorInputError(
        reason='depth_unit',
        expected='32FC1 depth in metres',
        got=f'a median of {median_m:g}, which looks like millimetres',
        where=f'depth from frame {source.frame_id!r}',
        remedy='publish millimetres as 16UC1, or divide by 1000 to publish metres as 32FC1; if '
        'these are metres, raise max_range',
    )
