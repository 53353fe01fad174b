"""Depth that was kept out of the input, to score predictions on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.projection import project_scan, rasterize_nearest
from mt_depth_ros.core.see_through import find_see_through
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.measurement_geometry import chosen
from mt_depth_ros.evaluation.metrics import DepthPairs, pairs_where_known


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KnownDepth:
    """Depth known at some pixels of a frame.

    Attributes:
        depth_m: (H, W) float32 metres on the rectified grid; 0 or NaN = unknown, +Inf = sky.
        source: what it is: ``withheld`` LiDAR or ``ground_truth``.
    """

    depth_m: FloatImage
    source: str

    def pairs(self, predicted_m: FloatImage, *, max_range_m: float) -> DepthPairs:
        """What a prediction says where this knows better, up to ``max_range_m``.

        An answer of +Inf says that nothing is in range, so it counts as a depth of
        ``max_range_m``, as in :mod:`frame_scoring`: calling what is hard sky hides no error.
        """
        scored_m = np.where(np.isposinf(predicted_m), np.float32(max_range_m), predicted_m)
        return pairs_where_known(scored_m, self.depth_m, max_depth_m=max_range_m)


def withheld_depth(
    withheld: LidarScan,
    camera_from_lidar: RigidTransform,
    camera: RectifiedCamera,
    *,
    hidden_behind: LidarScan,
) -> KnownDepth:
    """Lays withheld LiDAR points on the camera's grid; the nearest point of a pixel counts.

    Args:
        withheld: the points.
        camera_from_lidar: moves them into the camera's frame.
        camera: the rectified grid.
        hidden_behind: the rest of the scan: withheld points that show through it, or through
            each other, are left out (:mod:`core.see_through`).
    """
    measurements = project_scan(withheld.points_m, camera_from_lidar, camera).measurements
    rest = project_scan(hidden_behind.points_m, camera_from_lidar, camera).measurements
    together = DepthMeasurements(
        u_px=np.concatenate([measurements.u_px, rest.u_px]),
        v_px=np.concatenate([measurements.v_px, rest.v_px]),
        depth_m=np.concatenate([measurements.depth_m, rest.depth_m]),
    )
    is_seen = ~find_see_through(together, camera)[: len(measurements)]
    depth_m = rasterize_nearest(
        chosen(measurements, is_seen), camera, (camera.height, camera.width)
    )
    return KnownDepth(depth_m=depth_m, source='withheld')
