from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
from numpy.typing import NDArray
import pytest

from mt_depth_ros.core.depth_units import (
    clean_sparse_depth,
    kitti_from_metres,
    metres_from_kitti,
    metres_from_millimetres,
    metres_from_virtual_kitti,
    millimetres_from_metres,
    virtual_kitti_from_metres,
)

INF, NAN = np.inf, np.nan


def metres(*values: float) -> NDArray[np.float32]:
    return np.array([values], np.float32)


def code(*values: int) -> NDArray[np.uint16]:
    return np.array([values], np.uint16)


def test_millimetres_are_thousandths_and_zero_stays_invalid() -> None:
    decoded = metres_from_millimetres(code(0, 1, 1500, 65535))
    np.testing.assert_array_equal(decoded, metres(0.0, 0.001, 1.5, 65.535))
    assert decoded.dtype == np.float32


def test_metres_are_rounded_to_the_nearest_millimetre() -> None:
    np.testing.assert_array_equal(
        millimetres_from_metres(metres(1.5, 1.2344, 1.2346, 65.535)), code(1500, 1234, 1235, 65535)
    )


def test_depth_beyond_the_code_is_saturated_and_never_wrapped() -> None:
    with np.errstate(all='raise'):
        saturated_mm = millimetres_from_metres(metres(65.5356, 70.0, 3e38, INF))
        saturated_kitti = kitti_from_metres(metres(255.9985, 256.0, 3e38, INF))
    np.testing.assert_array_equal(saturated_mm, code(65535, 65535, 65535, 65535))
    np.testing.assert_array_equal(saturated_kitti, code(65535, 65535, 65535, 65535))


def test_a_depth_too_near_for_the_code_stays_a_measurement() -> None:
    assert millimetres_from_metres(metres(0.0001)) == 1
    assert kitti_from_metres(metres(0.0001)) == 1


@pytest.mark.parametrize('encode', [millimetres_from_metres, kitti_from_metres])
def test_what_is_no_depth_becomes_the_invalid_code(encode: Callable[..., object]) -> None:
    with np.errstate(all='raise'):
        np.testing.assert_array_equal(
            encode(metres(NAN, -INF, -1.0, -0.0, 0.0)), code(0, 0, 0, 0, 0)
        )


def test_kitti_depth_is_256ths_of_a_metre() -> None:
    np.testing.assert_array_equal(
        metres_from_kitti(code(0, 256, 640, 65535)), metres(0.0, 1.0, 2.5, 255.99609375)
    )
    np.testing.assert_array_equal(
        kitti_from_metres(metres(1.0, 2.5, 10.001)), code(256, 640, 2560)
    )


def test_virtual_kitti_depth_is_centimetres_and_its_last_code_is_sky() -> None:
    np.testing.assert_array_equal(
        metres_from_virtual_kitti(code(1, 250, 65534, 65535)), metres(0.01, 2.5, 655.34, INF)
    )
    np.testing.assert_array_equal(
        virtual_kitti_from_metres(metres(0.001, 2.504, 655.34, 655.35, 1e6, INF)),
        code(1, 250, 65534, 65534, 65534, 65535),
    )


def test_virtual_kitti_refuses_a_pixel_without_depth() -> None:
    with pytest.raises(ValueError, match=r'no invalid value.*got 2 without'):
        virtual_kitti_from_metres(metres(1.0, NAN, 0.0))


@given(st.integers(1, 65534))
def test_every_code_survives_a_round_trip(value: int) -> None:
    given_code = code(value)
    assert millimetres_from_metres(metres_from_millimetres(given_code)) == value
    assert kitti_from_metres(metres_from_kitti(given_code)) == value
    assert virtual_kitti_from_metres(metres_from_virtual_kitti(given_code)) == value


@given(st.floats(0.0078125, 65.5, width=32))
def test_millimetres_keep_a_depth_within_half_a_step(depth_m: float) -> None:
    decoded = metres_from_millimetres(millimetres_from_metres(metres(depth_m)))
    assert abs(float(decoded[0, 0]) - depth_m) <= 0.0005 + 1e-5


def test_every_way_to_say_no_measurement_becomes_zero() -> None:
    cleaned = clean_sparse_depth(metres(NAN, INF, -INF, -2.0, -0.0, 0.0, 3.5))
    np.testing.assert_array_equal(cleaned, metres(0, 0, 0, 0, 0, 0, 3.5))
    assert not np.signbit(cleaned).any()


@pytest.mark.parametrize('convert', [metres_from_millimetres, millimetres_from_metres])
def test_another_dtype_is_refused(convert: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match='expected dtype'):
        convert(np.zeros((2, 2), np.float64))


def test_a_kitti_depth_map_survives_decoding_and_encoding(shared_data: Path) -> None:
    path = next((shared_data / 'kitti_depth').rglob('*.png'))
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    depth_m = metres_from_kitti(stored)
    assert 1.0 < depth_m[depth_m > 0].min() < depth_m.max() < 120.0
    np.testing.assert_array_equal(kitti_from_metres(depth_m), stored)


def test_virtual_kitti_sky_is_infinitely_far(shared_data: Path) -> None:
    path = next((shared_data / 'vkitti2_format').rglob('*depth*.png'))
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    depth_m = metres_from_virtual_kitti(stored)
    np.testing.assert_array_equal(np.isinf(depth_m), stored == 65535)
    np.testing.assert_array_equal(virtual_kitti_from_metres(depth_m), stored)
