from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.yolo_decoding import decode_detections, remove_overlaps

PROTOTYPES = np.stack([np.full((2, 3), 1.0), np.full((2, 3), -2.0)]).astype(np.float32)


def places(*rows: tuple[float, ...]) -> np.ndarray:
    """Two classes and two masks: centre x, y, width, height, 2 scores, 2 coefficients."""
    return np.array(rows, np.float32).T


def test_a_place_becomes_a_box_a_score_a_class_and_mask_logits() -> None:
    detections, logits = decode_detections(
        places((10, 20, 4, 8, 0.1, 0.6, 3.0, 1.0)),
        PROTOTYPES,
        config=SegmentationConfig(),
        class_ids=None,
    )
    # Centre (10, 20), 4 wide and 8 high; class 1 at 0.6; 3 * 1 + 1 * -2 = 1.
    np.testing.assert_allclose(detections, [[8, 16, 12, 24, 0.6, 1]], rtol=1e-6)
    np.testing.assert_array_equal(logits, np.full((1, 2, 3), 1.0))


def test_the_best_come_first_and_the_doubtful_not_at_all() -> None:
    detections, _ = decode_detections(
        places(
            (10, 10, 4, 4, 0.3, 0.0, 0, 0),
            (40, 10, 4, 4, 0.9, 0.0, 0, 0),
            (70, 10, 4, 4, 0.2, 0.0, 0, 0),
        ),
        PROTOTYPES,
        config=SegmentationConfig(confidence=0.25),
        class_ids=None,
    )
    assert detections[:, 4] == pytest.approx([0.9, 0.3])


def test_other_classes_than_the_chosen_are_left_out() -> None:
    given = places((10, 10, 4, 4, 0.9, 0.8, 0, 0), (40, 10, 4, 4, 0.1, 0.5, 0, 0))
    detections, _ = decode_detections(
        given, PROTOTYPES, config=SegmentationConfig(), class_ids=[1]
    )
    assert detections[:, 5].tolist() == [1]
    assert detections[:, 4] == pytest.approx([0.5])


def test_nothing_found_is_no_error() -> None:
    detections, logits = decode_detections(
        places((10, 10, 4, 4, 0.1, 0.1, 0, 0)),
        PROTOTYPES,
        config=SegmentationConfig(),
        class_ids=None,
    )
    assert detections.shape == (0, 6)
    assert logits.shape == (0, 2, 3)


def test_of_two_boxes_of_a_class_that_overlap_too_much_the_first_stays() -> None:
    # 10x10 boxes, the second 2 to the right: 80 shared of 120, an overlap of 2/3.
    boxes = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [30, 0, 40, 10]], np.float32)
    one_class = np.zeros(3, np.int64)
    assert remove_overlaps(boxes, one_class, threshold=0.6, limit=9).tolist() == [0, 2]
    assert remove_overlaps(boxes, one_class, threshold=0.7, limit=9).tolist() == [0, 1, 2]
    assert remove_overlaps(boxes, one_class, threshold=0.7, limit=2).tolist() == [0, 1]
    two_classes = np.array([0, 1, 0])
    assert remove_overlaps(boxes, two_classes, threshold=0.6, limit=9).tolist() == [0, 1, 2]
