"""Where a sensor measures nothing: outside its field of view, on objects, in sectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.measurement_geometry import chosen, points_of
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sampling_checks import refused, require_probability


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldOfViewCut:
    """Leaves only what a narrower sensor sees.

    Attributes:
        azimuth_deg: leftmost and rightmost direction kept, 0 = forward, right is positive.
        elevation_deg: lowest and highest direction kept, 0 = level with the optical axis.

    Raises:
        ConfigError: a range is empty.
    """

    azimuth_deg: tuple[float, float] = (-30.0, 30.0)
    elevation_deg: tuple[float, float] = (-90.0, 90.0)

    def __post_init__(self) -> None:
        for name in ('azimuth_deg', 'elevation_deg'):
            low, high = getattr(self, name)
            if not low < high:
                raise refused(f'FieldOfViewCut, {name}', 'low < high', (low, high))

    def apply(
        self, measurements: DepthMeasurements, sample: DepthSample, rng: np.random.Generator
    ) -> DepthMeasurements:
        """Drops what lies outside."""
        right, down, forward = points_of(measurements, sample.camera).T
        azimuth = np.degrees(np.arctan2(right, forward))
        elevation = np.degrees(np.arctan2(-down, np.hypot(right, forward)))
        inside = (azimuth >= self.azimuth_deg[0]) & (azimuth <= self.azimuth_deg[1])
        inside &= (elevation >= self.elevation_deg[0]) & (elevation <= self.elevation_deg[1])
        return chosen(measurements, inside)


@dataclass(frozen=True, kw_only=True, slots=True)
class SectorHoles:
    """Takes every measurement out of some directions, as dirt, a mast or a lost packet does.

    The view is cut into sectors of one width, drawn for the frame, from a drawn direction on.

    Attributes:
        share: the probability that a sector loses its measurements, in [0, 1].
        width_deg: narrowest and widest sector, degrees of azimuth.

    Raises:
        ConfigError: out of range.
    """

    share: float = 0.2
    width_deg: tuple[float, float] = (2.0, 8.0)

    def __post_init__(self) -> None:
        require_probability('SectorHoles, share', self.share)
        if not 0.0 < self.width_deg[0] <= self.width_deg[1] <= 180.0:
            raise refused('SectorHoles, width_deg', '0 < narrowest <= widest <= 180', self)

    def apply(
        self, measurements: DepthMeasurements, sample: DepthSample, rng: np.random.Generator
    ) -> DepthMeasurements:
        """Draws the sectors, then empties some."""
        width_deg = rng.uniform(*self.width_deg)
        start_deg = rng.uniform(0.0, width_deg)
        num_sectors = int(np.ceil(180.0 / width_deg)) + 1
        is_kept = rng.random(num_sectors) >= self.share
        right, _, forward = points_of(measurements, sample.camera).T
        azimuth_deg = np.degrees(np.arctan2(right, forward))
        sector = np.floor((azimuth_deg + 90.0 + start_deg) / width_deg).astype(np.int64)
        return chosen(measurements, is_kept[sector.clip(0, num_sectors - 1)])


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectHoles:
    """Takes every measurement off some of the objects, as dark or wet paint does.

    Attributes:
        share: the probability that an object loses its measurements, in [0, 1].

    Raises:
        ConfigError: out of range, or (when applied) the frame has no instance ids.
    """

    share: float = 0.3

    def __post_init__(self) -> None:
        require_probability('ObjectHoles, share', self.share)

    def apply(
        self, measurements: DepthMeasurements, sample: DepthSample, rng: np.random.Generator
    ) -> DepthMeasurements:
        """Draws the objects among the instances in view."""
        if sample.instance_ids is None:
            raise ConfigError(
                expected='instance ids, to know the objects',
                got='none',
                where=str(sample.identity),
                remedy='leave ObjectHoles out, or read the dataset with its instances',
            )
        ids = np.unique(sample.instance_ids[sample.instance_ids > 0])
        emptied = ids[rng.random(len(ids)) < self.share]
        row, column = _pixels(measurements, sample)
        return chosen(measurements, ~np.isin(sample.instance_ids[row, column], emptied))


def _pixels(
    measurements: DepthMeasurements, sample: DepthSample
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]:
    """Row and column of the pixel each measurement lies in."""
    row = np.clip(np.rint(measurements.v_px), 0, sample.camera.height - 1)
    column = np.clip(np.rint(measurements.u_px), 0, sample.camera.width - 1)
    return row.astype(np.int64), column.astype(np.int64)
