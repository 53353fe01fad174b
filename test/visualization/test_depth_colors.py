import cv2
import numpy as np
import pytest

from mt_depth_ros.visualization.depth_colors import (
    color_depth,
    DepthColors,
    DepthScale,
    NO_ANSWER_RGB,
    paint_confidence,
    paint_relative_error,
    SKY_RGB,
)


def turbo(level: int) -> list[int]:
    bgr = cv2.applyColorMap(np.uint8([[level]]), cv2.COLORMAP_TURBO)[0, 0]
    return bgr[::-1].tolist()


def test_the_ends_of_the_range_get_the_ends_of_the_colours_and_keep_them_beyond() -> None:
    painted = DepthColors(near_m=2, far_m=50).paint(np.float32([[1, 2, 50, 300]]))

    assert painted[0].tolist() == [turbo(248), turbo(248), turbo(8), turbo(8)]


def test_near_is_red_and_far_is_blue() -> None:
    near, far = DepthColors(near_m=2, far_m=50).paint(np.float32([[3, 35]]))[0].astype(int)

    assert near[0] > near[2] + 100
    assert far[2] > far[0] + 50


@pytest.mark.parametrize(
    ('scale', 'middle_m'),
    # The geometric mean of 4 and 64, and the harmonic one: 2 / (1/4 + 1/64).
    [(DepthScale.LOG, 16.0), (DepthScale.INVERSE, 7.529412)],
)
def test_the_middle_of_the_colours_is_the_scales_mean(scale: DepthScale, middle_m: float) -> None:
    painted = DepthColors(near_m=4, far_m=64, scale=scale).paint(np.float32([[middle_m]]))

    assert painted[0, 0].tolist() == turbo(128)


def test_no_answer_is_near_black_and_sky_has_its_own_colour() -> None:
    painted = DepthColors().paint(np.float32([[np.nan, 0, -1, -np.inf, np.inf]]))

    assert painted[0].tolist() == [list(NO_ANSWER_RGB)] * 4 + [list(SKY_RGB)]


def test_the_range_leaves_out_the_extreme_hundredths_and_what_is_no_depth() -> None:
    depth_m = np.linspace(10, 20, 1001, dtype=np.float32)[None]
    with_junk = np.concatenate([depth_m, np.float32([[np.nan, np.inf, 0]])], axis=1)

    colors = DepthColors.for_depth(with_junk)

    assert colors.near_m == pytest.approx(10.1)
    assert colors.far_m == pytest.approx(19.9)
    assert colors.label == '10.1 to 19.9 m, log'


@pytest.mark.parametrize('depth_m', [np.full((3, 3), np.nan, 'f4'), np.full((3, 3), 7, 'f4')])
def test_a_map_without_depth_or_of_one_depth_has_a_range_too(depth_m: np.ndarray) -> None:
    colors = DepthColors.for_depth(depth_m)

    assert colors.near_m < colors.far_m
    assert color_depth(depth_m).shape == (3, 3, 3)


def test_a_range_that_does_not_grow_is_refused() -> None:
    with pytest.raises(ValueError, match='0 < near_m < far_m, got 5 and 5'):
        DepthColors(near_m=5, far_m=5)


def test_confidence_grows_brighter_and_no_answer_is_near_black() -> None:
    painted = paint_confidence(np.float32([[0, 0.5, 1, np.nan]]))[0].astype(int)

    brightness = painted.sum(axis=1)
    assert brightness[0] < brightness[1] < brightness[2]
    assert painted[3].tolist() == list(NO_ANSWER_RGB)


def test_errors_are_coloured_only_where_truth_is_and_a_missing_answer_is_the_worst() -> None:
    truth_m = np.float32([[10, 10, 10, 0, np.nan]])
    depth_m = np.float32([[10, 20, np.nan, 5, 5]])

    right, wrong, unanswered, *unscored = paint_relative_error(depth_m, truth_m)[0].tolist()

    assert wrong == unanswered
    assert sum(right) < sum(wrong)
    assert unscored == [list(NO_ANSWER_RGB)] * 2


def test_errors_drawn_over_their_neighbours_keep_the_colours_of_errors() -> None:
    # Of 2 % and 10 %, a pixel apart: the one between has the colour of the larger, no mixture.
    depth_m = np.float32([[10, 10.2, 10, 11, 10, 10]])
    truth_m = np.float32([[0, 10, 0, 10, 0, 0]])
    small, large = paint_relative_error(depth_m, truth_m)[0, [1, 3]].tolist()

    drawn = paint_relative_error(depth_m, truth_m, radius_px=1)[0].tolist()

    assert drawn == [small, small, large, large, large, list(NO_ANSWER_RGB)]
