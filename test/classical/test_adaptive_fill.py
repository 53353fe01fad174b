import subprocess
import sys

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
import numpy as np
import pytest

from mt_depth_ros.classical.adaptive_fill import adaptive_fill
from mt_depth_ros.classical.measured_grid import MeasuredGrid


def filled(sparse_depth_m: np.ndarray) -> np.ndarray:
    return adaptive_fill(MeasuredGrid.from_sparse(sparse_depth_m))


def road_scan(height: int = 60, width: int = 80) -> np.ndarray:
    """A plane, inverse depth 0.01 + 0.002 v, measured every 6th row and 2nd column."""
    depth_m = np.zeros((height, width), np.float32)
    rows = np.arange(0, height, 6)
    depth_m[rows, ::2] = (1 / (0.01 + 0.002 * rows))[:, None]
    return depth_m


def test_a_row_is_joined_linearly_in_inverse_depth() -> None:
    # Inverse depths 1/10 and 1/11 over a gap of 4: one step on it is 1/10 - 1/440 = 43/440.
    depth_m = filled(np.float32([[10, 0, 0, 0, 11]]))

    np.testing.assert_allclose(depth_m, [[10, 440 / 43, 440 / 42, 440 / 41, 11]], rtol=1e-6)


def test_a_column_is_joined_linearly_in_inverse_depth_even_across_a_jump() -> None:
    # Half way in inverse depth between 10 and 40: 1 / ((0.1 + 0.025) / 2) = 16.
    depth_m = filled(np.float32([[10], [0], [40]]))

    np.testing.assert_allclose(depth_m, [[10], [16], [40]], rtol=1e-6)


def test_a_plane_between_scan_lines_is_exact() -> None:
    depth_m = filled(road_scan())

    expected_m = 1 / (0.01 + 0.002 * np.arange(55))[:, None] * np.ones((1, 79))
    np.testing.assert_allclose(depth_m[:55, :79], expected_m, rtol=1e-5)


def test_a_row_is_not_joined_past_a_measurement_beside_it() -> None:
    # The near point lies inside the circle over the far pair: their line would pass over it.
    sparse_depth_m = np.zeros((3, 9), np.float32)
    sparse_depth_m[0, 0] = sparse_depth_m[0, 8] = 50.0
    sparse_depth_m[1, 4] = 5.0

    assert filled(sparse_depth_m)[0, 4] < 10.0


def test_a_single_measurement_answers_everywhere() -> None:
    sparse_depth_m = np.zeros((7, 9), np.float32)
    sparse_depth_m[6, 0] = 3.5

    np.testing.assert_allclose(filled(sparse_depth_m), 3.5, rtol=1e-6)


def test_a_dense_frame_comes_back_unchanged() -> None:
    dense_m = np.random.default_rng(1).uniform(0.3, 300, (20, 30)).astype(np.float32)

    np.testing.assert_array_equal(filled(dense_m), dense_m)


@settings(max_examples=60, deadline=None)
@given(
    sparse_depth_m=arrays(
        np.float32,
        st.tuples(st.integers(1, 24), st.integers(1, 24)),
        elements=st.one_of(st.just(0.0), st.floats(0.125, 500, width=32)),
    ).filter(lambda depth_m: bool(np.any(depth_m)))
)
def test_any_measurements_are_kept_and_bound_the_answer(sparse_depth_m: np.ndarray) -> None:
    depth_m = filled(sparse_depth_m)

    is_measured = sparse_depth_m > 0
    np.testing.assert_array_equal(depth_m[is_measured], sparse_depth_m[is_measured])
    assert depth_m.min() >= sparse_depth_m[is_measured].min() * (1 - 1e-5)
    assert depth_m.max() <= sparse_depth_m[is_measured].max() * (1 + 1e-5)


@pytest.fixture
def threads_restored():
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


@pytest.mark.usefixtures('threads_restored')
def test_the_answer_is_the_same_bit_for_bit_with_any_number_of_threads() -> None:
    sparse_depth_m = random_scan()
    answers = []
    for threads in (1, 2, 4):
        cv2.setNumThreads(threads)
        answers.append(filled(sparse_depth_m))

    np.testing.assert_array_equal(answers[1], answers[0])
    np.testing.assert_array_equal(answers[2], answers[0])


def test_the_answer_is_the_same_bit_for_bit_in_another_process(tmp_path) -> None:
    np.save(tmp_path / 'sparse.npy', random_scan())
    code = (
        'import numpy as np\n'
        'from mt_depth_ros.classical.adaptive_fill import adaptive_fill\n'
        'from mt_depth_ros.classical.measured_grid import MeasuredGrid\n'
        'grid = MeasuredGrid.from_sparse(np.load("sparse.npy"))\n'
        'np.save("depth.npy", adaptive_fill(grid))\n'
    )
    environment = {'PYTHONPATH': ':'.join(sys.path), 'OMP_NUM_THREADS': '1'}
    subprocess.run([sys.executable, '-c', code], check=True, cwd=tmp_path, env=environment)

    np.testing.assert_array_equal(np.load(tmp_path / 'depth.npy'), filled(random_scan()))


def random_scan() -> np.ndarray:
    rng = np.random.default_rng(2)
    depth_m = rng.uniform(2, 80, (375, 1242)).astype(np.float32)
    depth_m[rng.random(depth_m.shape) > 0.05] = 0
    return depth_m
