"""Contact sheets of frames."""

from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.visualization.contact_sheet import draw_contact_sheet, SheetRow
from mt_depth_ros.visualization.depth_colors import DepthColors, NO_ANSWER_RGB, SKY_RGB


def row(**changes: np.ndarray | None) -> SheetRow:
    return SheetRow(
        title='a frame', **{'image_rgb': np.full((20, 40, 3), 90, np.uint8), **changes}
    )


def test_only_the_columns_that_some_frame_has_are_drawn() -> None:
    assert draw_contact_sheet([row()], tile_width_px=40).shape == (42, 40, 3)
    depth_m = np.full((20, 40), 9.0, np.float32)
    ids = np.ones((20, 40), np.int32)
    sheet = draw_contact_sheet([row(truth_m=depth_m), row(instance_ids=ids)], tile_width_px=40)
    assert sheet.shape == (84, 120, 3)
    assert (sheet[64:, 40:80] == NO_ANSWER_RGB).all(), 'the second frame has no truth'


def test_dense_truth_is_a_picture_with_a_light_sky() -> None:
    depth_m = np.full((20, 40), 9.0, np.float32)
    depth_m[:10] = np.inf
    sheet = draw_contact_sheet([row(truth_m=depth_m)], tile_width_px=40)
    assert (sheet[22:32, 40:] == SKY_RGB).all()
    expected = DepthColors().paint(np.full((1, 1), 9.0, np.float32))[0, 0]
    assert (sheet[32:, 40:] == expected).all()


def test_sparse_depth_is_drawn_as_dots_on_the_image() -> None:
    sparse_m = np.zeros((20, 40), np.float32)
    sparse_m[10, 20] = 5.0
    for changes in ({'sparse_depth_m': sparse_m}, {'truth_m': sparse_m}):
        sheet = draw_contact_sheet([row(**changes)], tile_width_px=40)
        drawn = sheet[22:, 40:]
        assert (drawn[0, 0] == 45).all(), 'the darkened image'
        assert (drawn[10, 20] != 45).any()


def test_instances_have_colours_of_their_own() -> None:
    ids = np.zeros((20, 40), np.int32)
    ids[:5], ids[5:10], ids[10:15] = 1, 2, 300
    drawn = draw_contact_sheet([row(instance_ids=ids)], tile_width_px=40)[22:, 40:]
    colours = {tuple(drawn[line, 0].tolist()) for line in (0, 5, 10, 15)}
    assert len(colours) == 4


def test_large_pictures_are_shrunk() -> None:
    image = np.full((100, 200, 3), 90, np.uint8)
    assert draw_contact_sheet([row(image_rgb=image)], tile_width_px=50).shape == (22 + 25, 50, 3)


def test_no_frames_and_wrong_sizes_are_errors() -> None:
    with pytest.raises(ValueError, match='expected at least one frame'):
        draw_contact_sheet([])
    with pytest.raises(ValueError, match=r'truth_m: expected shape \(20, 40\)'):
        row(truth_m=np.zeros((10, 40), np.float32))
