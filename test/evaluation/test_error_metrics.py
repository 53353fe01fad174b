from __future__ import annotations

import json
import math
from pathlib import Path
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from mt_depth_ros.evaluation.error_metrics import (
    ErrorSums,
    ImageMeans,
    measure_errors,
    METRIC_NAMES,
)

NONE = np.full(1, np.nan, np.float32)


# In a process of its own: torchmetrics imports the torchvision it finds, and that breaks beside
# CPU builds of torch, so there is none in there.
TORCHMETRICS = """
from importlib.metadata import PackageNotFoundError, version
import json
import sys
import lightning_utilities.core.imports as imports
import numpy as np

def version_found(name):
    if name == 'torchvision':
        raise PackageNotFoundError(name)
    return version(name)

imports._version = version_found
sys.modules['torchvision'] = None
import torch
import torchmetrics

predicted, truth = np.load(sys.argv[1])
metrics = {
    'mae': torchmetrics.MeanAbsoluteError(),
    'rmse': torchmetrics.MeanSquaredError(squared=False),
    'relative': torchmetrics.MeanAbsolutePercentageError(),
}
for part in np.array_split(np.arange(len(truth)), 5):
    for metric in metrics.values():
        metric.update(torch.from_numpy(predicted[part]), torch.from_numpy(truth[part]))
print(json.dumps({name: float(metric.compute()) for name, metric in metrics.items()}))
"""


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def sums(predicted: np.ndarray, truth: np.ndarray) -> ErrorSums:
    everything = np.ones((1, len(truth)), np.bool_)
    return ErrorSums.over(everything, predicted, truth, np.full_like(truth, np.nan))


def random_depths(seed: int, num: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(1.0, 90.0, num).astype(np.float32)
    return (truth * np.exp(rng.normal(0.0, 0.2, num))).astype(np.float32), truth


def test_every_metric_equals_the_one_worked_by_hand() -> None:
    # p 11, 18, 44 for t 10, 20, 40: e 1, -2, 4; p/t 1.1, 0.9, 1.1.
    metrics = measure_errors(floats(11.0, 18.0, 44.0), floats(10.0, 20.0, 40.0))
    assert (metrics.count, metrics.answered) == (3, 3)
    assert metrics.mae_m == pytest.approx(7 / 3)
    assert metrics.rmse_m == pytest.approx(math.sqrt(21 / 3))
    # 1/km: 100 - 90.909 = 9.091; 55.556 - 50 = 5.556; 25 - 22.727 = 2.273.
    assert metrics.imae_per_km == pytest.approx((9.0909 + 5.5556 + 2.2727) / 3, abs=1e-4)
    squared = 9.0909**2 + 5.5556**2 + 2.2727**2
    assert metrics.irmse_per_km == pytest.approx(math.sqrt(squared / 3), abs=1e-4)
    assert metrics.abs_rel == pytest.approx(0.1)
    assert metrics.sq_rel_m == pytest.approx((1 / 10 + 4 / 20 + 16 / 40) / 3)
    # ln p/t: 0.09531, -0.10536, 0.09531; their mean 0.02842, standard deviation 0.0946.
    assert metrics.silog == pytest.approx(9.4597, abs=1e-3)
    # The ratios are 1.1, 1.111, 1.1.
    assert (metrics.delta_1_025, metrics.delta_1_05, metrics.delta_1_25) == (0.0, 0.0, 1.0)
    assert math.isnan(metrics.coverage_50)


def test_each_delta_counts_ratios_below_its_threshold_in_either_direction() -> None:
    # Ratios 1.02, 1.04, 1.2, 1.5, 1.9, 2, half of them below the truth.
    predicted = floats(10.2, 10 / 1.04, 12.0, 10 / 1.5, 19.0, 5.0)
    metrics = measure_errors(predicted, np.full(6, 10.0, np.float32))
    found = [getattr(metrics, name) for name in METRIC_NAMES if name.startswith('delta')]
    assert found == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6])


def test_laplace_intervals_hold_errors_up_to_b_ln_2_and_b_ln_10() -> None:
    # b = 1 m: 0.693 m and 2.303 m.
    predicted = floats(10.5, 9.3, 12.3, 7.6)
    metrics = measure_errors(predicted, np.full(4, 10.0, np.float32), np.ones(4, np.float32))
    assert (metrics.coverage_50, metrics.coverage_90) == (0.25, 0.75)


def test_pixels_without_an_uncertainty_do_not_enter_the_coverage() -> None:
    metrics = measure_errors(floats(10.1, 50.0), floats(10.0, 10.0), floats(1.0, math.nan))
    assert metrics.coverage_50 == 1.0


def test_sky_and_unknown_truth_never_enter() -> None:
    truth = floats(math.inf, math.nan, 0.0, -1.0, 10.0)
    assert measure_errors(np.full(5, 12.0, np.float32), truth).count == 1


