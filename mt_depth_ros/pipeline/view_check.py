"""Why a scan misses the image: counts, the transform in words, and a likely cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform, transform_points

# x right, y down, z forward, out of x forward, y left, z up (REP-103).
_OPTICAL_FROM_BODY = RigidTransform(
    np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]), np.zeros(3)
)
_MILLIMETRE_M = np.float32(1e-3)

# A cause is named if it would bring at least so many, and this share, of the points into view ...
_CONVINCING_NUMBER = 10
_CONVINCING_SHARE = 0.02
# ... and so many times more than there are.
_CONVINCING_GAIN = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class DepthRange:
    """The depth that is kept.

    Attributes:
        min_m, max_m: metres along the optical axis.
    """

    min_m: float
    max_m: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewReport:
    """How a scan lies in the view.

    Attributes:
        got: how many of how many points are in view, and where the others are.
        where: both frames and the transform between them.
        remedy: what to check, the likely cause first.
    """

    got: str
    where: str
    remedy: str


def report_view(
    scan: LidarScan,
    camera_from_lidar: RigidTransform,
    camera: RectifiedCamera,
    depth_range: DepthRange,
    *,
    camera_frame: str,
) -> ViewReport:
    """Says how a scan lies in the view; a few projections' work, for when something is wrong.

    Args:
        scan: the points.
        camera_from_lidar: the transform that was used.
        camera: the rectified grid.
        depth_range: the depth that is kept.
        camera_frame: the image's frame.
    """
    in_view = _in_view(scan.points_m, camera_from_lidar, camera, depth_range)
    depth_m = transform_points(scan.points_m, _rows(camera_from_lidar))[:, 2]
    behind = int(np.count_nonzero(depth_m <= 0.0))
    number = len(scan.points_m)
    share = f', {behind / number:.0%} of them behind the camera' if number else ''
    count = 'none' if in_view == 0 else str(in_view)
    return ViewReport(
        got=f'{count} of {number} points{share}',
        where=f'depth from frame {scan.frame_id!r} in the image of frame {camera_frame!r} '
        f'({_in_words(camera_from_lidar)})',
        remedy=_remedy(scan, camera_from_lidar, camera, depth_range, in_view=in_view),
    )


def _remedy(
    scan: LidarScan,
    used: RigidTransform,
    camera: RectifiedCamera,
    depth_range: DepthRange,
    *,
    in_view: int,
) -> str:
    wanted = max(
        _CONVINCING_NUMBER, _CONVINCING_SHARE * len(scan.points_m), _CONVINCING_GAIN * in_view
    )
    causes = (
        (
            used.inverse(),
            scan.points_m,
            'the extrinsic looks inverted: give the transform the other way round (swap parent '
            'and child, or invert T_cam_lidar)',
        ),
        (
            _OPTICAL_FROM_BODY @ used,
            scan.points_m,
            "the image's frame looks like a body frame (x forward): use the optical frame "
            '(x right, y down, z forward) in the header of image and camera_info and in the '
            'extrinsic',
        ),
        (
            used,
            scan.points_m * _MILLIMETRE_M,
            'the points look like millimetres: ROS clouds are in metres',
        ),
    )
    for transform, points_m, text in causes:
        found = _in_view(points_m, transform, camera, depth_range)
        if found >= wanted:
            return f'{text}; that would bring {found} points into view'
    return (
        'check the extrinsic between the two frames (/tf_static or static_transforms), that the '
        'image names its optical frame (x right, y down, z forward), and that the sensor sees '
        'what the camera sees'
    )


def _in_view(
    points_m: np.ndarray, transform: RigidTransform, camera: RectifiedCamera, kept: DepthRange
) -> int:
    projected = project_scan(
        points_m, transform, camera, min_depth_m=kept.min_m, max_depth_m=kept.max_m
    )
    return len(projected.measurements)


def _in_words(camera_from_lidar: RigidTransform) -> str:
    """Where the sensor sits and looks, in the camera's own directions."""
    x_m, y_m, z_m = camera_from_lidar.translation_m
    x_axis = camera_from_lidar.rotation[:, 0]
    names = (('right', 'left'), ('down', 'up'), ('forward', 'backward'))
    axis = int(np.argmax(np.abs(x_axis)))
    direction = names[axis][int(x_axis[axis] < 0.0)]
    return (
        f'sensor at x {x_m:.2f}, y {y_m:.2f}, z {z_m:.2f} m of the camera, its x axis pointing '
        f'to the camera\'s "{direction}"'
    )


def _rows(transform: RigidTransform) -> np.ndarray:
    return np.column_stack([transform.rotation, transform.translation_m])
