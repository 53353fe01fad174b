from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.nearest_known import nearest_known, nearest_known_place


def test_the_nearest_known_value_is_found_beside_and_across() -> None:
    values = np.zeros((3, 4), np.float32)
    values[0, 0], values[2, 3] = 5.0, 9.0

    nearest, distance_px = nearest_known(values, values > 0)

    # Column 2 of the first row is 2 pixels from one and sqrt(5) from the other.
    np.testing.assert_array_equal(nearest[0], [5, 5, 5, 9])
    np.testing.assert_array_equal(nearest[2], [5, 9, 9, 9])
    assert distance_px[0, 1] == pytest.approx(1.0, abs=1e-3)


def test_the_place_of_the_nearest_known_pixel_leads_to_its_value() -> None:
    rng = np.random.default_rng(3)
    is_known = rng.random((9, 13)) < 0.1
    values = rng.random(is_known.shape, np.float32)

    place, distance_px = nearest_known_place(is_known)

    nearest, expected_px = nearest_known(values, is_known)
    np.testing.assert_array_equal(values.take(place), nearest)
    np.testing.assert_array_equal(distance_px, expected_px)
    np.testing.assert_array_equal(np.flatnonzero(is_known), place[is_known])
