from __future__ import annotations

import math

import numpy as np
import pytest

from mt_depth_ros.evaluation.mask_scores import box_overlap, covered_share, found_by, MaskOverlap


def row(*values: int) -> np.ndarray:
    return np.array([values], bool)


def test_overlap_pools_pixels_and_averages_frames() -> None:
    score = MaskOverlap()
    score.add(row(1, 1, 0, 0), row(0, 1, 1, 0))  # 1 shared of 3
    score.add(row(1, 1, 1, 1), row(1, 1, 1, 0))  # 3 shared of 4
    score.add(row(0, 0, 0, 0), row(0, 0, 0, 0))  # nothing to find, nothing found
    assert score.frames == 3
    assert score.pooled == pytest.approx(4 / 7)
    assert score.mean == pytest.approx((1 / 3 + 3 / 4) / 2)
    assert score.precision == pytest.approx(4 / 6)
    assert score.recall == pytest.approx(4 / 5)


def test_without_foreground_there_is_no_score() -> None:
    score = MaskOverlap()
    score.add(row(0, 0), row(0, 0))
    assert math.isnan(score.pooled)
    assert math.isnan(score.mean)
    assert math.isnan(score.precision)
    assert math.isnan(score.recall)


def test_masks_of_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match='cannot be compared'):
        MaskOverlap().add(row(0, 0), row(0, 0, 0))


def test_boxes_overlap_by_their_area() -> None:
    assert box_overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1.0
    assert box_overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(50 / 150)
    assert box_overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0.0


def test_an_object_is_found_from_half_an_overlap_on() -> None:
    label = (0.0, 0.0, 12.0, 10.0)
    assert found_by(label, [(50, 50, 60, 60), (0, 0, 6, 10)])  # 60 of 120
    assert not found_by(label, [(0, 0, 5.9, 10)])
    assert not found_by(label, [])


def test_the_covered_share_counts_the_pixels_of_the_labelled_box() -> None:
    mask = np.zeros((6, 8), bool)
    mask[2:4, 1:8] = True
    # Rows 2 to 5 and columns 4 to 7, of which rows 2 and 3 are covered.
    assert covered_share((4.0, 2.0, 7.0, 5.0), mask) == 0.5
    assert covered_share((20.0, 2.0, 30.0, 5.0), mask) == 0.0
