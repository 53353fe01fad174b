"""Where each pattern measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import itertools

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sparse_patterns import (
    BernoulliPattern,
    GridPattern,
    LidarLinesPattern,
    MeasuredPattern,
    MixedPattern,
    PointCountPattern,
    RandomDensityPattern,
)

# z forward, x right, y down from x forward, y left, z up.
CAMERA_FROM_LIDAR = RigidTransform(
    np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]), np.zeros(3)
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def places(measurements: DepthMeasurements) -> set[tuple[float, float]]:
    return set(zip(measurements.u_px.tolist(), measurements.v_px.tolist(), strict=True))


@pytest.fixture
def wide_sample(make_sample: Callable[..., DepthSample]) -> DepthSample:
    """Virtual KITTI 2's camera before a wall 10 m away; the top 100 rows are sky."""
    truth_m = np.full((375, 1242), 10.0, np.float32)
    truth_m[:100] = np.inf
    return make_sample(
        camera=RectifiedCamera(
            width=1242, height=375, fx=725.0087, fy=725.0087, cx=620.5, cy=187.0
        ),
        image_rgb=np.zeros((375, 1242, 3), np.uint8),
        truth_m=truth_m,
    )


def test_bernoulli_keeps_the_promised_share_of_known_pixels(wide_sample: DepthSample) -> None:
    drawn = BernoulliPattern(keep_probability=0.05).draw(wide_sample, rng())
    # 275 x 1242 known pixels; five standard deviations are 0.19 % of them.
    assert len(drawn) / (275 * 1242) == pytest.approx(0.05, abs=0.0019)
    assert (drawn.depth_m == 10.0).all()
    assert drawn.v_px.min() >= 100, 'the sky is never measured'


def test_pixels_of_a_lower_density_are_among_those_of_a_higher_one(
    wide_sample: DepthSample,
) -> None:
    few = places(BernoulliPattern(keep_probability=0.01).draw(wide_sample, rng()))
    many = places(BernoulliPattern(keep_probability=0.05).draw(wide_sample, rng()))
    assert few < many


def test_probability_one_measures_every_known_pixel(
    make_sample: Callable[..., DepthSample],
) -> None:
    truth_m = np.arange(800, dtype=np.float32).reshape(20, 40)
    truth_m[3, 5] = np.inf
    drawn = BernoulliPattern(keep_probability=1.0).draw(make_sample(truth_m=truth_m), rng())
    assert len(drawn) == 798, 'all but the unknown first pixel and the sky pixel'
    assert np.array_equal(drawn.depth_m, drawn.v_px * 40 + drawn.u_px)


@given(seed=st.integers(0, 2**32 - 1))
def test_a_random_density_stays_in_its_range(seed: int) -> None:
    sample = DepthSample(
        identity=FrameIdentity(dataset='d', scene='s', condition='c', camera='k', frame=0),
        camera=RectifiedCamera(width=200, height=100, fx=1.0, fy=1.0, cx=0.0, cy=0.0),
        image_rgb=np.zeros((100, 200, 3), np.uint8),
        truth_m=np.ones((100, 200), np.float32),
    )
    drawn = RandomDensityPattern(lowest=0.01, highest=0.1).draw(sample, rng(seed))
    # Five standard deviations around each end of the range of 20000 pixels.
    assert 200 - 71 <= len(drawn) <= 2000 + 213


def test_a_number_of_points_is_kept_exactly_and_without_repetition(
    make_sample: Callable[..., DepthSample],
) -> None:
    drawn = PointCountPattern(count=50).draw(make_sample(), rng())
    assert len(drawn) == 50
    assert len(places(drawn)) == 50
    assert len(PointCountPattern(count=5000).draw(make_sample(), rng())) == 800


def test_lidar_lines_lie_at_their_elevations(wide_sample: DepthSample) -> None:
    drawn = LidarLinesPattern(lines=3, elevation_deg=(-8.0, 4.0)).draw(wide_sample, rng())
    middle = np.abs(drawn.u_px - 620.5) < 20
    # 187 - 725.0087 tan(e) for e = -8, -2 and 4 degrees; 136.3 is below the sky.
    rows = {187 + 101.9, 187 + 25.3, 187 - 50.7}
    assert set(drawn.v_px[middle]) == {float(round(row)) for row in rows}


def test_lines_of_a_spinning_lidar_bend_towards_the_image_border(
    wide_sample: DepthSample,
) -> None:
    drawn = LidarLinesPattern(lines=1, elevation_deg=(-8.0, -7.9)).draw(wide_sample, rng())
    border = np.argmax(drawn.u_px)
    # 45 % farther away at the border than ahead: 1 / cos(atan(620.5 / 725.0087)) = 1.316.
    assert drawn.v_px[border] - 187 == pytest.approx(101.9 * 1.316, abs=2.0)


def test_64_lines_give_the_density_of_a_real_scan(wide_sample: DepthSample) -> None:
    whole = replace(wide_sample, truth_m=np.full((375, 1242), 20.0, np.float32))
    drawn = LidarLinesPattern(lines=64).draw(whole, rng())
    pixels = len(places(drawn)) / (375 * 1242)
    assert 0.04 < pixels < 0.055, 'KITTI has 4.0 to 4.5 %'


def test_half_the_lines_give_half_the_points(wide_sample: DepthSample) -> None:
    sizes = [len(LidarLinesPattern(lines=n).draw(wide_sample, rng())) for n in (64, 32, 16, 8)]
    for more, fewer in itertools.pairwise(sizes):
        assert fewer / more == pytest.approx(0.5, abs=0.06)


