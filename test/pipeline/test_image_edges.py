from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.pipeline.image_edges import edge_response, shrink

CAMERA = RectifiedCamera(width=640, height=200, fx=720.0, fy=720.0, cx=319.5, cy=99.5)


def test_an_image_shrinks_by_whole_blocks_to_about_360_pixels_focal_length() -> None:
    small = shrink(np.zeros((200, 640, 3), np.uint8), CAMERA)
    assert small.grey.shape == (100, 320)
    assert small.camera.fx == 360.0
    # The middle between columns 319 and 320 is the middle between 159 and 160.
    assert small.camera.cx == pytest.approx(159.5)


def test_what_is_no_whole_block_is_cut_off() -> None:
    camera = RectifiedCamera(width=101, height=51, fx=1080.0, fy=1080.0, cx=50.0, cy=25.0)
    small = shrink(np.zeros((51, 101, 3), np.uint8), camera)
    assert small.grey.shape == (17, 33)
    # The middle of column 50 lies 50.5 pixels from the left border: 50.5 / 3 of the blocks.
    assert small.camera.cx == pytest.approx(50.5 / 3 - 0.5)


def test_small_images_stay_as_they_are() -> None:
    camera = RectifiedCamera(width=64, height=32, fx=100.0, fy=100.0, cx=31.5, cy=15.5)
    assert shrink(np.zeros((32, 64, 3), np.uint8), camera).grey.shape == (32, 64)


def test_an_upright_edge_answers_where_it_is_and_only_as_upright() -> None:
    image = np.zeros((200, 640, 3), np.uint8)
    image[:, 320:] = 200
    found = edge_response(shrink(image, CAMERA))
    lying, upright = found.response
    # Column 320 of 640 is column 80 of 160.
    assert abs(int(upright[25].argmax()) - 79.5) <= 1
    assert upright.max() > 1.0
    assert np.abs(lying).max() < 1e-3


def test_uniform_texture_gives_no_answer_on_average() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (200, 640, 3), np.uint8)
    found = edge_response(shrink(image, CAMERA))
    assert np.abs(found.response.mean(axis=(1, 2))).max() < 0.02
