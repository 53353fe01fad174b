from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt
import torch

from mt_depth_ros.networks.nearest_measurement import DEPTH_OF_NOTHING_M, nearest_measurement


def measured(height: int, width: int, points: dict[tuple[int, int], float]) -> torch.Tensor:
    sparse = torch.zeros(1, 1, height, width)
    for (row, column), depth_m in points.items():
        sparse[0, 0, row, column] = depth_m
    return sparse


def nearest(sparse: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return nearest_measurement(sparse, (sparse > 0).float())


def test_one_measurement_is_everywhere_and_its_distance_is_euclidean() -> None:
    depth, distance = nearest(measured(8, 8, {(1, 2): 7.0}))
    assert depth.unique().tolist() == [7.0]
    assert distance[0, 0, 1, 2] == 0.0
    assert distance[0, 0, 4, 6] == 5.0  # 3 down, 4 right


def test_between_two_measurements_the_nearer_one_counts() -> None:
    depth, distance = nearest(measured(2, 12, {(0, 1): 5.0, (0, 10): 50.0}))
    assert depth[0, 0, 0].tolist() == [5.0] * 6 + [50.0] * 6
    assert distance[0, 0, 0].tolist() == [1, 0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 1]


def test_measurements_side_by_side_keep_their_own_pixels() -> None:
    points = {(row, column): 1.0 + 4 * row + column for row in range(4) for column in range(4)}
    depth, distance = nearest(measured(4, 4, points))
    assert depth.flatten().tolist() == [float(number) for number in range(1, 17)]
    assert not distance.any()


@pytest.mark.parametrize('share', [0.2, 0.05, 0.01, 0.002])
@pytest.mark.parametrize('size', [(64, 128), (46, 154)])
def test_few_pixels_get_a_measurement_that_is_not_quite_the_nearest(
    share: float, size: tuple[int, int]
) -> None:
    generator = torch.Generator().manual_seed(5)
    validity = (torch.rand(1, 1, *size, generator=generator) < share).float()
    _, distance = nearest_measurement(10 * validity, validity)
    excess = distance[0, 0].numpy() - distance_transform_edt(validity[0, 0].numpy() == 0)
    assert excess.min() > -1e-4
    assert (excess > 1e-3).mean() < 0.1
    assert excess.mean() < 0.05
    assert excess.max() < 6.0


def test_each_frame_of_a_batch_is_filled_from_its_own_measurements() -> None:
    both = torch.cat([measured(8, 8, {(0, 0): 3.0}), measured(8, 8, {(7, 7): 9.0})])
    depth, _ = nearest(both)
    assert depth[0].unique().tolist() == [3.0]
    assert depth[1].unique().tolist() == [9.0]


def test_a_frame_without_measurement_is_finite_and_far_from_any() -> None:
    depth, distance = nearest(torch.zeros(1, 1, 8, 16))
    assert depth.unique().tolist() == [DEPTH_OF_NOTHING_M]
    assert np.isfinite(distance.numpy()).all()
    assert distance.min() > 1000.0
