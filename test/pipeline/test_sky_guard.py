from __future__ import annotations

import numpy as np

from mt_depth_ros.pipeline.sky_guard import without_sky_under_measurements

ALL_SKY = np.ones((6, 12), np.bool_)


def sparse(*points: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    depth_m = np.zeros(ALL_SKY.shape, np.float32)
    for row, column in points:
        depth_m[row, column] = 10.0
    return depth_m


def first_row_without_sky(*points: tuple[int, int]) -> list[int]:
    kept = without_sky_under_measurements(ALL_SKY, sparse(*points))
    return [int(row) for row in np.where(kept.all(axis=0), 6, (~kept).argmax(axis=0))]


def test_sky_stays_above_the_highest_measurement_and_goes_below_it() -> None:
    # A measurement speaks for two columns to each side.
    rows = first_row_without_sky(*((5, column) for column in range(12)), (2, 6))
    assert rows == [5, 5, 5, 5, 2, 2, 2, 2, 2, 5, 5, 5]


def test_columns_without_measurements_follow_the_higher_side() -> None:
    assert first_row_without_sky((4, 0), (1, 11)) == [4] * 3 + [1] * 9


def test_what_is_not_sky_does_not_become_it() -> None:
    none = np.zeros_like(ALL_SKY)
    assert not without_sky_under_measurements(none, sparse((3, 3))).any()


def test_without_any_measurement_nothing_speaks_against_sky() -> None:
    assert without_sky_under_measurements(ALL_SKY, sparse()).all()
