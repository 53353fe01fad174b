import numpy as np
import pytest

from mt_depth_ros.classical.registry import build_classical, CLASSICAL_NAMES
from mt_depth_ros.core.completion import CompletionInput
from mt_depth_ros.core.errors import SensorInputError


def frame(sparse_depth_m: np.ndarray) -> CompletionInput:
    size = sparse_depth_m.shape
    return CompletionInput(
        image_rgb=np.zeros((*size, 3), np.uint8),
        sparse_depth_m=sparse_depth_m,
        mask=np.zeros(size, np.float32),
    )


def one_measurement(depth_m: float) -> np.ndarray:
    sparse_depth_m = np.zeros((20, 30), np.float32)
    sparse_depth_m[10, 10] = depth_m
    return sparse_depth_m


every_completer = pytest.mark.parametrize('name', CLASSICAL_NAMES)


@every_completer
def test_depth_and_uncertainty_come_on_the_grid_of_the_input(name: str) -> None:
    completed = build_classical(name).complete(frame(one_measurement(8.0)))

    for answer in (completed.depth_m, completed.uncertainty_m):
        assert answer.shape == (20, 30)
        assert answer.dtype == np.float32
    assert completed.depth_m[10, 10] == pytest.approx(8.0, abs=0.01)
    assert completed.sky is None


@every_completer
def test_the_uncertainty_is_positive_where_there_is_an_answer(name: str) -> None:
    rng = np.random.default_rng(3)
    sparse_depth_m = rng.uniform(2, 70, (80, 120)).astype(np.float32)
    sparse_depth_m[rng.random((80, 120)) > 0.05] = 0

    completed = build_classical(name).complete(frame(sparse_depth_m))

    has_answer = np.isfinite(completed.depth_m)
    assert has_answer.mean() > 0.9
    assert (completed.uncertainty_m[has_answer] > 0).all()
    np.testing.assert_array_equal(np.isfinite(completed.uncertainty_m), has_answer)


@every_completer
@pytest.mark.parametrize('nothing', [0.0, np.nan, np.inf, -1.0])
def test_a_frame_without_measurements_is_refused(name: str, nothing: float) -> None:
    with pytest.raises(SensorInputError, match='at least one depth measurement') as caught:
        build_classical(name).complete(frame(one_measurement(nothing)))

    assert caught.value.reason == 'no_measurements'
    assert name in str(caught.value)


@every_completer
def test_what_is_no_depth_counts_as_unmeasured(name: str) -> None:
    sparse_depth_m = one_measurement(8.0)
    sparse_depth_m[5, 5], sparse_depth_m[5, 6], sparse_depth_m[5, 7] = np.nan, np.inf, -2

    completed = build_classical(name).complete(frame(sparse_depth_m))

    expected = build_classical(name).complete(frame(one_measurement(8.0)))
    np.testing.assert_array_equal(completed.depth_m, expected.depth_m)


def test_the_default_ignores_background_that_shows_through_an_object() -> None:
    sparse_depth_m = np.zeros((40, 1242), np.float32)
    sparse_depth_m[::5, ::3] = 6.0
    sparse_depth_m[20, 600] = 40.0

    completed = build_classical('adaptive').complete(frame(sparse_depth_m))

    np.testing.assert_allclose(completed.depth_m, 6.0, rtol=1e-5)
