"""Where a sensor measures: patterns that pick sparse input from the truth or from a real sensor.

Every pattern is a frozen value with a ``draw`` that takes all randomness from the generator it is
given, so one pattern serves training (a running generator) and evaluation (one per frame).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from mt_depth_ros.core.arrays import FloatArray
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.lidar_lines import elevation_bands, line_numbers
from mt_depth_ros.data.measurement_geometry import chosen, measured_at, points_of
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sampling_checks import refused

HDL64_ELEVATIONS_DEG = (
    *(2.0 - beam / 3.0 for beam in range(32)),
    *(-8.83 - beam / 2.0 for beam in range(32)),
)
"""The beams of KITTI's Velodyne HDL-64E, from the top: its data sheet gives 1/3 degree from +2 to
-8.33 and 1/2 degree from -8.83 to -24.33."""


class SparsePattern(Protocol):
    """Picks the places where depth is measured."""

    def draw(self, sample: DepthSample, rng: np.random.Generator) -> DepthMeasurements:
        """Draws the sparse input of one frame.

        Args:
            sample: the frame; only its known, finite depth is measured.
            rng: where all randomness comes from.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class BernoulliPattern:
    """Keeps each known pixel with a probability (MT-Depth: 0.05).

    With one seed, the pixels of a lower probability are among those of a higher one.

    Attributes:
        keep_probability: in (0, 1].

    Raises:
        ConfigError: out of range.
    """

    keep_probability: float = 0.05

    def __post_init__(self) -> None:
        if not 0.0 < self.keep_probability <= 1.0:
            raise refused('BernoulliPattern, keep_probability', 'in (0, 1]', self.keep_probability)

    def draw(self, sample: DepthSample, rng: np.random.Generator) -> DepthMeasurements:
        """Draws pixels of the sample's own grid."""
        kept = rng.random(sample.truth_m.shape, np.float32) < self.keep_probability
        return measured_at(sample.truth_m, *np.nonzero(kept & sample.known))


@dataclass(frozen=True, kw_only=True, slots=True)
class RandomDensityPattern:
    """Bernoulli with a probability drawn per frame, uniform in its logarithm.

    Attributes:
        lowest, highest: the range of the probability, in (0, 1].

    Raises:
        ConfigError: out of range.
    """

    lowest: float = 0.001
    highest: float = 0.2

    def __post_init__(self) -> None:
        if not 0.0 < self.lowest <= self.highest <= 1.0:
            raise refused('RandomDensityPattern', '0 < lowest <= highest <= 1', self)

    def draw(self, sample: DepthSample, rng: np.random.Generator) -> DepthMeasurements:
        """Draws a density, then pixels of the sample's own grid."""
        density = float(np.exp(rng.uniform(np.log(self.lowest), np.log(self.highest))))
        return BernoulliPattern(keep_probability=min(density, 1.0)).draw(sample, rng)


@dataclass(frozen=True, kw_only=True, slots=True)
class PointCountPattern:
    """Exactly ``count`` known pixels, or all of them where there are fewer.

    Attributes:
        count: at least 1.

    Raises:
        ConfigError: out of range.
    """

    count: int = 500

    def __post_init__(self) -> None:
        if self.count < 1:
            raise refused('PointCountPattern, count', 'at least 1', self.count)

    def draw(self, sample: DepthSample, rng: np.random.Generator) -> DepthMeasurements:
        """Draws pixels of the sample's own grid without repetition."""
        row, column = np.nonzero(sample.known)
        picked = rng.permutation(len(row))[: self.count]
        return measured_at(sample.truth_m, row[picked], column[picked])


