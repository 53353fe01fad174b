from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.segmentation.no_mask import NoMask
from mt_depth_ros.segmentation.segmenter import InstanceMask, merge_instances, Segmentation


def instance(probability: object, left: int, top: int) -> InstanceMask:
    return InstanceMask(
        probability=np.array(probability, np.float32),
        left_px=left,
        top_px=top,
        class_id=2,
        class_name='car',
        score=0.5,
    )


def test_the_merged_mask_is_the_maximum_of_all_instances() -> None:
    overlapping = [instance([[1, 1], [0, 1]], 0, 0), instance([[1, 0], [1, 1]], 1, 1)]
    merged = merge_instances(overlapping, height=3, width=4)
    expected = [
        [1, 1, 0, 0],
        [0, 1, 0, 0],
        [0, 1, 1, 0],
    ]
    np.testing.assert_array_equal(merged.mask, np.array(expected, dtype=bool))
    assert merged.instances == tuple(overlapping)


def test_no_instances_merge_to_an_empty_mask() -> None:
    merged = merge_instances([], height=3, width=4)
    assert merged.mask.shape == (3, 4)
    assert not merged.mask.any()


def test_what_is_unlikely_counts_less_and_is_no_mask() -> None:
    merged = merge_instances(
        [instance([[0.2, 0.6]], 0, 0), instance([[0.4, 0.1]], 1, 0)], height=1, width=4
    )
    np.testing.assert_allclose(merged.probability, [[0.2, 0.6, 0.1, 0.0]])
    np.testing.assert_array_equal(merged.mask, [[False, True, False, False]])


def test_a_probability_that_is_not_float_is_refused() -> None:
    with pytest.raises(ValueError, match='probability: expected dtype float32, got uint8'):
        Segmentation(probability=np.zeros((3, 4), np.uint8))
    with pytest.raises(ValueError, match=r'probability: expected shape .*, got \(3,\)'):
        instance([0, 0, 0], 0, 0)


def test_no_mask_finds_nothing() -> None:
    segmentation = NoMask().segment(np.zeros((5, 7, 3), np.uint8))
    assert segmentation.mask.shape == (5, 7)
    assert not segmentation.mask.any()
    assert segmentation.instances == ()
