"""What goes wrong with measured depth: holes, noise, outliers, a crooked mount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.measurement_geometry import (
    chosen,
    measured_in_view,
    points_of,
    with_depth,
)
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sampling_checks import refused, require_probability


class SparseDegradation(Protocol):
    """Changes the sparse input of a frame."""

    def apply(
        self, measurements: DepthMeasurements, sample: DepthSample, rng: np.random.Generator
    ) -> DepthMeasurements:
        """Degrades measurements.

        Args:
            measurements: the sparse input so far.
            sample: the frame they belong to.
            rng: where all randomness comes from.
        """


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Outliers:
    """Replaces some depths by values from the bulk of the frame's own range.

    The values are uniform between the 10th and 90th percentile of the measurements.

    Attributes:
        share: the probability that a measurement is replaced, in [0, 1].

    Raises:
        ConfigError: out of range.
    """

    share: float = 0.05

    def __post_init__(self) -> None:
        require_probability('Outliers, share', self.share)

    def apply(
        self, measurements: DepthMeasurements, sample: DepthSample, rng: np.random.Generator
    ) -> DepthMeasurements:
        """Replaces depths; the places stay."""
        if not len(measurements):
            return measurements
        low, high = np.percentile(measurements.depth_m, [10.0, 90.0])
        replaced = rng.random(len(measurements)) < self.share
        wrong = rng.uniform(low, high, len(measurements)).astype(np.float32)
        return with_depth(measurements, np.where(replaced, wrong, measurements.depth_m))


@dataclass(frozen=True, kw_only=True, slots=True)
class RangeNoise:
    """Adds Gaussian noise of standard deviation ``sigma_m + relative_sigma * depth``.

    Attributes:
        sigma_m: metres.
        relative_sigma: a share of the depth.

    Raises:
        ConfigError: a value below 0.
    """

    sigma_m: float = 0.02
    relative_sigma: float = 0.0

    def __post_init__(self) -> None:
        if min(self.sigma_m, self.relative_sigma) < 0.0:
            raise refused('RangeNoise', 'standard deviations of 0 or more', self)

    def apply(
        self, measurements: DepthMeasurements, sample: DepthSample, rng: np.random.Generator
    ) -> DepthMeasurements:
        """Adds noise; a depth that falls to 0 or below is lost."""
        depth_m = measurements.depth_m
        sigma_m = self.sigma_m + self.relative_sigma * depth_m
        noise_m = rng.standard_normal(len(depth_m), np.float32) * sigma_m
        return with_depth(measurements, (depth_m + noise_m).astype(np.float32))


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtrinsicJitter:
    """Moves all measurements as a wrong extrinsic does, by one draw per frame.

    Attributes:
        rotation_deg: largest rotation about each axis, uniform.
        translation_m: largest shift along each axis, uniform.

    Raises:
        ConfigError: a value below 0.
    """

    rotation_deg: float = 0.25
    translation_m: float = 0.02

    def __post_init__(self) -> None:
        if min(self.rotation_deg, self.translation_m) < 0.0:
            raise refused('ExtrinsicJitter', 'limits of 0 or more', self)

    def apply(
        self, measurements: DepthMeasurements, sample: DepthSample, rng: np.random.Generator
    ) -> DepthMeasurements:
        """Rotates about the camera, shifts, and projects again; what leaves the view is lost."""
        turn = np.radians(rng.uniform(-self.rotation_deg, self.rotation_deg, 3))
        shift = rng.uniform(-self.translation_m, self.translation_m, 3)
        rotation = cv2.Rodrigues(turn)[0]
        points_m = points_of(measurements, sample.camera) @ rotation.T + shift
        return measured_in_view(points_m.astype(np.float32), sample.camera)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sometimes:
    """Applies a degradation to some of the frames.

    Attributes:
        degradation: what to apply.
        probability: of a frame to get it, in [0, 1].

    Raises:
        ConfigError: out of range.
    """

    degradation: SparseDegradation
    probability: float = 0.5

    def __post_init__(self) -> None:
        require_probability('Sometimes, probability', self.probability)

    def apply(
        self, measurements: DepthMeasurements, sample: DepthSample, rng: np.random.Generator
    ) -> DepthMeasurements:
        """Draws whether, then applies."""
        if rng.random() >= self.probability:
            return measurements
        return self.degradation.apply(measurements, sample, rng)


def _pixels(
    measurements: DepthMeasurements, sample: DepthSample
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]:
    """Row and column of the pixel each measurement lies in."""
    row = np.clip(np.rint(measurements.v_px), 0, sample.camera.height - 1)
    column = np.clip(np.rint(measurements.u_px), 0, sample.camera.width - 1)
    return row.astype(np.int64), column.astype(np.int64)
