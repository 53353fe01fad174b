from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.foreground import (
    check_foreground,
    foreground_probability,
    is_foreground,
    with_uncertain_edges,
)


def test_bools_are_taken_at_their_word() -> None:
    mask = np.array([[True, False]])
    assert is_foreground(mask) is mask
    np.testing.assert_array_equal(foreground_probability(mask), [[1.0, 0.0]])


def test_probabilities_become_a_mask_where_foreground_is_likelier() -> None:
    likely = np.array([[0.2, 0.5, 0.51]], np.float32)
    np.testing.assert_array_equal(is_foreground(likely), [[False, False, True]])
    assert foreground_probability(likely) is likely


def test_an_edge_of_unknown_origin_is_a_ramp_as_wide_as_a_detectors_cell() -> None:
    mask = np.zeros((375, 1280), np.bool_)
    mask[:, 640:] = True
    row = with_uncertain_edges(mask)[200]
    uncertain = np.flatnonzero((row > 0) & (row < 1))
    np.testing.assert_array_equal(uncertain, np.arange(636, 644))
    assert (np.diff(row[635:645]) > 0).all()
    np.testing.assert_array_equal(is_foreground(row[None]), mask[:1])


def test_uncertain_edges_leave_the_mask_as_it_is() -> None:
    mask = np.random.default_rng(0).random((600, 1200)) < 0.5
    np.testing.assert_array_equal(is_foreground(with_uncertain_edges(mask)), mask)


def test_a_small_mask_keeps_its_edges() -> None:
    mask = np.random.default_rng(0).random((60, 100)) < 0.5
    np.testing.assert_array_equal(with_uncertain_edges(mask), mask)


@pytest.mark.parametrize('dtype', [np.uint8, np.float64])
def test_other_types_are_refused(dtype: type) -> None:
    with pytest.raises(ValueError, match='mask: expected dtype bool, got'):
        check_foreground(np.zeros((2, 3), dtype), name='mask', shape=(2, 3))
    with pytest.raises(ValueError, match=r'mask: expected shape \(2, 4\)'):
        check_foreground(np.zeros((2, 3), np.float32), name='mask', shape=(2, 4))
