import numpy as np

from mt_depth_ros.classical.surrounded_measurements import drop_surrounded


def scan(width: int = 1242) -> np.ndarray:
    return np.zeros((21, width), np.float32)


def test_a_far_point_between_near_ones_in_a_row_is_dropped() -> None:
    sparse_depth_m = scan()
    sparse_depth_m[10, [100, 106, 112]] = 5, 30, 5

    kept_m = drop_surrounded(sparse_depth_m)

    assert kept_m[10, 106] == 0
    np.testing.assert_array_equal(kept_m[10, [100, 112]], [5, 5])


def test_a_far_point_between_near_ones_in_a_column_is_dropped() -> None:
    sparse_depth_m = scan()
    sparse_depth_m[[4, 10, 16], [98, 100, 102]] = 5, 30, 5

    assert drop_surrounded(sparse_depth_m)[10, 100] == 0


def test_background_beside_an_object_is_kept() -> None:
    sparse_depth_m = scan()
    sparse_depth_m[:, 100:106:2] = 5
    sparse_depth_m[:, 108:130:2] = 30

    np.testing.assert_array_equal(drop_surrounded(sparse_depth_m), sparse_depth_m)


def test_near_points_on_both_sides_but_out_of_reach_leave_it() -> None:
    sparse_depth_m = scan()
    sparse_depth_m[10, [99, 106, 113]] = 5, 30, 5

    np.testing.assert_array_equal(drop_surrounded(sparse_depth_m), sparse_depth_m)


def test_a_slope_is_kept() -> None:
    # Steps of 10 % a measurement: nearer on one side, farther on the other.
    sparse_depth_m = scan()
    sparse_depth_m[::5, :] = (30 / 1.1 ** np.arange(5))[:, None]

    np.testing.assert_array_equal(drop_surrounded(sparse_depth_m), sparse_depth_m)


def test_relief_of_a_few_percent_is_kept() -> None:
    sparse_depth_m = scan()
    sparse_depth_m[10, [100, 103, 106]] = 10, 11.4, 10

    np.testing.assert_array_equal(drop_surrounded(sparse_depth_m), sparse_depth_m)


def test_the_reach_scales_with_the_width_of_the_image() -> None:
    # At half of KITTI's width the reach is 3 pixels.
    sparse_depth_m = scan(621)
    sparse_depth_m[10, [96, 100, 104]] = 5, 30, 5
    sparse_depth_m[10, [197, 200, 203]] = 5, 30, 5

    kept_m = drop_surrounded(sparse_depth_m)

    assert kept_m[10, 100] == 30
    assert kept_m[10, 200] == 0


def test_points_at_the_border_have_no_second_side() -> None:
    sparse_depth_m = np.float32([[30, 5, 5, 5]])

    np.testing.assert_array_equal(drop_surrounded(sparse_depth_m), sparse_depth_m)


def test_the_input_is_not_written_to() -> None:
    sparse_depth_m = scan()
    sparse_depth_m[10, [100, 106, 112]] = 5, 30, 5
    before_m = sparse_depth_m.copy()

    drop_surrounded(sparse_depth_m)

    np.testing.assert_array_equal(sparse_depth_m, before_m)
