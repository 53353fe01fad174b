import numpy as np
import pytest

from mt_depth_ros.classical.measured_grid import MeasuredGrid


def test_the_distance_is_zero_on_a_measurement_and_grows_by_one_a_pixel() -> None:
    sparse_depth_m = np.zeros((1, 5), np.float32)
    sparse_depth_m[0, 1] = 7.0

    grid = MeasuredGrid.from_sparse(sparse_depth_m)

    np.testing.assert_allclose(grid.distance_px, [[1, 0, 1, 2, 3]], atol=1e-3)
    np.testing.assert_array_equal(grid.is_measured, sparse_depth_m > 0)


def test_a_grid_without_a_measurement_is_refused() -> None:
    with pytest.raises(ValueError, match='at least one measurement'):
        MeasuredGrid.from_sparse(np.zeros((2, 2), np.float32))


def test_depth_of_another_dtype_is_refused() -> None:
    with pytest.raises(ValueError, match='expected dtype float32, got float64'):
        MeasuredGrid.from_sparse(np.ones((2, 2)))
