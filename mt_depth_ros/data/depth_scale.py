"""Whether depth was stored in the unit its format promises.

A 16-bit PNG does not tell whether its numbers are centimetres, millimetres or 1/256 m. Read as the
wrong one it is still a fine picture, so what is known of the scene has to agree with it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.virtual_kitti2_texts import ObjectsInView

CAMERA_HEIGHT_M = 1.6
"""Typical height of a camera on a car, which sees the road in its lowest row."""

NEAREST_M = 0.3
FARTHEST_RATIO = 5.0
MIN_OBJECT_PIXELS = 100
MIN_OBJECTS = 3
MAX_OBJECTS = 8
MIN_COMPARED = 50
LIDAR_RANGE_M = 130.0


def check_nearest_surface(depth_m: FloatImage, camera: RectifiedCamera, *, where: str) -> None:
    """Compares the nearest percent of a dense depth map with where the road must be.

    The lowest row of the image shows the road at ``1.6 m * fy / (H - 1 - cy)``; other things are
    nearer, or the camera looks up a little. A factor of 5 beyond that, or less than 0.3 m, is a
    wrong unit.

    Args:
        depth_m: (H, W) float32 metres, +Inf = sky.
        camera: its grid.
        where: the file, for the error.

    Raises:
        DataFileError: the nearest surface is implausible, or there is none at all.
    """
    finite_m = depth_m[np.isfinite(depth_m)]
    rows_below = max(camera.height - 1 - camera.cy, 1.0)
    limit_m = FARTHEST_RATIO * CAMERA_HEIGHT_M * camera.fy / rows_below
    nearest_m = float(np.percentile(finite_m, 1)) if len(finite_m) else float('inf')
    if not NEAREST_M <= nearest_m <= limit_m:
        raise DataFileError(
            expected=f'its nearest percent between {NEAREST_M} and {limit_m:.0f} m away',
            got=f'{nearest_m:.2f} m',
            where=where,
            remedy='check that the depth is uint16 centimetres with 65535 for sky',
        )


def check_objects(
    depth_m: FloatImage,
    instance_ids: NDArray[np.int32],
    objects: ObjectsInView,
    *,
    where: str,
) -> None:
    """Compares the depth on objects with where their poses say they are.

    An object fits if the median depth of its pixels is between 0.6 and 1.6 times its position's
    depth, give or take its own extent. With three objects or more, most must fit.

    Args:
        depth_m: (H, W) float32 metres.
        instance_ids: (H, W) int32, 0 = none.
        objects: the objects of the frame.
        where: the file, for the error.

    Raises:
        DataFileError: most objects do not fit.
    """
    placed = zip(
        objects.instance_ids.tolist(), objects.depth_m.tolist(), objects.extent_m.tolist(),
        strict=True,
    )  # fmt: skip
    counts = np.bincount(instance_ids.ravel(), minlength=1)
    large = [each for each in placed if _pixels(counts, int(each[0])) >= MIN_OBJECT_PIXELS]
    large = sorted(large, key=lambda each: -_pixels(counts, int(each[0])))[:MAX_OBJECTS]
    found_m = [float(np.median(depth_m[instance_ids == number])) for number, _, _ in large]
    num_fitting = sum(
        0.6 * expected_m - extent_m <= found <= 1.6 * expected_m + extent_m
        for found, (_, expected_m, extent_m) in zip(found_m, large, strict=True)
    )
    if len(large) >= MIN_OBJECTS and 2 * num_fitting < len(large):
        pairs = (
            f'{found:.1f} m for {each[1]:.1f} m'
            for found, each in zip(found_m, large, strict=True)
        )
        raise DataFileError(
            expected='objects as far away as pose.txt says',
            got=', '.join(pairs),
            where=where,
            remedy='check that the depth is uint16 centimetres, and of the same frame as its text',
        )


def _pixels(counts: NDArray[np.int64], number: int) -> int:
    return int(counts[number]) if number < len(counts) else 0


def check_lidar_range(depth_m: FloatImage, *, where: str) -> None:
    """Checks that depth from a LiDAR is within what one reaches.

    Args:
        depth_m: (H, W) float32 metres, 0 = none.
        where: the file, for the error.

    Raises:
        DataFileError: there is no depth, or some is beyond 130 m.
    """
    farthest_m = float(depth_m.max())
    if not 0.0 < farthest_m <= LIDAR_RANGE_M:
        raise DataFileError(
            expected=f'LiDAR depth up to {LIDAR_RANGE_M:.0f} m',
            got=f'{farthest_m:.1f} m' if farthest_m else 'no depth at all',
            where=where,
            remedy='check that the depth is uint16 metres x 256',
        )


def check_measurements(
    truth_m: FloatImage, measurements: DepthMeasurements, *, where: str
) -> None:
    """Compares a truth with measurements of the same frame.

    Where both know a pixel, the median of their ratio is within 20 % of 1; needs 50 such pixels.

    Args:
        truth_m: (H, W) float32 metres; 0 = unknown, +Inf = sky.
        measurements: on the same grid.
        where: the files, for the error.

    Raises:
        DataFileError: the two do not agree.
    """
    height, width = truth_m.shape
    row = np.clip(np.rint(measurements.v_px), 0, height - 1).astype(np.int64)
    column = np.clip(np.rint(measurements.u_px), 0, width - 1).astype(np.int64)
    there_m = truth_m[row, column]
    known = np.isfinite(there_m) & (there_m > 0.0)
    if np.count_nonzero(known) < MIN_COMPARED:
        return
    ratio = float(np.median(there_m[known] / measurements.depth_m[known]))
    if not 0.8 <= ratio <= 1.25:
        raise DataFileError(
            expected='true and measured depth that agree',
            got=f'a truth {ratio:.2f} times as far away',
            where=where,
            remedy='check the unit of the depth, and that both are of the same frame',
        )
