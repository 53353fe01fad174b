import numpy as np
import pytest

from mt_depth_ros.classical.linear_fill import linear_fill
from mt_depth_ros.classical.measured_grid import MeasuredGrid


def filled(sparse_depth_m: np.ndarray) -> np.ndarray:
    return linear_fill(MeasuredGrid.from_sparse(sparse_depth_m))


def test_depth_is_affine_inside_a_triangle() -> None:
    # Corners 10, 14 and 18 over legs of 4 pixels: depth = 10 + u + 2 v.
    sparse_depth_m = np.zeros((5, 5), np.float32)
    sparse_depth_m[0, 0], sparse_depth_m[0, 4], sparse_depth_m[4, 0] = 10, 14, 18

    depth_m = filled(sparse_depth_m)

    assert depth_m[1, 1] == pytest.approx(13.0)
    assert depth_m[2, 1] == pytest.approx(15.0)
    assert depth_m[0, 3] == pytest.approx(13.0)


def test_outside_the_hull_the_nearest_measurement_answers() -> None:
    sparse_depth_m = np.zeros((5, 9), np.float32)
    sparse_depth_m[0, 0], sparse_depth_m[0, 4], sparse_depth_m[4, 0] = 10, 14, 18

    assert filled(sparse_depth_m)[1, 8] == 14.0


@pytest.mark.parametrize(
    'pixels',
    [[(2, 3)], [(2, 3), (4, 1)], [(1, 0), (1, 4), (1, 7)], [(0, 0), (2, 2), (5, 5), (3, 3)]],
    ids=['one', 'two', 'a row', 'a diagonal'],
)
def test_measurements_that_span_no_triangle_fall_to_the_nearest(
    pixels: list[tuple[int, int]],
) -> None:
    sparse_depth_m = np.zeros((6, 8), np.float32)
    for index, pixel in enumerate(pixels):
        sparse_depth_m[pixel] = 5.0 + index

    depth_m = filled(sparse_depth_m)

    assert np.isfinite(depth_m).all()
    assert set(np.unique(depth_m)) == {5.0 + index for index in range(len(pixels))}


def test_measurements_keep_their_depth() -> None:
    rng = np.random.default_rng(0)
    sparse_depth_m = np.zeros((30, 40), np.float32)
    sparse_depth_m[rng.random((30, 40)) < 0.1] = 3.0
    sparse_depth_m *= rng.uniform(1, 20, (30, 40)).astype(np.float32)

    depth_m = filled(sparse_depth_m)

    is_measured = sparse_depth_m > 0
    np.testing.assert_array_equal(depth_m[is_measured], sparse_depth_m[is_measured])
