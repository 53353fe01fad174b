from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np

from mt_depth_ros.segmentation.letterbox import Letterbox, PADDING_GREY, sample_bilinear


def test_a_camera_image_is_centred_on_the_smallest_grid() -> None:
    """1242 x 375 at 640: 640 / 1242 * 375 = 193.2, so 193 rows on 224; (224 - 193) // 2 = 15."""
    letterbox = Letterbox.fit(375, 1242, long_side=640, multiple=32)
    assert (letterbox.inner_height, letterbox.inner_width) == (193, 640)
    assert (letterbox.outer_height, letterbox.outer_width) == (224, 640)
    assert (letterbox.top, letterbox.left) == (15, 0)


def test_an_upright_image_is_padded_left_and_right() -> None:
    letterbox = Letterbox.fit(1080, 810, long_side=640, multiple=32)
    assert (letterbox.outer_height, letterbox.outer_width) == (640, 480)
    assert (letterbox.top, letterbox.left) == (0, 0)
    assert Letterbox.fit(100, 70, long_side=64, multiple=32).left == 9  # 45 of 64


def test_the_padding_is_grey_and_the_image_is_inside() -> None:
    letterbox = Letterbox.fit(10, 32, long_side=32, multiple=32)
    grid = letterbox.apply(np.full((10, 32, 3), 7, np.uint8))
    assert grid.shape == (32, 32, 3)
    assert (grid[11:21] == 7).all()
    assert (grid[:11] == PADDING_GREY).all()
    assert (grid[21:] == PADDING_GREY).all()


def test_boxes_come_back_in_whole_pixels_clipped_to_the_image() -> None:
    """100 x 200 at 64: 32 x 64 on 32 x 64, 3.125 image pixels for one of the grid."""
    letterbox = Letterbox.fit(100, 200, long_side=64, multiple=32)
    boxes = np.array([[16, 8, 32, 16], [-5, -5, 70, 40], [64, 8, 80, 16]], np.float32)
    np.testing.assert_array_equal(
        letterbox.boxes_on_image(boxes),
        [[50, 25, 100, 50], [0, 0, 200, 100], [200, 25, 200, 50]],
    )


def test_pixel_centres_are_found_on_the_coarse_grid() -> None:
    """Image 4 rows to 8 on the grid, none padded; stride 4: row 0 covers 0 to 2, centre 1."""
    letterbox = Letterbox.fit(4, 4, long_side=8, multiple=8)
    rows = letterbox.rows_on_grid(np.arange(4), stride=4.0)
    np.testing.assert_allclose(rows, [1 / 4 - 0.5, 3 / 4 - 0.5, 5 / 4 - 0.5, 7 / 4 - 0.5])


sides = st.integers(8, 2000)


@settings(max_examples=200)
@given(height=sides, width=sides, long_side=st.sampled_from([320, 640, 1024]), data=st.data())
def test_a_box_of_whole_pixels_survives_the_way_there_and_back(
    height: int, width: int, long_side: int, data: st.DataObject
) -> None:
    letterbox = Letterbox.fit(height, width, long_side=long_side, multiple=32)
    assert 0 <= letterbox.outer_height - letterbox.inner_height < 32
    assert 0 <= letterbox.outer_width - letterbox.inner_width < 32
    left = data.draw(st.integers(0, width - 1))
    top = data.draw(st.integers(0, height - 1))
    right = data.draw(st.integers(left + 1, width))
    bottom = data.draw(st.integers(top + 1, height))
    scale = np.array([letterbox.inner_width / width, letterbox.inner_height / height] * 2)
    offset = np.array([letterbox.left, letterbox.top] * 2)
    on_grid = (np.array([[left, top, right, bottom]]) * scale + offset).astype(np.float32)
    np.testing.assert_array_equal(letterbox.boxes_on_image(on_grid), [[left, top, right, bottom]])


@settings(max_examples=50)
@given(height=sides, width=sides)
def test_columns_and_rows_of_a_ramp_come_back_where_they_were(height: int, width: int) -> None:
    """A plane on the grid, sampled at the pixels of the image, gives their places on the grid."""
    letterbox = Letterbox.fit(height, width, long_side=320, multiple=32)
    ramp = np.arange(letterbox.outer_width, dtype=np.float32)[None].repeat(2, axis=0)
    columns = letterbox.columns_on_grid(np.arange(width), stride=1.0)
    sampled = sample_bilinear(ramp, np.zeros(1, np.float32), columns)[0]
    expected = (np.arange(width) + 0.5) * letterbox.inner_width / width + letterbox.left - 0.5
    np.testing.assert_allclose(sampled, np.clip(expected, 0, letterbox.outer_width - 1), atol=1e-3)


def test_between_pixels_the_four_neighbours_are_blended() -> None:
    image = np.array([[0.0, 4.0], [8.0, 16.0]], np.float32)
    # Row 0.25, column 0.5: 0.75 * (0 + 4) / 2 + 0.25 * (8 + 16) / 2 = 1.5 + 3
    sampled = sample_bilinear(image, np.array([0.25], np.float32), np.array([0.5], np.float32))
    assert sampled.tolist() == [[4.5]]


def test_outside_the_outermost_centres_the_image_is_continued() -> None:
    image = np.array([[1.0, 2.0]], np.float32)
    places = np.array([-0.5, 1.5], np.float32)
    assert sample_bilinear(image, places[:1], places).tolist() == [[1.0, 2.0]]


def test_an_image_fills_a_given_grid_as_far_as_its_shape_allows() -> None:
    wide = Letterbox.fill(100, 400, outer_height=64, outer_width=64)
    assert (wide.inner_height, wide.inner_width, wide.top, wide.left) == (16, 64, 24, 0)
    tall = Letterbox.fill(400, 100, outer_height=64, outer_width=96)
    assert (tall.inner_height, tall.inner_width, tall.top, tall.left) == (64, 16, 0, 40)
