from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.evaluation.pixel_sets import (
    edge_band,
    find_pixel_sets,
    hull_of_input,
    instance_band,
    SET_NAMES,
)


def nothing_measured(size: tuple[int, int]) -> np.ndarray:
    return np.zeros(size, np.float32)


def columns(mask: np.ndarray, row: int) -> list[int]:
    return np.flatnonzero(mask[row]).tolist()


def test_caps_and_ranges_hold_their_upper_end() -> None:
    depths_m = [10.0, 10.5, 20.0, 40.0, 50.0, 80.0, 80.5, 100.0, 120.0, 121.0]
    truth = np.array([depths_m], np.float32)
    sets = find_pixel_sets(truth, nothing_measured(truth.shape))
    counts = dict(zip(SET_NAMES, sets.members.sum(axis=1).tolist(), strict=True))
    assert [counts[f'cap_{cap}'] for cap in (20, 50, 80, 100)] == [3, 5, 6, 8]
    assert counts['uncapped'] == 10
    ranges = ('0_10', '10_20', '20_40', '40_80', '80_120', '120_up')
    assert [counts[f'range_{name}'] for name in ranges] == [1, 2, 1, 2, 3, 1]


def test_sky_and_unknown_pixels_are_in_no_set() -> None:
    truth = np.array([[np.inf, np.nan, 0.0, -2.0, 7.0]], np.float32)
    sets = find_pixel_sets(truth, nothing_measured(truth.shape), np.ones((1, 5), np.int32))
    assert sets.pixel.tolist() == [4]
    assert sets.members.shape == (len(SET_NAMES), 1)


def test_every_pixel_within_80_m_is_on_one_side_of_each_pair_of_regions() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(1.0, 120.0, (30, 40)).astype(np.float32)
    sparse = np.where(rng.random((30, 40)) < 0.1, truth, np.float32(0.0))
    ids = rng.integers(0, 2, (30, 40)).astype(np.int32)
    sets = find_pixel_sets(truth, sparse, ids)
    near = sets.truth_m <= 80.0
    for one, other in (
        ('instance_band_4', 'off_instance_bands'),
        ('edge_band', 'off_edge_band'),
        ('holes', 'input_pixels'),
        ('inside_hull', 'outside_hull'),
    ):
        np.testing.assert_array_equal(sets.member(one) ^ sets.member(other), near)
        assert not (sets.member(one) & sets.member(other)).any()


def test_an_instance_band_reaches_so_far_on_both_sides_of_the_border() -> None:
    ids = np.zeros((9, 12), np.int32)
    ids[:, 6:] = 3
    assert columns(instance_band(ids, 1), 4) == [5, 6]
    assert columns(instance_band(ids, 2), 4) == [4, 5, 6, 7]
    assert columns(instance_band(ids, 4), 4) == [2, 3, 4, 5, 6, 7, 8, 9]


def test_an_instance_band_is_round() -> None:
    ids = np.zeros((9, 9), np.int32)
    ids[4, 4] = 1
    # Within 2 pixels: (1, 1) is 1.41 away, (2, 1) is 2.24 away.
    band = instance_band(ids, 2)
    assert band[5, 5]
    assert not band[6, 5]
    assert band[6, 4]


def test_two_touching_instances_have_a_band_between_them() -> None:
    ids = np.ones((5, 8), np.int32)
    ids[:, 4:] = 2
    assert columns(instance_band(ids, 1), 2) == [3, 4]


def test_a_depth_edge_needs_a_log_ratio_above_a_tenth_and_reaches_two_pixels_on() -> None:
    depth = np.full((11, 20), 10.0, np.float32)
    depth[:, 10:] = 11.0  # ln 1.1 = 0.095
    assert not edge_band(depth).any()
    depth[:, 10:] = 11.2  # ln 1.12 = 0.113
    assert columns(edge_band(depth), 5) == [7, 8, 9, 10, 11, 12]
    assert np.flatnonzero(edge_band(depth.T.copy())[:, 5]).tolist() == [7, 8, 9, 10, 11, 12]


def test_sky_beside_a_surface_is_an_edge_and_unknown_pixels_are_none() -> None:
    depth = np.full((7, 16), 10.0, np.float32)
    depth[:, 8:] = np.inf
    assert columns(edge_band(depth), 3) == [5, 6, 7, 8, 9, 10]
    depth[:, 8:] = 0.0
    assert not edge_band(depth).any()


def test_sparse_truth_has_no_edge_sets() -> None:
    truth = np.zeros((20, 20), np.float32)
    truth[::4, ::4] = 10.0
    truth[0, 1] = 30.0
    sets = find_pixel_sets(truth, nothing_measured(truth.shape))
    assert not sets.member('edge_band').any()
    assert not sets.member('off_edge_band').any()
    assert sets.member('holes').all()


def test_the_hull_holds_the_measured_pixels_and_what_is_between_them() -> None:
    sparse = nothing_measured((10, 10))
    for row, column in ((2, 2), (2, 7), (7, 2), (7, 7)):
        sparse[row, column] = 5.0
    inside = hull_of_input(sparse)
    assert inside[2:8, 2:8].all()
    assert inside.sum() == 36
    assert not hull_of_input(nothing_measured((4, 4))).any()


@pytest.mark.parametrize('name', ['instances', 'instance_band_1', 'off_instance_bands'])
def test_without_instances_their_sets_are_empty(name: str) -> None:
    truth = np.full((6, 6), 10.0, np.float32)
    assert not find_pixel_sets(truth, nothing_measured(truth.shape)).member(name).any()


def test_values_are_read_at_the_pixels_with_a_truth() -> None:
    truth = np.array([[0.0, 5.0], [np.inf, 6.0]], np.float32)
    sets = find_pixel_sets(truth, nothing_measured(truth.shape))
    assert sets.of(np.arange(4).reshape(2, 2)).tolist() == [1, 3]
