"""Sparse input: the same for everybody in evaluation, random in training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sparse_degradations import Outliers, RangeNoise
from mt_depth_ros.data.sparse_holes import ObjectHoles
from mt_depth_ros.data.sparse_patterns import (
    BernoulliPattern,
    LidarLinesPattern,
    MeasuredPattern,
    MixedPattern,
    PointCountPattern,
)
from mt_depth_ros.data.sparse_sampling import (
    draw_for_evaluation,
    draw_sparse,
    SampledFrames,
    SparseSampling,
    TemporalOffset,
)


def drawn(sample: DepthSample) -> DepthMeasurements:
    assert sample.measurements is not None
    return sample.measurements


def same(first: DepthMeasurements, second: DepthMeasurements) -> bool:
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in ('u_px', 'v_px', 'depth_m')
    )


SAMPLING = SparseSampling(
    pattern=MixedPattern(patterns=(BernoulliPattern(), LidarLinesPattern(lines=32))),
    degradations=(RangeNoise(sigma_m=0.1), Outliers(share=0.1)),
)


def test_evaluation_draws_the_same_points_at_every_call(
    make_sample: Callable[..., DepthSample],
) -> None:
    first = drawn(draw_for_evaluation(make_sample(), SAMPLING))
    assert same(drawn(draw_for_evaluation(make_sample(), SAMPLING)), first)
    assert len(first) > 0


def test_another_frame_gets_other_points(make_sample: Callable[..., DepthSample]) -> None:
    sampling = SparseSampling(pattern=PointCountPattern(count=50))
    here = make_sample()
    there = replace(here, identity=here.identity.shifted(1))
    assert not same(
        drawn(draw_for_evaluation(here, sampling)), drawn(draw_for_evaluation(there, sampling))
    )


def test_training_draws_other_points_each_time_and_repeats_with_its_generator(
    make_sample: Callable[..., DepthSample],
) -> None:
    rng = np.random.default_rng(4)
    first = drawn(draw_sparse(make_sample(), SAMPLING, rng))
    second = drawn(draw_sparse(make_sample(), SAMPLING, rng))
    assert not same(first, second)
    again = drawn(draw_sparse(make_sample(), SAMPLING, np.random.default_rng(4)))
    assert same(first, again)


def test_a_degradation_does_not_move_the_points_of_the_pattern(
    make_sample: Callable[..., DepthSample],
) -> None:
    clean = drawn(draw_for_evaluation(make_sample(), SparseSampling()))
    noisy = drawn(draw_for_evaluation(make_sample(), SparseSampling(degradations=(RangeNoise(),))))
    assert np.array_equal(noisy.u_px, clean.u_px)
    assert not np.array_equal(noisy.depth_m, clean.depth_m)


def test_what_is_out_of_the_sensors_range_is_not_measured(
    make_sample: Callable[..., DepthSample],
) -> None:
    truth_m = np.linspace(0.1, 200.0, 800, dtype=np.float32).reshape(20, 40)
    sampling = SparseSampling(
        pattern=PointCountPattern(count=100),
        degradations=(RangeNoise(sigma_m=5.0),),
        min_depth_m=2.0,
        max_depth_m=80.0,
    )
    measured = drawn(draw_for_evaluation(make_sample(truth_m=truth_m), sampling))
    assert measured.depth_m.min() >= 2.0
    assert measured.depth_m.max() <= 80.0
    assert 85 < len(measured) <= 100, 'the count is of points in range; noise loses a few'


def test_the_frames_own_measurements_are_replaced(
    make_sample: Callable[..., DepthSample],
) -> None:
    old = DepthMeasurements(
        u_px=np.array([3.0], np.float32),
        v_px=np.array([4.0], np.float32),
        depth_m=np.array([9.0], np.float32),
    )
    sample = make_sample(measurements=old)
    measured = draw_for_evaluation(sample, SparseSampling(pattern=MeasuredPattern()))
    assert same(drawn(measured), old)
    assert sample.measurements is old


@pytest.fixture
def drive(make_sample: Callable[..., DepthSample]) -> tuple[DepthSample, DepthSample]:
    """A camera that drives 2 m towards a wall: 10 m away, then 8 m."""
    then = make_sample(camera_from_world=RigidTransform.identity())
    now = make_sample(
        identity=then.identity.shifted(1),
        truth_m=np.full((20, 40), 8.0, np.float32),
        camera_from_world=RigidTransform(np.eye(3), np.array([0.0, 0.0, -2.0])),
    )
    return then, now


def test_a_temporal_offset_shows_where_things_were(
    drive: tuple[DepthSample, DepthSample],
) -> None:
    then, now = drive
    sampling = SparseSampling(temporal=TemporalOffset())
    measured = drawn(draw_for_evaluation(now, sampling, earlier=then))
    assert (measured.depth_m == 10.0).all()


def test_compensated_motion_puts_them_where_they_are(
    drive: tuple[DepthSample, DepthSample],
) -> None:
    then, now = drive
    sampling = SparseSampling(
        pattern=BernoulliPattern(keep_probability=1.0),
        temporal=TemporalOffset(compensates_motion=True),
    )
    measured = drawn(draw_for_evaluation(now, sampling, earlier=then))
    assert measured.depth_m == pytest.approx(8.0)
    # Nearer by a quarter, so 10 / 8 farther from the principal point: fewer remain in view.
    assert len(measured) == 32 * 16
    assert 19.5 + (25.0 - 19.5) * 1.25 in measured.u_px.tolist()


def test_compensation_needs_poses(drive: tuple[DepthSample, DepthSample]) -> None:
    then, now = drive
    sampling = SparseSampling(temporal=TemporalOffset(compensates_motion=True))
    with pytest.raises(ConfigError, match='expected camera poses, to compensate motion'):
        draw_for_evaluation(now, sampling, earlier=replace(then, camera_from_world=None))


def test_a_temporal_offset_needs_the_right_earlier_frame(
    drive: tuple[DepthSample, DepthSample],
) -> None:
    then, now = drive
    sampling = SparseSampling(temporal=TemporalOffset(frames=1))
    with pytest.raises(ValueError, match=r'expected the frame .*/00007, got None'):
        draw_for_evaluation(now, sampling)
    with pytest.raises(ValueError, match=r'expected the frame .*/00007, got .*/00008'):
        draw_for_evaluation(now, sampling, earlier=now)
    assert then.identity.frame == 7


class Drive:
    """Three frames of one sequence and one of another."""

    def __init__(self, sample: DepthSample) -> None:
        first = replace(sample.identity, frame=0)
        other = replace(first, condition='fog')
        self.identities: tuple[FrameIdentity, ...] = (
            first,
            first.shifted(1),
            first.shifted(2),
            other,
        )
        self._sample = sample

    def __len__(self) -> int:
        return len(self.identities)

    def __getitem__(self, index: int) -> DepthSample:
        depth_m = np.full((20, 40), 10.0 + index, np.float32)
        return replace(self._sample, identity=self.identities[index], truth_m=depth_m)


def test_evaluation_frames_have_their_sparse_input(
    make_sample: Callable[..., DepthSample],
) -> None:
    frames = SampledFrames(Drive(make_sample()), SparseSampling())
    assert len(frames) == 4
    assert same(
        drawn(frames[2]), drawn(draw_for_evaluation(Drive(make_sample())[2], SparseSampling()))
    )


def test_evaluation_with_a_temporal_offset_leaves_out_first_frames(
    make_sample: Callable[..., DepthSample],
) -> None:
    sampling = SparseSampling(temporal=TemporalOffset(frames=1))
    frames = SampledFrames(Drive(make_sample()), sampling)
    assert [identity.frame for identity in frames.identities] == [1, 2]
    assert (drawn(frames[1]).depth_m == 11.0).all()
    assert (frames[1].truth_m == 12.0).all()


def test_another_purpose_draws_other_points_and_repeats_them(
    make_sample: Callable[..., DepthSample],
) -> None:
    drives = [
        SampledFrames(Drive(make_sample()), SparseSampling(), purpose=purpose)
        for purpose in ('epoch 1', 'epoch 2', 'epoch 1')
    ]
    first, second, again = (drawn(frames[0]) for frames in drives)
    assert same(first, again)
    assert not same(first, second)


@pytest.mark.parametrize(
    'build',
    [
        lambda: SparseSampling(min_depth_m=5.0, max_depth_m=5.0),
        lambda: SparseSampling(min_depth_m=-1.0),
        lambda: TemporalOffset(frames=0),
    ],
)
def test_a_sampling_that_makes_no_sense_is_refused(build: Callable[[], object]) -> None:
    with pytest.raises(ConfigError, match='correct the sampling'):
        build()


def test_object_holes_work_within_a_sampling(make_sample: Callable[..., DepthSample]) -> None:
    sample = make_sample(instance_ids=np.ones((20, 40), np.int32))
    sampling = SparseSampling(degradations=(ObjectHoles(share=1.0),))
    assert len(drawn(draw_for_evaluation(sample, sampling))) == 0
