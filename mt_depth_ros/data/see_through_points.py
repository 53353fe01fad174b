"""Background depth on foreground pixels: what a LiDAR mounted apart from the camera measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import FloatArray
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.measurement_geometry import with_depth
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sampling_checks import refused, require_probability


@dataclass(frozen=True, kw_only=True, slots=True)
class SeeThrough:
    """Puts background depth on foreground pixels, where the LiDAR looks past an object's edge.

    The LiDAR sits at ``lidar_offset_m`` from the camera. Seen from there, a point at pixel p and
    depth z is displaced by ``flow(p) / z`` pixels, with
    ``flow(p) = (oz (u - cx) - fx ox, oz (v - cy) - fy oy)``. Background at depth b hidden behind
    foreground at p and depth z is in the LiDAR's view if the foreground ends within
    ``|flow| (1/z - 1/b)`` pixels of p, against the flow. Its depth is read there. Needs dense
    truth; where that is unknown or sky, nothing changes.

    Attributes:
        lidar_offset_m: right, down and forward of the camera (KITTI's scanner is 8 cm above and
            27 cm behind; -0.4 m down stands for one on a higher roof).
        share: the probability that a measurement with such a background shows it, in [0, 1].
        max_reach_px: how far from p the edge is looked for.

    Raises:
        ConfigError: a value out of range.
    """

    lidar_offset_m: tuple[float, float, float] = (0.0, -0.4, 0.0)
    share: float = 0.5
    max_reach_px: int = 64

    def __post_init__(self) -> None:
        require_probability('SeeThrough, share', self.share)
        if self.max_reach_px < 1 or not np.isfinite(self.lidar_offset_m).all():
            raise refused('SeeThrough', 'a finite offset and a reach of 1 or more', self)

    def apply(
        self, measurements: DepthMeasurements, sample: DepthSample, rng: np.random.Generator
    ) -> DepthMeasurements:
        """Replaces the depth of some measurements by what shows behind them."""
        background_m = self.background_behind(measurements, sample)
        shows = (rng.random(len(measurements)) < self.share) & np.isfinite(background_m)
        return with_depth(measurements, np.where(shows, background_m, measurements.depth_m))

    def background_behind(
        self, measurements: DepthMeasurements, sample: DepthSample
    ) -> FloatArray:
        """(N,) float32 metres: the background the LiDAR sees at each place, NaN where none."""
        camera, truth_m = sample.camera, sample.truth_m
        right_m, down_m, forward_m = self.lidar_offset_m
        flow_u = forward_m * (measurements.u_px - camera.cx) - camera.fx * right_m
        flow_v = forward_m * (measurements.v_px - camera.cy) - camera.fy * down_m
        length = np.maximum(np.hypot(flow_u, flow_v), 1e-9)
        nearness = 1.0 / measurements.depth_m
        found = np.full(len(measurements), np.nan, np.float32)
        open_ = np.arange(len(measurements))
        for step in range(1, self.max_reach_px + 1):
            open_ = open_[length[open_] * nearness[open_] > step]
            if not len(open_):
                break
            u_px = measurements.u_px[open_] - step * flow_u[open_] / length[open_]
            v_px = measurements.v_px[open_] - step * flow_v[open_] / length[open_]
            column, row = np.rint(u_px).astype(np.int64), np.rint(v_px).astype(np.int64)
            inside = (column >= 0) & (column < camera.width) & (row >= 0) & (row < camera.height)
            open_ = open_[inside]
            there_m = truth_m[row[inside], column[inside]]
            is_known = np.isfinite(there_m) & (there_m > 0.0)
            behind = 1.0 / np.where(is_known, there_m, np.inf)
            reached = is_known & (length[open_] * (nearness[open_] - behind) >= step)
            found[open_[reached]] = there_m[reached]
            open_ = open_[~reached]
        return found
