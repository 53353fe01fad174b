from collections.abc import Callable

import numpy as np
import pytest

from mt_depth_ros.classical.ip_basic_fill import ip_basic_bilateral_fill, ip_basic_gaussian_fill
from mt_depth_ros.classical.measured_grid import MeasuredGrid

Fill = Callable[[MeasuredGrid], np.ndarray]
both_variants = pytest.mark.parametrize('fill', [ip_basic_gaussian_fill, ip_basic_bilateral_fill])


@both_variants
def test_a_plane_facing_the_camera_is_filled_with_its_depth(fill: Fill) -> None:
    sparse_depth_m = np.zeros((40, 60), np.float32)
    sparse_depth_m[::5, ::7] = 20.0

    depth_m = fill(MeasuredGrid.from_sparse(sparse_depth_m))

    np.testing.assert_allclose(depth_m, 20.0, atol=1e-3)


@both_variants
def test_depth_beyond_the_papers_100_metres_survives(fill: Fill) -> None:
    sparse_depth_m = np.zeros((40, 60), np.float32)
    sparse_depth_m[::3, ::3] = 240.0

    depth_m = fill(MeasuredGrid.from_sparse(sparse_depth_m))

    np.testing.assert_allclose(depth_m, 240.0, atol=1e-3)


@both_variants
def test_a_far_measurement_does_not_change_the_near_ones(fill: Fill) -> None:
    sparse_depth_m = np.zeros((40, 120), np.float32)
    sparse_depth_m[::3, :60:3] = 20.0
    with_far_m = sparse_depth_m.copy()
    with_far_m[::3, 90::3] = 400.0

    near_m = fill(MeasuredGrid.from_sparse(sparse_depth_m))[:, :40]
    beside_far_m = fill(MeasuredGrid.from_sparse(with_far_m))[:, :40]

    np.testing.assert_allclose(beside_far_m, near_m, atol=1e-2)


@both_variants
def test_near_wins_where_near_and_far_measurements_mix(fill: Fill) -> None:
    sparse_depth_m = np.zeros((30, 30), np.float32)
    sparse_depth_m[::2, ::4] = 10.0
    sparse_depth_m[::2, 2::4] = 50.0

    depth_m = fill(MeasuredGrid.from_sparse(sparse_depth_m))

    np.testing.assert_allclose(depth_m[5:25, 5:25], 10.0, atol=1e-3)


@both_variants
def test_columns_are_extended_to_the_top(fill: Fill) -> None:
    sparse_depth_m = np.zeros((200, 20), np.float32)
    sparse_depth_m[100:, :] = 15.0

    depth_m = fill(MeasuredGrid.from_sparse(sparse_depth_m))

    np.testing.assert_allclose(depth_m[0], 15.0, atol=1e-3)


@both_variants
def test_pixels_out_of_reach_get_no_answer(fill: Fill) -> None:
    # One measurement: the diamond and the 7x7 kernel reach 5 columns, the 31x31 kernel 15 more.
    sparse_depth_m = np.zeros((50, 200), np.float32)
    sparse_depth_m[40, 10] = 15.0

    depth_m = fill(MeasuredGrid.from_sparse(sparse_depth_m))

    assert depth_m[40, 20] == pytest.approx(15.0, abs=0.01)
    assert np.isnan(depth_m[:, 60:]).all()