@dataclass(frozen=True, kw_only=True, slots=True)
class LidarLinesPattern:
    """The pixels that a spinning LiDAR at the camera's place would hit.

    A beam of elevation e at azimuth a meets the image at
    ``u = cx + fx tan(a)``, ``v = cy - fy tan(e) / cos(a)``.

    Attributes:
        lines: beams. Without ``elevation_deg`` these are every n-th of the 64 beams of KITTI's
            scanner: 64, 32, 16, 8, 4, 2 or 1.
        elevation_deg: lowest and highest of evenly spaced beams, for other scanners.
        azimuth_step_deg: angle between two firings of a beam.
        pitch_jitter_deg: the sensor is tilted by up to this, drawn per frame.

    Raises:
        ConfigError: a value out of range.
    """

    lines: int = 64
    elevation_deg: tuple[float, float] | None = None
    azimuth_step_deg: float = 0.17
    pitch_jitter_deg: float = 0.0

    def __post_init__(self) -> None:
        low, high = self.elevation_deg or (-1.0, 1.0)
        if self.lines < 1 or not -89.0 < low < high < 89.0:
            raise refused('LidarLinesPattern', 'a line or more, low < high elevation', self)
        if self.elevation_deg is None and len(HDL64_ELEVATIONS_DEG) % self.lines:
            raise refused('LidarLinesPattern, lines', '64, 32, 16, 8, 4, 2 or 1', self.lines)
        if self.azimuth_step_deg <= 0.0 or self.pitch_jitter_deg < 0.0:
            raise refused('LidarLinesPattern', 'a step above 0 and a jitter >= 0', self)

    @property
    def elevations_deg(self) -> FloatArray:
        """(lines,) float32 elevation of each beam."""
        if self.elevation_deg is None:
            beams = HDL64_ELEVATIONS_DEG[:: len(HDL64_ELEVATIONS_DEG) // self.lines]
        else:
            beams = tuple(np.linspace(*self.elevation_deg, self.lines))
        return np.array(beams, np.float32)

    def draw(self, sample: DepthSample, rng: np.random.Generator) -> DepthMeasurements:
        """Measures where the beams go; the first azimuth is random."""
        camera = sample.camera
        step = np.radians(self.azimuth_step_deg)
        left = np.arctan((-0.5 - camera.cx) / camera.fx)
        right = np.arctan((camera.width - 0.5 - camera.cx) / camera.fx)
        azimuth = np.arange(left + rng.uniform(0.0, step), right, step)
        pitch_deg = rng.uniform(-self.pitch_jitter_deg, self.pitch_jitter_deg)
        elevation = np.radians(self.elevations_deg.astype(np.float64) + pitch_deg)
        u_px = np.broadcast_to(camera.cx + camera.fx * np.tan(azimuth), (self.lines, len(azimuth)))
        v_px = camera.cy - camera.fy * np.tan(elevation)[:, None] / np.cos(azimuth)
        row, column = np.rint(v_px).astype(np.int64), np.rint(u_px).astype(np.int64)
        hit = (row >= 0) & (row < camera.height) & (column >= 0) & (column < camera.width)
        row, column = row[hit], column[hit]
        returned = sample.known[row, column]
        return measured_at(sample.truth_m, row[returned], column[returned])


@dataclass(frozen=True, kw_only=True, slots=True)
class GridPattern:
    """A regular grid over the image: a low-resolution time-of-flight sensor.

    Attributes:
        rows, columns: zones of the sensor.
        value: ``point`` reads the pixel at the middle of a zone; ``median`` the median of the
            zone's known depth, as a sensor does that gathers light from all of it.

    Raises:
        ConfigError: a value out of range.
    """

    rows: int = 8
    columns: int = 8
    value: Literal['point', 'median'] = 'median'

    def __post_init__(self) -> None:
        if min(self.rows, self.columns) < 1 or self.value not in {'point', 'median'}:
            raise refused('GridPattern', 'one zone or more, of point or median', self)

    def draw(self, sample: DepthSample, rng: np.random.Generator) -> DepthMeasurements:
        """Reads every zone that has a known depth; nothing here is random."""
        height, width = sample.truth_m.shape
        row = ((np.arange(self.rows) + 0.5) * height / self.rows).astype(np.int64)
        column = ((np.arange(self.columns) + 0.5) * width / self.columns).astype(np.int64)
        row, column = (index.ravel() for index in np.meshgrid(row, column, indexing='ij'))
        if self.value == 'point':
            known = sample.known[row, column]
            return measured_at(sample.truth_m, row[known], column[known])
        medians = self._medians(sample)
        known = medians > 0.0
        return DepthMeasurements(
            u_px=column[known].astype(np.float32),
            v_px=row[known].astype(np.float32),
            depth_m=medians[known],
        )

    def _medians(self, sample: DepthSample) -> FloatArray:
        known = sample.known
        medians = [
            np.median(zone[zone_known]) if zone_known.any() else 0.0
            for band, band_known in zip(
                np.array_split(sample.truth_m, self.rows),
                np.array_split(known, self.rows),
                strict=True,
            )
            for zone, zone_known in zip(
                np.array_split(band, self.columns, axis=1),
                np.array_split(band_known, self.columns, axis=1),
                strict=True,
            )
        ]
        return np.array(medians, np.float32)


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredPattern:
    """What the frame's own sensor measured: its LiDAR scan, or else its sparse depth.

    Attributes:
        keep_every: keep every n-th line, starting with a random one; 1 keeps all. Of a 64-beam
            scanner 2, 4 and 8 leave 32, 16 and 8 lines. Lines are rings where the scan tells
            them, else elevation bands of 0.42 degrees.

    Raises:
        ConfigError: out of range, or (when drawn) the frame has nothing measured.
    """

    keep_every: int = 1

    def __post_init__(self) -> None:
        if self.keep_every < 1:
            raise refused('MeasuredPattern, keep_every', 'at least 1', self.keep_every)

    def draw(self, sample: DepthSample, rng: np.random.Generator) -> DepthMeasurements:
        """Thins out the measured lines."""
        first = int(rng.integers(self.keep_every))
        if sample.scan is not None and sample.camera_from_lidar is not None:
            kept = line_numbers(sample.scan) % self.keep_every == first
            points_m = sample.scan.points_m[kept]
            return project_scan(points_m, sample.camera_from_lidar, sample.camera).measurements
        if sample.measurements is None:
            raise ConfigError(
                expected='a LiDAR scan or sparse depth',
                got='neither',
                where=str(sample.identity),
                remedy='choose a pattern that draws from the truth, or a dataset with LiDAR',
            )
        right, down, forward = points_of(sample.measurements, sample.camera).T
        lines = elevation_bands(np.hypot(right, forward), -down)
        return chosen(sample.measurements, lines % self.keep_every == first)


@dataclass(frozen=True, kw_only=True, slots=True)
class MixedPattern:
    """One of several patterns, drawn per frame.

    Attributes:
        patterns: at least one.
        weights: one above 0 for each, in any unit; None for equal ones.

    Raises:
        ConfigError: the numbers of patterns and weights do not fit.
    """

    patterns: tuple[SparsePattern, ...]
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        weights = self.weights if self.weights is not None else (1.0,) * len(self.patterns)
        if not self.patterns or len(weights) != len(self.patterns) or min(weights) <= 0.0:
            raise refused('MixedPattern', 'a weight above 0 for each pattern', self)

    def draw(self, sample: DepthSample, rng: np.random.Generator) -> DepthMeasurements:
        """Draws which pattern, then its points."""
        weights = np.array(self.weights or (1.0,) * len(self.patterns))
        picked = int(rng.choice(len(self.patterns), p=weights / weights.sum()))
        return self.patterns[picked].draw(sample, rng)