def test_a_grid_of_points_reads_the_middle_of_each_zone(
    make_sample: Callable[..., DepthSample],
) -> None:
    truth_m = 1.0 + np.arange(800, dtype=np.float32).reshape(20, 40)
    drawn = GridPattern(rows=2, columns=4, value='point').draw(make_sample(truth_m=truth_m), rng())
    # Zones are 10 x 10 pixels; their middles are at rows 5 and 15, columns 5, 15, 25 and 35.
    assert places(drawn) == {(u, v) for u in (5.0, 15.0, 25.0, 35.0) for v in (5.0, 15.0)}
    assert np.array_equal(drawn.depth_m, 1 + drawn.v_px * 40 + drawn.u_px)


def test_a_grid_of_medians_gathers_what_is_known_of_a_zone(
    make_sample: Callable[..., DepthSample],
) -> None:
    truth_m = np.full((20, 40), 4.0, np.float32)
    truth_m[:10, :20] = np.inf
    truth_m[0, 0] = 7.0  # the only known pixel of the first zone
    truth_m[10:, 20:] = 0.0
    drawn = GridPattern(rows=2, columns=2).draw(make_sample(truth_m=truth_m), rng())
    found = dict(zip(zip(drawn.u_px, drawn.v_px, strict=True), drawn.depth_m, strict=True))
    assert found == {(10.0, 5.0): 7.0, (30.0, 5.0): 4.0, (10.0, 15.0): 4.0}


def scan_of_four_rings() -> LidarScan:
    """Four rings of five points each, 10 m ahead."""
    up, left = np.meshgrid([-1.5, -0.5, 0.5, 1.5], [-2.0, -1.0, 0.0, 1.0, 2.0], indexing='ij')
    points_m = np.stack([np.full(20, 10.0), left.ravel(), up.ravel()], axis=1)
    return LidarScan(
        points_m=points_m.astype(np.float32),
        stamp_ns=0,
        frame_id='lidar',
        ring=np.repeat(np.arange(4, dtype=np.int32), 5),
    )


def test_a_measured_pattern_projects_the_scan(make_sample: Callable[..., DepthSample]) -> None:
    sample = make_sample(scan=scan_of_four_rings(), camera_from_lidar=CAMERA_FROM_LIDAR)
    drawn = MeasuredPattern().draw(sample, rng())
    assert len(drawn) == 20
    # A point 2 m to the left and 1.5 m up: u = 19.5 - 30 * 0.2, v = 9.5 - 30 * 0.15.
    assert (13.5, 5.0) in places(drawn)


def test_every_other_ring_is_kept(make_sample: Callable[..., DepthSample]) -> None:
    sample = make_sample(scan=scan_of_four_rings(), camera_from_lidar=CAMERA_FROM_LIDAR)
    kept = {
        tuple(sorted(set(MeasuredPattern(keep_every=2).draw(sample, rng(seed)).v_px.tolist())))
        for seed in range(8)
    }
    assert kept == {(5.0, 11.0), (8.0, 14.0)}, 'rings 3 and 1, or rings 2 and 0'


def test_without_rings_lines_are_told_by_elevation(
    make_sample: Callable[..., DepthSample],
) -> None:
    scan = replace(scan_of_four_rings(), ring=None)
    sample = make_sample(scan=scan, camera_from_lidar=CAMERA_FROM_LIDAR)
    total = sum(len(MeasuredPattern(keep_every=4).draw(sample, rng(seed))) for seed in range(200))
    assert total / 200 == pytest.approx(5, abs=1.5), 'a quarter of the points, on average'


def test_sparse_depth_is_thinned_by_the_elevation_of_its_pixels(
    wide_sample: DepthSample,
) -> None:
    lines = LidarLinesPattern(lines=64).draw(wide_sample, rng())
    drawn = MeasuredPattern(keep_every=4).draw(replace(wide_sample, measurements=lines), rng())
    assert places(drawn) < places(lines)
    assert len(drawn) / len(lines) == pytest.approx(0.25, abs=0.05)


def test_a_measured_pattern_needs_something_measured(
    make_sample: Callable[..., DepthSample],
) -> None:
    with pytest.raises(ConfigError, match=r'00007: expected a LiDAR scan or sparse depth'):
        MeasuredPattern().draw(make_sample(), rng())


def test_a_mixture_uses_its_patterns_by_their_weights(
    make_sample: Callable[..., DepthSample],
) -> None:
    mixed = MixedPattern(
        patterns=(PointCountPattern(count=3), PointCountPattern(count=9)), weights=(3.0, 1.0)
    )
    sizes = [len(mixed.draw(make_sample(), rng(seed))) for seed in range(200)]
    assert set(sizes) == {3, 9}
    assert sizes.count(3) / 200 == pytest.approx(0.75, abs=0.15)


@pytest.mark.parametrize(
    'build',
    [
        lambda: BernoulliPattern(keep_probability=0.0),
        lambda: BernoulliPattern(keep_probability=1.5),
        lambda: RandomDensityPattern(lowest=0.2, highest=0.1),
        lambda: RandomDensityPattern(lowest=0.0),
        lambda: PointCountPattern(count=0),
        lambda: LidarLinesPattern(lines=0),
        lambda: LidarLinesPattern(lines=20),
        lambda: LidarLinesPattern(elevation_deg=(2.0, -24.8)),
        lambda: LidarLinesPattern(azimuth_step_deg=0.0),
        lambda: GridPattern(rows=0),
        lambda: GridPattern(value='mean'),
        lambda: MeasuredPattern(keep_every=0),
        lambda: MixedPattern(patterns=()),
        lambda: MixedPattern(patterns=(GridPattern(),), weights=(1.0, 2.0)),
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused(build: Callable[[], object]) -> None:
    with pytest.raises(ConfigError, match='correct the sampling or augmentation config'):
        build()
