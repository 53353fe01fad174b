"""The same frame seen otherwise: mirrored, cropped or resized, with all of its geometry.

Whatever moves in the image moves in the intrinsics, the measurements, the LiDAR scan and the
poses: projecting the scan of the new frame gives the new frame's measurements.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mt_depth_ros.core.arrays import AnyArray
from mt_depth_ros.core.resizing import GridResizer
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.measurement_geometry import chosen
from mt_depth_ros.data.sample import DepthSample

_MIRROR_X = np.diag([-1.0, 1.0, 1.0])
_MIRROR_Y = np.diag([1.0, -1.0, 1.0])


def mirrored(sample: DepthSample) -> DepthSample:
    """Left and right exchanged.

    The world is mirrored along x of the camera (and of the poses' world), and along y of the
    LiDAR, so that every transform stays a rotation and a shift.
    """
    camera = sample.camera
    return replace(
        sample,
        camera=replace(
            camera,
            cx=camera.width - 1 - camera.cx,
            rotation=_MIRROR_X @ camera.rotation @ _MIRROR_X,
            offset_m=_MIRROR_X @ camera.offset_m,
        ),
        image_rgb=_flipped(sample.image_rgb),
        truth_m=_flipped(sample.truth_m),
        measurements=_mirrored_measurements(sample),
        scan=sample.scan
        and replace(sample.scan, points_m=sample.scan.points_m @ _MIRROR_Y.astype(np.float32)),
        camera_from_lidar=_between_mirrors(_MIRROR_X, sample.camera_from_lidar, _MIRROR_Y),
        instance_ids=None if sample.instance_ids is None else _flipped(sample.instance_ids),
        class_ids=None if sample.class_ids is None else _flipped(sample.class_ids),
        camera_from_world=_between_mirrors(_MIRROR_X, sample.camera_from_world, _MIRROR_X),
    )


def cropped(sample: DepthSample, *, top: int, left: int, height: int, width: int) -> DepthSample:
    """Cuts a window out of the image.

    Args:
        sample: the frame.
        top: first row kept.
        left: first column kept.
        height: rows kept.
        width: columns kept.

    Raises:
        ValueError: the window is empty or leaves the image.
    """
    camera = sample.camera
    fits = top >= 0 and left >= 0 and min(height, width) > 0
    if not fits or top + height > camera.height or left + width > camera.width:
        raise ValueError(
            f'expected a window inside {camera.width}x{camera.height}, '
            f'got {width}x{height} at column {left}, row {top}'
        )
    window = (slice(top, top + height), slice(left, left + width))
    measurements = sample.measurements
    if measurements is not None:
        measurements = _in_window(measurements, top, left, height, width)
    return replace(
        sample,
        camera=replace(
            camera, width=width, height=height, cx=camera.cx - left, cy=camera.cy - top
        ),
        image_rgb=np.ascontiguousarray(sample.image_rgb[window]),
        truth_m=np.ascontiguousarray(sample.truth_m[window]),
        measurements=measurements,
        instance_ids=None if sample.instance_ids is None else sample.instance_ids[window].copy(),
        class_ids=None if sample.class_ids is None else sample.class_ids[window].copy(),
    )


def resized(sample: DepthSample, *, height: int, width: int) -> DepthSample:
    """Resizes the frame; the picture is averaged, depth and labels take the nearest pixel.

    Depth values do not change: a larger picture of the same view has a longer focal length.

    Args:
        sample: the frame.
        height: rows of the new grid.
        width: columns of the new grid.

    Raises:
        ValueError: a size is not positive.
    """
    old = (sample.camera.height, sample.camera.width)
    if (height, width) == old:
        return sample
    resizer = GridResizer(camera_size=old, grid_size=(height, width))
    nearest = np.ix_(_nearest_index(old[0], height), _nearest_index(old[1], width))
    measurements = sample.measurements
    if measurements is not None:
        measurements = DepthMeasurements(
            u_px=_rescaled(measurements.u_px, width / old[1]),
            v_px=_rescaled(measurements.v_px, height / old[0]),
            depth_m=measurements.depth_m,
        )
    return replace(
        sample,
        camera=sample.camera.scaled_to(width, height),
        image_rgb=resizer.image_to_grid(sample.image_rgb),
        truth_m=sample.truth_m[nearest],
        measurements=measurements,
        instance_ids=None if sample.instance_ids is None else sample.instance_ids[nearest],
        class_ids=None if sample.class_ids is None else sample.class_ids[nearest],
    )


def _flipped(image: AnyArray) -> AnyArray:
    return np.ascontiguousarray(image[:, ::-1])


def _mirrored_measurements(sample: DepthSample) -> DepthMeasurements | None:
    if sample.measurements is None:
        return None
    last = np.float32(sample.camera.width - 1)
    return replace(sample.measurements, u_px=last - sample.measurements.u_px)


def _between_mirrors(
    after: AnyArray, transform: RigidTransform | None, before: AnyArray
) -> RigidTransform | None:
    if transform is None:
        return None
    return RigidTransform(after @ transform.rotation @ before, after @ transform.translation_m)


def _in_window(
    measurements: DepthMeasurements, top: int, left: int, height: int, width: int
) -> DepthMeasurements:
    u_px = measurements.u_px - np.float32(left)
    v_px = measurements.v_px - np.float32(top)
    inside = (u_px >= -0.5) & (u_px < width - 0.5) & (v_px >= -0.5) & (v_px < height - 0.5)
    return chosen(replace(measurements, u_px=u_px, v_px=v_px), inside)


def _nearest_index(old: int, new: int) -> AnyArray:
    return ((np.arange(new) + 0.5) * (old / new)).astype(np.int64)


def _rescaled(position_px: AnyArray, scale: float) -> AnyArray:
    return ((position_px + 0.5) * scale - 0.5).astype(np.float32)
