import numpy as np

from mt_depth_ros.classical.measured_grid import MeasuredGrid
from mt_depth_ros.classical.nearest_fill import nearest_fill


def test_every_pixel_takes_the_depth_of_the_nearest_measurement() -> None:
    sparse_depth_m = np.float32([[0, 2, 0, 0, 0, 6, 0]])

    depth_m = nearest_fill(MeasuredGrid.from_sparse(sparse_depth_m))

    np.testing.assert_array_equal(depth_m[0, [0, 1, 2, 4, 5, 6]], [2, 2, 2, 6, 6, 6])


def test_a_single_measurement_answers_everywhere() -> None:
    sparse_depth_m = np.zeros((5, 8), np.float32)
    sparse_depth_m[3, 2] = 12.5

    depth_m = nearest_fill(MeasuredGrid.from_sparse(sparse_depth_m))

    np.testing.assert_array_equal(depth_m, np.full((5, 8), 12.5, np.float32))
