"""What goes wrong with measured depth: noise, outliers, a crooked mount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.measurement_geometry import (
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
