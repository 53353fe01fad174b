import numpy as np
import pytest

from mt_depth_ros.classical.fill_uncertainty import FillUncertainty, uncertainty_features


def test_on_a_measured_plane_only_the_sensors_noise_is_left() -> None:
    depth_m = np.full((10, 100), 20, np.float32)
    uncertainty = FillUncertainty(per_distance=0.1, per_departure=1.0, noise=0.002)

    scale_m = uncertainty.laplace_scale(depth_m, np.zeros_like(depth_m))

    np.testing.assert_allclose(scale_m, 0.04, rtol=1e-4)


def test_the_distance_counts_in_percent_of_the_width_to_the_power_1_5() -> None:
    # 4 pixels of 100 are 4 %; 4 ** 1.5 = 8; b = 20 m * (8 * 0.1 + 0.002).
    depth_m = np.full((10, 100), 20, np.float32)
    uncertainty = FillUncertainty(per_distance=0.1, per_departure=1.0, noise=0.002)

    scale_m = uncertainty.laplace_scale(depth_m, np.full_like(depth_m, 4))

    np.testing.assert_allclose(scale_m, 16.04, rtol=1e-4)


def test_a_slanted_plane_departs_from_nothing_and_an_edge_does() -> None:
    inverse_depth = np.tile(np.linspace(0.02, 0.5, 1242, dtype=np.float32), (60, 1))
    with_edge = inverse_depth.copy()
    with_edge[:, 600:] += 0.2

    _, smooth = uncertainty_features(1 / inverse_depth, np.zeros_like(inverse_depth))
    _, edged = uncertainty_features(1 / with_edge, np.zeros_like(with_edge))

    assert smooth[30, 600] < 1e-4
    assert edged[30, 600] > 0.1
    assert edged[30, 660] < 1e-4


def test_a_frame_keeps_its_uncertainty_when_its_grid_is_halved() -> None:
    full, half = np.full((20, 200), 7, np.float32), np.full((10, 100), 7, np.float32)
    uncertainty = FillUncertainty(per_distance=0.1, per_departure=1.0)

    full_m = uncertainty.laplace_scale(full, np.full_like(full, 10))
    half_m = uncertainty.laplace_scale(half, np.full_like(half, 5))

    assert full_m[0, 0] == pytest.approx(half_m[0, 0])


def test_without_an_answer_there_is_no_uncertainty_and_neighbours_keep_theirs() -> None:
    depth_m = np.full((20, 40), 20, np.float32)
    depth_m[:, 30:] = np.nan
    uncertainty = FillUncertainty(per_distance=0.1, per_departure=1.0)

    scale_m = uncertainty.laplace_scale(depth_m, np.zeros_like(depth_m))

    np.testing.assert_array_equal(np.isnan(scale_m), np.isnan(depth_m))
