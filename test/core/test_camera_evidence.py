"""Depth brought back from a coarser grid, by more than the image."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.camera_evidence import CameraEvidence
from mt_depth_ros.core.measured_detail import REACH_PX, with_measured_detail
from mt_depth_ros.core.resizing import GridResizer

INF, NAN = np.inf, np.nan
sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))


def brought_back(
    depth_m: list[list[float]],
    *,
    image: list[list[int]],
    sparse_depth_m: list[list[float]] | None = None,
    mask: list[list[int]] | None = None,
) -> np.ndarray:
    """Depth on the grid of a grey image, of more than one measurement or mask."""
    grid = np.float32(depth_m)
    grey = np.asarray(image, np.uint8)
    evidence = CameraEvidence(
        image_rgb=np.repeat(grey[..., None], 3, axis=2),
        sparse_depth_m=None if sparse_depth_m is None else np.float32(sparse_depth_m),
        mask=None if mask is None else np.asarray(mask, np.bool_),
    )
    resizer = GridResizer(camera_size=grey.shape, grid_size=grid.shape)
    return resizer.depth_to_camera(grid, np.ones_like(grid), evidence)[0]


def test_an_exact_mask_tells_where_an_object_as_bright_as_its_background_ends() -> None:
    found = brought_back([[10.0, 30.0]], image=[[90] * 8], mask=[[1, 1, 1, 1, 1, 1, 0, 0]])
    np.testing.assert_array_equal(found, [[10] * 6 + [30] * 2])


def test_a_strong_edge_of_the_image_outweighs_the_mask() -> None:
    image = [[20, 20, 20, 20, 20, 20, 220, 220]]
    found = brought_back([[10.0, 30.0]], image=image, mask=[[1, 1, 0, 0, 0, 0, 0, 0]])
    np.testing.assert_array_equal(found, [[10] * 6 + [30] * 2])


# Pixels 3 to 8 of 18 lie between two surfaces of a grid of three, 6 and 7 about half way.
STEP = [[10.0, 30.0, 30.0]]
BLURRED = [[90] * 6 + [100] * 2 + [120] * 10]


def test_a_measurement_tells_the_surface_of_the_alike_pixels_around_it() -> None:
    plain = brought_back(STEP, image=BLURRED)
    np.testing.assert_array_equal(plain, [[10] * 7 + [30] * 11])
    sparse_depth_m = [[0.0] * 7 + [10.0] + [0.0] * 10]
    found = brought_back(STEP, image=BLURRED, sparse_depth_m=sparse_depth_m)
    np.testing.assert_array_equal(found, [[10] * 8 + [30] * 10])


def test_a_measurement_tells_nothing_of_pixels_unlike_its_own() -> None:
    image = [[*BLURRED[0]]]
    image[0][8] = 165
    sparse_depth_m = [[0.0] * 8 + [10.0] + [0.0] * 9]
    found = brought_back(STEP, image=image, sparse_depth_m=sparse_depth_m)
    np.testing.assert_array_equal(found[0, 6:8], brought_back(STEP, image=image)[0, 6:8])


def test_in_a_plain_image_a_measurement_tells_less() -> None:
    sparse_depth_m = [[0.0] * 7 + [10.0] + [0.0] * 10]
    found = brought_back(STEP, image=[[90] * 18], sparse_depth_m=sparse_depth_m)
    # 1.3 levels nearer to the other surface, then 4.0 and 6.7; a measurement counts 3.
    np.testing.assert_array_equal(found, [[10] * 7 + [30] * 11])


def test_brightness_unlike_all_four_tells_nothing() -> None:
    image = [[60] * 6 + [70] * 6 + [66] * 6]
    image[0][5] = 220  # a speck, less unlike what is brighter
    found = brought_back([[10.0, 30.0, 30.0]], image=image)
    assert found[0, 5] == 10.0


def test_a_measurement_far_off_tells_nothing() -> None:
    sparse_depth_m = [[0.0] * 39 + [10.0]]
    found = brought_back([[10.0, 30.0]], image=[[90] * 40], sparse_depth_m=sparse_depth_m)
    np.testing.assert_array_equal(found[0], [10] * 20 + [30] * 20)


def test_measurements_bring_back_detail_within_a_surface() -> None:
    sparse_depth_m = np.zeros((40, 40))
    sparse_depth_m[20, 20] = 10.2
    found = brought_back(
        np.full((20, 20), 10.0).tolist(),
        image=[[90] * 40] * 40,
        sparse_depth_m=sparse_depth_m.tolist(),
    )
    # ln(10.2 / 10) of weight (1 - (ln(1.02) / 0.07)^2)^2 = 0.846, 0.15 that of the depth before.
    assert found[20, 20] == pytest.approx(10.0 * 1.02 ** (0.846 / 0.996), abs=1e-3)
    assert 10.05 < found[20, 22] < found[20, 20]
    np.testing.assert_allclose(found[20, :10], 10.0, atol=1e-3)
    np.testing.assert_allclose(found, found.T, atol=1e-5)


def test_a_measurement_of_another_surface_moves_nothing() -> None:
    sparse_depth_m = np.zeros((40, 40))
    sparse_depth_m[20, 20] = 14.0  # seen through what stands before it
    found = brought_back(
        np.full((20, 20), 10.0).tolist(),
        image=[[90] * 40] * 40,
        sparse_depth_m=sparse_depth_m.tolist(),
    )
    np.testing.assert_allclose(found, 10.0, atol=1e-4)


@pytest.mark.parametrize('row', [0, 3, 20, 39])
def test_the_rows_without_measurements_are_those_of_detail_everywhere(row: int) -> None:
    rng = np.random.default_rng(row)
    depth_m = rng.uniform(9.9, 10.1, (40, 40)).astype(np.float32)
    sparse_depth_m = np.zeros((40, 40), np.float32)
    sparse_depth_m[row, 20] = 10.2
    found = with_measured_detail(depth_m, sparse_depth_m)
    beyond_reach = np.abs(np.arange(40) - row) > 3 * REACH_PX
    np.testing.assert_array_equal(found[beyond_reach], depth_m[beyond_reach])
    # Of another surface: they move nothing, but are there.
    sparse_depth_m[[0, -1], [0, -1]] = 5.0
    np.testing.assert_array_equal(with_measured_detail(depth_m, sparse_depth_m), found)
    assert (found[~beyond_reach] != depth_m[~beyond_reach]).any()


def test_without_measurements_nothing_but_the_image_counts() -> None:
    image = [[50, 50, 50, 50, 50, 50, 200, 200]]
    none = brought_back([[10.0, 30.0]], image=image, sparse_depth_m=[[0.0] * 8])
    np.testing.assert_array_equal(none, brought_back([[10.0, 30.0]], image=image))


@given(sizes, sizes, st.integers(0, 2**32 - 1))
def test_sky_and_holes_stay_and_no_depth_leaves_the_range_of_all_there_is(
    camera_size: tuple[int, int], grid_size: tuple[int, int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    depth_m = rng.choice(np.float32([5, 5.2, 40, NAN, INF]), grid_size)
    measured = rng.choice(np.float32([0, 0, 5.1, 41, 80]), camera_size)
    evidence = CameraEvidence(
        image_rgb=rng.integers(0, 256, (*camera_size, 3), np.uint8),
        sparse_depth_m=measured,
        mask=rng.random(camera_size) < 0.5,
    )
    resizer = GridResizer(camera_size=camera_size, grid_size=grid_size)
    found, uncertainty_m = resizer.depth_to_camera(depth_m, np.ones_like(depth_m), evidence)
    assert found.dtype == uncertainty_m.dtype == np.float32
    known = found[np.isfinite(found)]
    # A measurement moves what is there by a few percent, up to itself.
    assert ((known > 4.5) & (known < 46)).all()
    if camera_size == grid_size:
        np.testing.assert_array_equal(found, depth_m)
    if np.isfinite(depth_m).all():
        assert np.isfinite(found).all()
    if not np.isnan(depth_m).any():
        assert not np.isnan(found).any()


def uncertainty_back(image: list[list[int]], **more: list[list[float]]) -> np.ndarray:
    """Of a step from 10 to 30 m, known to 0.5 m, on the grid of a grey image."""
    grey = np.asarray(image, np.uint8)
    evidence = CameraEvidence(
        image_rgb=np.repeat(grey[..., None], 3, axis=2),
        **{name: np.float32(value) for name, value in more.items()},
    )
    grid = np.float32([[10.0, 30.0]])
    resizer = GridResizer(camera_size=grey.shape, grid_size=grid.shape)
    return resizer.depth_to_camera(grid, np.full_like(grid, 0.5), evidence)[1]


def test_where_either_surface_may_be_right_the_uncertainty_says_so() -> None:
    found = uncertainty_back([[90] * 8])[0]
    # At 3.5 of 8 pixels the two are 0.375 and 0.625 pixels of the grid off: 2 levels apart.
    other = math.exp(-0.2) / (1 + math.exp(-0.2))
    assert found[3] == pytest.approx(math.sqrt(0.5**2 + other * 20.0**2 / 2), rel=1e-5)
    np.testing.assert_allclose(found, found[::-1])
    np.testing.assert_array_equal(found[:2], [0.5, 0.5])  # one surface alone is there


def test_a_clear_outline_leaves_the_uncertainty_as_it_was() -> None:
    found = uncertainty_back([[20] * 4 + [220] * 4])
    np.testing.assert_allclose(found, 0.5, atol=1e-3)


def test_a_measurement_makes_its_surroundings_surer() -> None:
    plain = uncertainty_back([[90] * 8])[0]
    told = uncertainty_back([[90] * 8], sparse_depth_m=[[0, 0, 0, 10.0, 0, 0, 0, 0]])[0]
    assert told[3] < plain[3]


def test_evidence_of_two_sizes_is_refused() -> None:
    image_rgb = np.zeros((3, 4, 3), np.uint8)
    with pytest.raises(ValueError, match=r'sparse_depth_m: expected shape \(3, 4\)'):
        CameraEvidence(image_rgb=image_rgb, sparse_depth_m=np.zeros((4, 3), np.float32))
    with pytest.raises(ValueError, match='mask: expected dtype bool'):
        CameraEvidence(image_rgb=image_rgb, mask=np.zeros((3, 4), np.uint8))
