"""Depth codes of messages and files, to and from float32 metres: the one place that knows them.

In memory 0 is "no measurement" (sparse input), NaN "no answer" and +Inf "sky or beyond range"
(REP-117). A 16-bit code can say less, so on the way out:

* every finite positive depth keeps a valid code: it is rounded to the nearest one, and what is
  too near or too far for the code gets the first or the last. A wrapped value would be a false
  near obstacle; an invalid one would turn "far" into "unknown", which a planner must treat as
  occupied.
* +Inf is saturated to the last code for the same reason (Virtual KITTI 2 has a code of its own).
* NaN, -Inf, zero and negative values become 0, the invalid value of REP-118 and of KITTI.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.checks import check_array

MILLIMETRES_PER_METRE = 1000
"""REP-118 ``16UC1``: uint16 millimetres, 0 = invalid, up to 65.535 m."""

KITTI_STEPS_PER_METRE = 256
"""KITTI depth PNG: uint16, metres x 256, 0 = none, up to 255.996 m."""

CENTIMETRES_PER_METRE = 100
"""Virtual KITTI 2 depth PNG: uint16 centimetres, 65535 = sky; every pixel has a depth."""

LARGEST_CODE = 65535


def metres_from_millimetres(depth_mm: NDArray[np.uint16]) -> FloatImage:
    """Decodes ``16UC1``.

    Args:
        depth_mm: (H, W) uint16 millimetres, 0 = invalid.

    Returns:
        (H, W) float32 metres, 0 = no measurement.
    """
    return _metres_from_code(depth_mm, MILLIMETRES_PER_METRE)


def millimetres_from_metres(depth_m: FloatImage) -> NDArray[np.uint16]:
    """Encodes ``16UC1``; saturates beyond 65.535 m.

    Args:
        depth_m: (H, W) float32 metres; NaN, 0 and negative are invalid.

    Returns:
        (H, W) uint16 millimetres, 0 = invalid.
    """
    return _code_from_metres(depth_m, MILLIMETRES_PER_METRE, LARGEST_CODE)


def metres_from_kitti(depth_code: NDArray[np.uint16]) -> FloatImage:
    """Decodes a KITTI depth map.

    Args:
        depth_code: (H, W) uint16, metres x 256, 0 = none.

    Returns:
        (H, W) float32 metres, 0 = no measurement.
    """
    return _metres_from_code(depth_code, KITTI_STEPS_PER_METRE)


def kitti_from_metres(depth_m: FloatImage) -> NDArray[np.uint16]:
    """Encodes a KITTI depth map; saturates beyond 255.996 m.

    Args:
        depth_m: (H, W) float32 metres; NaN, 0 and negative are none.

    Returns:
        (H, W) uint16, metres x 256, 0 = none.
    """
    return _code_from_metres(depth_m, KITTI_STEPS_PER_METRE, LARGEST_CODE)


def metres_from_virtual_kitti(depth_cm: NDArray[np.uint16]) -> FloatImage:
    """Decodes a Virtual KITTI 2 depth map.

    Args:
        depth_cm: (H, W) uint16 centimetres, 65535 = sky.

    Returns:
        (H, W) float32 metres, +Inf = sky.
    """
    depth_m = _metres_from_code(depth_cm, CENTIMETRES_PER_METRE)
    depth_m[depth_cm == LARGEST_CODE] = np.inf
    return depth_m


def virtual_kitti_from_metres(depth_m: FloatImage) -> NDArray[np.uint16]:
    """Encodes a Virtual KITTI 2 depth map; finite depth saturates at 655.34 m.

    Args:
        depth_m: (H, W) float32 metres > 0, +Inf = sky.

    Returns:
        (H, W) uint16 centimetres, 65535 = sky.

    Raises:
        ValueError: a pixel has no depth, for which the format has no code.
    """
    depth_cm = _code_from_metres(depth_m, CENTIMETRES_PER_METRE, LARGEST_CODE - 1)
    if not depth_cm.all():
        raise ValueError(
            'depth_m: expected a depth or +Inf at every pixel (Virtual KITTI 2 has no invalid '
            f'value), got {np.count_nonzero(depth_cm == 0)} without'
        )
    depth_cm[np.isposinf(depth_m)] = LARGEST_CODE
    return depth_cm


def clean_sparse_depth(depth_m: FloatImage) -> FloatImage:
    """Maps every way a ``32FC1`` message says "no measurement" to 0.

    Args:
        depth_m: (H, W) float32 metres; NaN, Inf, 0 and negative are none.

    Returns:
        (H, W) float32 metres, finite and >= 0, 0 = no measurement.
    """
    check_array(depth_m, name='depth_m', shape=(None, None), dtype='f4')
    is_measured = (depth_m > 0) & (depth_m < np.inf)
    return np.where(is_measured, depth_m, np.float32(0))


def _metres_from_code(code: NDArray[np.uint16], steps_per_metre: int) -> FloatImage:
    check_array(code, name='depth code', shape=(None, None), dtype='u2')
    return np.divide(code, np.float32(steps_per_metre), dtype=np.float32)


def _code_from_metres(
    depth_m: FloatImage, steps_per_metre: int, last_code: int
) -> NDArray[np.uint16]:
    check_array(depth_m, name='depth_m', shape=(None, None), dtype='f4')
    is_valid = depth_m > 0
    steps = np.where(is_valid, depth_m, np.float32(0))
    np.minimum(steps, np.float32(last_code / steps_per_metre), out=steps)
    steps *= np.float32(steps_per_metre)
    np.rint(steps, out=steps)
    return np.maximum(steps, is_valid, dtype=np.float32).astype(np.uint16)
