import numpy as np
import pytest

from mt_depth_ros.visualization.depth_colors import DepthColors
from mt_depth_ros.visualization.overlays import draw_mask, draw_measurements

COLORS = DepthColors(near_m=1, far_m=100)


def grey_image() -> np.ndarray:
    return np.full((9, 12, 3), 100, np.uint8)


def test_a_measurement_is_a_dot_in_its_colour_on_the_darkened_image() -> None:
    sparse_depth_m = np.zeros((9, 12), np.float32)
    sparse_depth_m[4, 5] = 10

    drawn = draw_measurements(grey_image(), sparse_depth_m, COLORS)

    colour = COLORS.paint(np.float32([[10]]))[0, 0].tolist()
    for v_px, u_px in ((4, 5), (3, 5), (5, 5), (4, 4), (4, 6)):
        assert drawn[v_px, u_px].tolist() == colour
    assert drawn[3, 4].tolist() == [50, 50, 50]


def test_a_near_dot_lies_on_top_of_a_far_one() -> None:
    sparse_depth_m = np.zeros((9, 12), np.float32)
    sparse_depth_m[4, 5], sparse_depth_m[4, 7] = 50, 2

    drawn = draw_measurements(grey_image(), sparse_depth_m, COLORS)

    assert drawn[4, 6].tolist() == COLORS.paint(np.float32([[2]]))[0, 0].tolist()


def test_without_measurements_only_the_darkened_image_is_left() -> None:
    drawn = draw_measurements(grey_image(), np.zeros((9, 12), np.float32), COLORS)

    np.testing.assert_array_equal(drawn, grey_image() // 2)


def test_a_mask_tints_its_inside_and_outlines_it() -> None:
    mask = np.zeros((9, 12), np.bool_)
    mask[2:7, 3:9] = True

    drawn = draw_mask(grey_image(), mask, opacity=0.5)

    assert drawn[4, 5].tolist() == [178, 82, 130]
    assert drawn[2, 3].tolist() == [255, 64, 160]
    assert drawn[0, 0].tolist() == [100, 100, 100]


def test_the_image_is_not_drawn_on() -> None:
    image_rgb = grey_image()

    draw_mask(image_rgb, np.ones((9, 12), np.bool_))
    draw_measurements(image_rgb, np.ones((9, 12), np.float32), COLORS)

    np.testing.assert_array_equal(image_rgb, grey_image())


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match='image_rgb: expected shape'):
        draw_mask(grey_image(), np.ones((9, 11), np.bool_))
