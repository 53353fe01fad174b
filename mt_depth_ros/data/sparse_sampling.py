"""The sparse input of a frame: a pattern, what goes wrong with it, and how old it is.

For evaluation the randomness comes from the frame's name (:func:`draw_for_evaluation`), so every
model sees the same points on every machine; for training from a running generator
(:func:`draw_sparse`). Each stage has a generator of its own: adding a degradation does not move
the points of the pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.measurement_geometry import chosen, measured_in_view, points_of
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sampling_checks import refused
from mt_depth_ros.data.sparse_degradations import SparseDegradation
from mt_depth_ros.data.sparse_patterns import BernoulliPattern, SparsePattern

EVALUATION = 'sparse input'
"""The purpose of a frame's random generator that every evaluation uses."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TemporalOffset:
    """The sparse input is from an earlier frame of the sequence.

    Attributes:
        frames: how many frames earlier, at least 1.
        compensates_motion: move the points by the camera's own motion since then, so that only
            what moves by itself is misplaced.

    Raises:
        ConfigError: out of range.
    """

    frames: int = 1
    compensates_motion: bool = False

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise refused('TemporalOffset, frames', 'at least 1', self.frames)


@dataclass(frozen=True, kw_only=True, slots=True)
class SparseSampling:
    """How the sparse input of a frame comes about.

    Attributes:
        pattern: where depth is measured.
        degradations: applied in order.
        temporal: None for a sensor in step with the camera.
        min_depth_m, max_depth_m: the sensor's range along the optical axis, metres.

    Raises:
        ConfigError: the range is empty.
    """

    pattern: SparsePattern = field(default_factory=BernoulliPattern)
    degradations: tuple[SparseDegradation, ...] = ()
    temporal: TemporalOffset | None = None
    min_depth_m: float = 0.5
    max_depth_m: float = 120.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.min_depth_m < self.max_depth_m:
            raise refused('SparseSampling', '0 <= min_depth_m < max_depth_m', self)


def draw_sparse(
    sample: DepthSample,
    sampling: SparseSampling,
    rng: np.random.Generator,
    *,
    earlier: DepthSample | None = None,
) -> DepthSample:
    """Gives a frame its sparse input.

    Args:
        sample: the frame.
        sampling: how.
        rng: a running generator; it advances by the same amount whatever the config.
        earlier: the frame ``sampling.temporal.frames`` before; needed with a temporal offset.

    Returns:
        The frame with new ``measurements``.

    Raises:
        ConfigError: the sampling needs something that the frame lacks.
        ValueError: ``earlier`` is not the frame that the temporal offset names.
    """
    pattern_seed, degradation_seed = rng.integers(0, 2**63, size=2)
    measured = sample if sampling.temporal is None else _checked(earlier, sample, sampling)
    measured = _within_range(measured, sampling)
    measurements = sampling.pattern.draw(measured, np.random.default_rng(pattern_seed))
    if measured.identity != sample.identity:
        measurements = _moved_on(measurements, measured, sample, sampling)
    for place, degradation in enumerate(sampling.degradations):
        stage_rng = np.random.default_rng([int(degradation_seed), place])
        measurements = degradation.apply(measurements, sample, stage_rng)
    depth_m = measurements.depth_m
    in_range = (depth_m >= sampling.min_depth_m) & (depth_m <= sampling.max_depth_m)
    return replace(sample, measurements=chosen(measurements, in_range))


def draw_for_evaluation(
    sample: DepthSample, sampling: SparseSampling, *, earlier: DepthSample | None = None
) -> DepthSample:
    """Gives a frame the sparse input that belongs to its name, the same at every call.

    Arguments and errors are as in :func:`draw_sparse`.
    """
    rng = sample.identity.generator(EVALUATION)
    return draw_sparse(sample, sampling, rng, earlier=earlier)


class SampledFrames:
    """A dataset whose frames have sparse input that depends on their names alone.

    With a temporal offset the first frames of every sequence, which have no earlier one, are not
    part of it.

    Args:
        dataset: where to read from.
        sampling: how the sparse input comes about.
        purpose: evaluation, unless told otherwise; another text draws other points, so one a
            training epoch makes training random and yet the same when it is repeated or resumed.
    """

    def __init__(
        self, dataset: DepthDataset, sampling: SparseSampling, *, purpose: str = EVALUATION
    ) -> None:
        self._dataset = dataset
        self._sampling = sampling
        self._purpose = purpose
        self._place = {identity: index for index, identity in enumerate(dataset.identities)}
        offset = sampling.temporal.frames if sampling.temporal else 0
        self._identities = tuple(
            identity
            for identity in dataset.identities
            if identity.frame >= offset and identity.shifted(-offset) in self._place
        )
        self._offset = offset

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return self._identities

    def __len__(self) -> int:
        return len(self._identities)

    def __getitem__(self, index: int) -> DepthSample:
        identity = self._identities[index]
        sample = self._dataset[self._place[identity]]
        earlier = None
        if self._offset:
            earlier = self._dataset[self._place[identity.shifted(-self._offset)]]
        rng = identity.generator(self._purpose)
        return draw_sparse(sample, self._sampling, rng, earlier=earlier)


def _checked(
    earlier: DepthSample | None, sample: DepthSample, sampling: SparseSampling
) -> DepthSample:
    offset = sampling.temporal.frames if sampling.temporal else 0
    wanted = sample.identity.shifted(-offset)
    if earlier is None or earlier.identity != wanted:
        got = None if earlier is None else str(earlier.identity)
        raise ValueError(f'earlier: expected the frame {wanted}, got {got}')
    return earlier


def _within_range(sample: DepthSample, sampling: SparseSampling) -> DepthSample:
    """The frame with its truth known in the sensor's range only."""
    truth_m = sample.truth_m
    in_range = (truth_m >= sampling.min_depth_m) & (truth_m <= sampling.max_depth_m)
    return replace(sample, truth_m=np.where(in_range, truth_m, np.float32(0.0)))


def _moved_on(
    measurements: DepthMeasurements,
    earlier: DepthSample,
    sample: DepthSample,
    sampling: SparseSampling,
) -> DepthMeasurements:
    points_m = points_of(measurements, earlier.camera)
    if sampling.temporal is not None and sampling.temporal.compensates_motion:
        if sample.camera_from_world is None or earlier.camera_from_world is None:
            raise ConfigError(
                expected='camera poses, to compensate motion',
                got='none',
                where=str(sample.identity),
                remedy='set compensates_motion to false, or use a dataset with poses',
            )
        now_from_then = sample.camera_from_world @ earlier.camera_from_world.inverse()
        in_camera_m = now_from_then.apply(earlier.camera.camera_from_rectified(points_m))
        points_m = sample.camera.rectified_from_camera(in_camera_m)
    return measured_in_view(points_m, sample.camera)
