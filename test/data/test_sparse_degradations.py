"""What each degradation does to measurements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.measurement_geometry import measured_at
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sparse_degradations import (
    ExtrinsicJitter,
    Outliers,
    RangeNoise,
    Sometimes,
)
from mt_depth_ros.data.sparse_holes import FieldOfViewCut, ObjectHoles, SectorHoles


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def everywhere(sample: DepthSample) -> DepthMeasurements:
    return measured_at(sample.truth_m, *np.nonzero(sample.known))


def test_a_field_of_view_cut_keeps_the_middle(make_sample: Callable[..., DepthSample]) -> None:
    sample = make_sample()
    cut = FieldOfViewCut(azimuth_deg=(-10.0, 20.0), elevation_deg=(-90.0, 5.0))
    kept = cut.apply(everywhere(sample), sample, rng())
    # 30 tan(10 deg) = 5.3 pixels left and 30 tan(20 deg) = 10.9 right of 19.5;
    # 30 tan(5 deg) = 2.6 above 9.5 in the middle, to 20 all below.
    assert (kept.u_px.min(), kept.u_px.max()) == (15.0, 30.0)
    assert (kept.v_px.min(), kept.v_px.max()) == (7.0, 19.0)


def test_an_object_loses_all_of_its_measurements_or_none(
    make_sample: Callable[..., DepthSample],
) -> None:
    ids = np.zeros((20, 40), np.int32)
    for number in range(1, 9):
        ids[5:15, 4 * number : 4 * number + 4] = number
    sample = make_sample(instance_ids=ids)
    kept = ObjectHoles(share=0.5).apply(everywhere(sample), sample, rng())
    left = ids[kept.v_px.astype(int), kept.u_px.astype(int)]
    counts = [int(np.count_nonzero(left == number)) for number in range(9)]
    assert counts[0] == 800 - 320, 'what is no object is untouched'
    assert set(counts[1:]) == {0, 40}


def test_object_holes_need_instance_ids(make_sample: Callable[..., DepthSample]) -> None:
    with pytest.raises(ConfigError, match='expected instance ids, to know the objects'):
        ObjectHoles().apply(everywhere(make_sample()), make_sample(), rng())


def test_a_sector_loses_all_of_its_measurements_or_none(
    make_sample: Callable[..., DepthSample],
) -> None:
    sample = make_sample()
    before = everywhere(sample)
    shares = []
    for seed in range(40):
        kept = SectorHoles(share=0.3, width_deg=(5.0, 10.0)).apply(before, sample, rng(seed))
        columns = np.bincount(kept.u_px.astype(int), minlength=40)
        assert set(columns) <= {0, 20}, 'a column of this camera is one direction'
        # The columns in the middle are 1.9 degrees wide: a sector has at least two of them.
        runs = np.diff(np.flatnonzero(np.diff(columns[12:28])))
        assert not len(runs) or runs.min() >= 2
        shares.append(len(kept) / len(before))
    assert np.mean(shares) == pytest.approx(0.7, abs=0.06)
    assert len(SectorHoles(share=1.0).apply(before, sample, rng())) == 0
    assert len(SectorHoles(share=0.0).apply(before, sample, rng())) == len(before)


def test_outliers_come_from_the_bulk_of_the_frames_range(
    make_sample: Callable[..., DepthSample],
) -> None:
    sample = make_sample(truth_m=np.linspace(10, 110, 800, dtype=np.float32).reshape(20, 40))
    before = everywhere(sample)
    after = Outliers(share=0.25).apply(before, sample, rng())
    changed = after.depth_m != before.depth_m
    assert changed.mean() == pytest.approx(0.25, abs=0.08)
    # The 10th and 90th percentile of 10 to 110 m.
    assert after.depth_m[changed].min() >= 19.9
    assert after.depth_m[changed].max() <= 100.1
    assert np.array_equal(after.u_px, before.u_px)


def test_range_noise_has_the_promised_spread(make_sample: Callable[..., DepthSample]) -> None:
    sample = make_sample()
    noisy = RangeNoise(sigma_m=0.1, relative_sigma=0.02).apply(everywhere(sample), sample, rng())
    # 0.1 m + 2 % of 10 m; the deviation of 800 draws is known to 2.5 %.
    assert noisy.depth_m.std() == pytest.approx(0.3, rel=0.1)
    assert noisy.depth_m.mean() == pytest.approx(10.0, abs=0.05)


def test_a_depth_that_noise_makes_negative_is_lost(
    make_sample: Callable[..., DepthSample],
) -> None:
    sample = make_sample(truth_m=np.full((20, 40), 0.5, np.float32))
    noisy = RangeNoise(sigma_m=1.0).apply(everywhere(sample), sample, rng())
    # P(0.5 + N(0, 1) > 0) = 0.691
    assert len(noisy) / 800 == pytest.approx(0.691, abs=0.08)
    assert (noisy.depth_m > 0).all()


def test_no_jitter_moves_nothing(make_sample: Callable[..., DepthSample]) -> None:
    sample = make_sample()
    before = everywhere(sample)
    after = ExtrinsicJitter(rotation_deg=0.0, translation_m=0.0).apply(before, sample, rng())
    assert after.u_px == pytest.approx(before.u_px, abs=1e-4)
    assert after.v_px == pytest.approx(before.v_px, abs=1e-4)
    assert np.array_equal(after.depth_m, before.depth_m)


def test_a_shifted_mount_moves_near_points_farther_than_distant_ones(
    make_sample: Callable[..., DepthSample],
) -> None:
    sample = make_sample()
    pair = DepthMeasurements(
        u_px=np.full(2, 19.5, np.float32),
        v_px=np.full(2, 9.5, np.float32),
        depth_m=np.array([5.0, 50.0], np.float32),
    )
    moved = ExtrinsicJitter(rotation_deg=0.0, translation_m=0.5).apply(pair, sample, rng(3))
    near_px, far_px = np.hypot(moved.u_px - 19.5, moved.v_px - 9.5)
    # Parallax goes with 1 / depth; the shift along the axis changes it a little.
    assert near_px / far_px == pytest.approx(10.0, rel=0.12)


def test_a_rotated_mount_moves_all_depths_alike(make_sample: Callable[..., DepthSample]) -> None:
    sample = make_sample()
    pair = DepthMeasurements(
        u_px=np.full(2, 19.5, np.float32),
        v_px=np.full(2, 9.5, np.float32),
        depth_m=np.array([5.0, 50.0], np.float32),
    )
    moved = ExtrinsicJitter(rotation_deg=5.0, translation_m=0.0).apply(pair, sample, rng())
    assert moved.u_px[0] == pytest.approx(moved.u_px[1], abs=1e-4)
    assert 0.0 < np.hypot(moved.u_px[0] - 19.5, moved.v_px[0] - 9.5) < 30 * np.tan(0.13)


def test_sometimes_means_in_its_share_of_the_frames(
    make_sample: Callable[..., DepthSample],
) -> None:
    sample = make_sample()
    measured = everywhere(sample)
    degradation = Sometimes(degradation=FieldOfViewCut(), probability=0.3)
    sizes = [len(degradation.apply(measured, sample, rng(seed))) for seed in range(300)]
    assert set(sizes) == {800, len(FieldOfViewCut().apply(measured, sample, rng()))}
    assert sizes.count(800) / 300 == pytest.approx(0.7, abs=0.13)


@pytest.mark.parametrize('degradation', [Outliers(), RangeNoise(), FieldOfViewCut()])
def test_nothing_measured_stays_nothing(
    make_sample: Callable[..., DepthSample], degradation: Outliers | RangeNoise | FieldOfViewCut
) -> None:
    none = replace(
        everywhere(make_sample()),
        u_px=np.empty(0, np.float32),
        v_px=np.empty(0, np.float32),
        depth_m=np.empty(0, np.float32),
    )
    assert len(degradation.apply(none, make_sample(), rng())) == 0


@pytest.mark.parametrize(
    'build',
    [
        lambda: FieldOfViewCut(azimuth_deg=(10.0, 10.0)),
        lambda: SectorHoles(share=1.5),
        lambda: SectorHoles(width_deg=(0.0, 4.0)),
        lambda: SectorHoles(width_deg=(9.0, 4.0)),
        lambda: ObjectHoles(share=1.1),
        lambda: Outliers(share=-0.1),
        lambda: RangeNoise(sigma_m=-1.0),
        lambda: ExtrinsicJitter(rotation_deg=-1.0),
        lambda: Sometimes(degradation=Outliers(), probability=2.0),
    ],
)
def test_a_degradation_that_makes_no_sense_is_refused(build: Callable[[], object]) -> None:
    with pytest.raises(ConfigError, match='correct the sampling or augmentation config'):
        build()
