"""What one frame has: how much depth, where, how far, how much sky, which objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.projection import project_scan, rasterize_nearest
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.sample import DepthSample

DEPTH_EDGES_M = (0.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 80.0, 120.0, 250.0, np.inf)
"""Borders of the depth histogram, metres; sky is not part of it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FrameStatistics:
    """Figures of one frame.

    Attributes:
        size: (height, width) pixels.
        known_share: pixels with a finite true depth, of all.
        sky_share: pixels known to be sky, of all.
        depth_counts: (bins,) int64 pixels of true depth, else measurements, by distance.
        median_depth_m: of the same; NaN where there is none.
        measured_share: pixels with a measurement, of all; NaN without sensor.
        in_view_share: points of the scan that fall into the image, of all; NaN without scan.
        instance_pixels: pixels of every instance; None where instances are not known.
    """

    size: tuple[int, int]
    known_share: float
    sky_share: float
    depth_counts: NDArray[np.int64]
    median_depth_m: float
    measured_share: float
    in_view_share: float
    instance_pixels: tuple[int, ...] | None


def frame_statistics(sample: DepthSample) -> FrameStatistics:
    """Counts what a frame has."""
    size = (sample.camera.height, sample.camera.width)
    measurements, in_view_share = _measurements(sample)
    known = sample.known
    depth_m = sample.truth_m[known]
    if not len(depth_m) and measurements is not None:
        depth_m = measurements.depth_m
    measured_share = float('nan')
    if measurements is not None:
        measured_share = float((rasterize_nearest(measurements, sample.camera, size) > 0).mean())
    areas: tuple[int, ...] | None = None
    if sample.instance_ids is not None:
        counts = np.bincount(sample.instance_ids.ravel())[1:]
        areas = tuple(counts[counts > 0].tolist())
    return FrameStatistics(
        size=size,
        known_share=float(known.mean()),
        sky_share=float(sample.sky.mean()),
        depth_counts=np.histogram(depth_m, DEPTH_EDGES_M)[0].astype(np.int64),
        median_depth_m=float(np.median(depth_m)) if len(depth_m) else float('nan'),
        measured_share=measured_share,
        in_view_share=in_view_share,
        instance_pixels=areas,
    )


def _measurements(sample: DepthSample) -> tuple[DepthMeasurements | None, float]:
    """What the frame's sensor measured, and the share of its scan that is in view."""
    if sample.scan is None or sample.camera_from_lidar is None:
        return sample.measurements, float('nan')
    points_m = sample.scan.points_m
    seen = project_scan(points_m, sample.camera_from_lidar, sample.camera).measurements
    return seen, len(seen) / len(points_m)