@pytest.mark.parametrize('no_answer', [math.nan, math.inf, 0.0, -3.0])
def test_a_pixel_without_an_answer_is_counted_but_has_no_error(no_answer: float) -> None:
    metrics = measure_errors(floats(no_answer, 12.0), floats(10.0, 10.0))
    assert (metrics.count, metrics.answered) == (2, 1)
    assert metrics.mae_m == pytest.approx(2.0)
    assert metrics.delta_1_25 == 1.0


def test_no_pixel_gives_nan_and_no_warning() -> None:
    metrics = measure_errors(floats(), floats())
    assert metrics.count == 0
    assert all(math.isnan(getattr(metrics, name)) for name in METRIC_NAMES)


def test_pooled_and_mean_over_images_differ_as_worked_by_hand() -> None:
    # Image 1: one pixel, error 4. Image 2: three pixels, error 0.
    first = sums(floats(14.0), floats(10.0))
    second = sums(floats(5.0, 6.0, 7.0), floats(5.0, 6.0, 7.0))
    pooled = (first + second).metrics()
    means = (ImageMeans.of_image(first) + ImageMeans.of_image(second)).values[0]
    by_image = dict(zip(METRIC_NAMES, means, strict=True))
    assert pooled.mae_m == pytest.approx(1.0)
    assert pooled.rmse_m == pytest.approx(2.0)
    assert by_image['mae_m'] == pytest.approx(2.0)
    assert by_image['rmse_m'] == pytest.approx(2.0)


def test_an_image_without_a_metric_is_left_out_of_the_mean() -> None:
    means = ImageMeans.of_image(sums(floats(12.0), floats(10.0)))
    means += ImageMeans.of_image(sums(floats(math.nan), floats(10.0)))
    assert means.values[0][0] == pytest.approx(2.0)


@given(st.integers(0, 2**31), st.integers(1, 199))
def test_sums_of_parts_are_the_sums_of_the_whole(seed: int, cut: int) -> None:
    predicted, truth = random_depths(seed, 200)
    parts = sums(predicted[:cut], truth[:cut]) + sums(predicted[cut:], truth[cut:])
    np.testing.assert_allclose(parts.terms, sums(predicted, truth).terms, rtol=1e-12)


def test_images_of_more_pixels_than_are_added_at_once_lose_none() -> None:
    truth = np.full(600_000, 10.0, np.float32)
    added = sums(truth + 1, truth)
    assert added.metrics().count == 600_000
    assert added.metrics().rmse_m == pytest.approx(1.0)


def test_sets_are_added_up_apart() -> None:
    members = np.array([[True, False, True], [False, True, False], [False, False, False]])
    apart = ErrorSums.over(members, floats(11, 12, 13), floats(10, 10, 10), np.tile(NONE, 3))
    assert apart.counts.tolist() == [2, 1, 0]
    np.testing.assert_allclose(apart.values[:, 0], [2.0, 2.0, np.nan])


@pytest.mark.parametrize('seed', [0, 1])
def test_errors_equal_scikit_learns(seed: int) -> None:
    predicted, truth = random_depths(seed)
    metrics = measure_errors(predicted, truth)
    p, t = predicted.astype(np.float64), truth.astype(np.float64)
    assert metrics.mae_m == pytest.approx(sklearn_metrics.mean_absolute_error(t, p))
    assert metrics.rmse_m == pytest.approx(sklearn_metrics.root_mean_squared_error(t, p))
    assert metrics.abs_rel == pytest.approx(sklearn_metrics.mean_absolute_percentage_error(t, p))
    inverse = sklearn_metrics.root_mean_squared_error(1e3 / t, 1e3 / p)
    assert metrics.irmse_per_km == pytest.approx(inverse)


def test_errors_equal_those_torchmetrics_adds_up_over_batches(tmp_path: Path) -> None:
    predicted, truth = random_depths(0)
    np.save(tmp_path / 'pairs.npy', np.stack([predicted, truth]))
    command = [sys.executable, '-c', TORCHMETRICS, str(tmp_path / 'pairs.npy')]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    theirs = json.loads(result.stdout.splitlines()[-1])
    added = ErrorSums.zero(1)
    for part in np.array_split(np.arange(len(truth)), 5):
        added += sums(predicted[part], truth[part])
    metrics = added.metrics()
    assert metrics.mae_m == pytest.approx(theirs['mae'], rel=1e-5)
    assert metrics.rmse_m == pytest.approx(theirs['rmse'], rel=1e-5)
    assert metrics.abs_rel == pytest.approx(theirs['relative'], rel=1e-5)


@given(st.floats(0.1, 10.0))
def test_silog_does_not_see_a_common_factor(factor: float) -> None:
    predicted, truth = random_depths(3, 100)
    scaled = (predicted * np.float32(factor)).astype(np.float32)
    assert measure_errors(scaled, truth).silog == pytest.approx(
        measure_errors(predicted, truth).silog, rel=1e-4
    )
