from __future__ import annotations

import cv2
import numpy as np

from mt_depth_ros.simulation.yolo_writer import mask_polygon


def filled(polygon: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    canvas = np.zeros(shape, dtype=np.uint8)
    cv2.fillPoly(canvas, [polygon.astype(np.int32)], 1)
    return canvas > 0


def test_the_outline_of_a_rectangle_is_its_corners() -> None:
    mask = np.zeros((10, 12), dtype=bool)
    mask[2:6, 3:9] = True
    polygon = mask_polygon(mask)
    assert sorted(polygon.tolist()) == [[3, 2], [3, 5], [8, 2], [8, 5]]


def test_pieces_parted_by_a_pole_become_one_polygon() -> None:
    mask = np.zeros((40, 60), dtype=bool)
    mask[5:30, 5:25] = mask[8:28, 30:50] = True
    inside = filled(mask_polygon(mask), mask.shape)
    union = (inside | mask).sum()
    assert (inside & mask).sum() / union > 0.95


def test_a_mask_of_single_pixels_has_no_outline() -> None:
    mask = np.zeros((5, 5), dtype=bool)
    mask[2, 2] = True
    assert mask_polygon(mask).shape == (0, 2)
