from __future__ import annotations

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.camera_evidence import CameraEvidence
from mt_depth_ros.core.resizing import GridResizer

sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))
INF, NAN = np.inf, np.nan


def to_camera(depth_m: np.ndarray, camera_size: tuple[int, int]) -> np.ndarray:
    depth_m = depth_m.astype(np.float32)
    resizer = GridResizer(camera_size=camera_size, grid_size=depth_m.shape)
    return resizer.depth_to_camera(depth_m, np.ones_like(depth_m))[0]


def test_shrinking_an_image_averages_the_pixels_of_each_cell() -> None:
    image = np.zeros((2, 4, 3), np.uint8)
    image[..., 0] = [[10, 20, 100, 100], [30, 40, 100, 104]]
    shrunk = GridResizer(camera_size=(2, 4), grid_size=(1, 2)).image_to_grid(image)
    np.testing.assert_array_equal(shrunk[..., 0], [[25, 101]])


def test_growing_an_image_interpolates_between_pixel_centres() -> None:
    image = np.zeros((1, 2, 3), np.uint8)
    image[0, 1] = 100
    grown = GridResizer(camera_size=(1, 2), grid_size=(1, 4)).image_to_grid(image)
    # The new centres lie at -0.25, 0.25, 0.75 and 1.25 of the old ones.
    np.testing.assert_array_equal(grown[0, :, 1], [0, 25, 75, 100])


def test_an_axis_that_shrinks_is_averaged_though_the_other_grows() -> None:
    image = np.zeros((4, 2, 3), np.uint8)
    image[0], image[:, 1] = 200, 40  # rows 200|40, 0|40, 0|40, 0|40
    image[0, 1] = 40
    both = GridResizer(camera_size=(4, 2), grid_size=(1, 4)).image_to_grid(image)
    # Averaged over the rows: 50 and 40; then at -0.25, 0.25, 0.75, 1.25.
    np.testing.assert_array_equal(both[0, :, 0], [50, 48, 43, 40])


def test_a_mask_becomes_the_part_of_each_cell_it_covers() -> None:
    mask = np.array([[True, False, True, True], [False, False, True, True]])
    covered = GridResizer(camera_size=(2, 4), grid_size=(1, 2)).mask_to_grid(mask)
    np.testing.assert_array_equal(covered, [[0.25, 1.0]])
    assert covered.dtype == np.float32


@pytest.mark.parametrize(
    ('camera_size', 'grid_size'),
    [
        ((375, 1242), (256, 512)),
        ((370, 1224), (192, 640)),
        ((48, 64), (96, 100)),
        ((9, 7), (5, 7)),
    ],
)
def test_a_slanted_plane_comes_back_exactly(
    camera_size: tuple[int, int], grid_size: tuple[int, int]
) -> None:
    (height, width), (grid_height, grid_width) = camera_size, grid_size
    row, column = np.indices(camera_size, dtype=np.float64)
    grid_row, grid_column = np.indices(grid_size, dtype=np.float64)
    # The plane written in positions of the camera, read at the centres of the grid.
    in_camera_row = (grid_row + 0.5) * height / grid_height - 0.5
    in_camera_column = (grid_column + 0.5) * width / grid_width - 0.5
    plane = 50 + 2.0 * in_camera_row / height + 3.0 * in_camera_column / width
    expected = 50 + 2.0 * row / height + 3.0 * column / width
    found = to_camera(plane, camera_size)
    # Beyond the outermost centres there is nothing to interpolate to.
    inner = np.s_[
        height // grid_height + 1 : -(height // grid_height) - 1 or None,
        width // grid_width + 1 : -(width // grid_width) - 1 or None,
    ]
    np.testing.assert_allclose(found[inner], expected[inner], atol=2e-3)


def test_positions_are_those_of_the_scaled_camera() -> None:
    camera = RectifiedCamera(width=1242, height=375, fx=721.5, fy=721.5, cx=609.6, cy=172.9)
    small = camera.scaled_to(512, 256)
    # A smooth surface over viewing directions, which both grids sample at their pixel centres.
    depth_small, depth_full = (
        1.0 / (0.05 + 0.005 * ((np.arange(c.width) - c.cx) / c.fx)[None])
        + ((np.arange(c.height) - c.cy) / c.fy)[:, None]
        for c in (small, camera)
    )
    found = to_camera(depth_small, (375, 1242))
    np.testing.assert_allclose(found[3:-3, 3:-3], depth_full[3:-3, 3:-3], atol=2e-3)


def test_no_depth_is_invented_between_foreground_and_background() -> None:
    found = to_camera(np.array([[10.0, 30.0]]), (1, 8))
    np.testing.assert_array_equal(found, [[10, 10, 10, 10, 30, 30, 30, 30]])


def test_within_a_surface_depth_is_interpolated() -> None:
    # 10.8 / 10 is below the edge ratio; centres lie at -0.25, 0.25, 0.75, 1.25.
    np.testing.assert_allclose(
        to_camera(np.array([[10.0, 10.8]]), (1, 4)), [[10, 10.2, 10.6, 10.8]]
    )


def test_an_edge_of_the_diagonal_neighbours_counts_too() -> None:
    found = to_camera(np.array([[10.0, 10.0], [10.0, 20.0]]), (4, 4))
    assert set(np.unique(found)) == {10.0, 20.0}


@pytest.mark.parametrize('hole', [NAN, INF])
def test_a_pixel_without_finite_depth_does_not_spread(hole: float) -> None:
    found = to_camera(np.array([[8.0, 8.2, hole, 8.4, 8.2]]), (1, 15))
    np.testing.assert_array_equal(found[0, 6:9], [hole] * 3)
    kept = np.delete(found[0], np.s_[6:9])
    assert (kept >= 8.0).all()
    assert (kept <= 8.4 + 1e-6).all()


def brought_back(depth_m: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Depth on the grid of a grey image, whose brightness tells the sides of an edge."""
    depth_m = depth_m.astype(np.float32)
    image_rgb = np.repeat(image.astype(np.uint8)[..., None], 3, axis=2)
    resizer = GridResizer(camera_size=image.shape, grid_size=depth_m.shape)
    evidence = CameraEvidence(image_rgb=image_rgb)
    return resizer.depth_to_camera(depth_m, np.ones_like(depth_m), evidence)[0]


def test_an_outline_is_where_the_image_has_it() -> None:
    # The dark object covers six of eight pixels, but one of two on the grid.
    image = np.array([[50, 50, 50, 50, 50, 50, 200, 200]])
    found = brought_back(np.array([[10.0, 30.0]]), image)
    np.testing.assert_array_equal(found, [[10, 10, 10, 10, 10, 10, 30, 30]])


def test_a_surface_before_the_sky_grows_to_where_the_image_has_its_end() -> None:
    image = np.array([[250], [250], [90], [90], [90], [90], [90], [90]])
    found = brought_back(np.array([[INF], [40.0]]), image)
    np.testing.assert_array_equal(found[:, 0], [INF] * 2 + [40.0] * 6)


@pytest.mark.parametrize('hole', [NAN, INF])
def test_brightness_takes_no_surface_away(hole: float) -> None:
    image = np.array([[250], [250], [250], [250], [250], [250], [90], [90]])
    found = brought_back(np.array([[hole], [40.0]]), image)
    np.testing.assert_array_equal(found[:, 0], [hole] * 4 + [40.0] * 4)


def test_a_little_noise_in_the_image_moves_no_outline() -> None:
    image = np.array([[100, 103, 98, 101, 99, 102, 100, 97]])
    found = brought_back(np.array([[10.0, 30.0]]), image)
    np.testing.assert_array_equal(found, [[10, 10, 10, 10, 30, 30, 30, 30]])


@given(sizes, sizes, st.integers(0, 2**32 - 1))
def test_where_the_image_tells_nothing_the_nearest_pixel_is_taken(
    camera_size: tuple[int, int], grid_size: tuple[int, int], seed: int
) -> None:
    depth_m = np.random.default_rng(seed).choice(np.float32([5, 40, NAN, INF]), grid_size)
    found = brought_back(depth_m, np.full(camera_size, 77))
    np.testing.assert_array_equal(found, to_camera(depth_m, camera_size))


def test_uncertainty_takes_the_same_side_of_an_edge_as_depth() -> None:
    resizer = GridResizer(camera_size=(1, 8), grid_size=(1, 2))
    depth_m, uncertainty_m = np.float32([[10, 30]]), np.float32([[0.1, 0.9]])
    _, found = resizer.depth_to_camera(depth_m, uncertainty_m)
    np.testing.assert_array_equal(found, np.float32([[0.1] * 4 + [0.9] * 4]))


def test_unknown_uncertainty_takes_the_depth_of_its_own_pixel_along() -> None:
    resizer = GridResizer(camera_size=(1, 8), grid_size=(1, 2))
    depth_m, uncertainty_m = np.float32([[10, NAN]]), np.float32([[0.1, NAN]])
    for found in resizer.depth_to_camera(depth_m, uncertainty_m):
        np.testing.assert_array_equal(np.isnan(found[0]), [False] * 4 + [True] * 4)


def test_a_scalar_is_interpolated_across_any_step() -> None:
    resizer = GridResizer(camera_size=(1, 4), grid_size=(1, 2))
    np.testing.assert_allclose(
        resizer.scalar_to_camera(np.float32([[0.0, 1.0]])), [[0.0, 0.25, 0.75, 1.0]]
    )


@given(sizes, sizes, st.integers(0, 2**32 - 1))
def test_what_comes_back_was_there_and_holes_are_those_of_the_nearest_pixel(
    camera_size: tuple[int, int], grid_size: tuple[int, int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    depth_m = rng.choice(np.float32([5, 5.2, 5.4, 40, NAN, INF]), grid_size)
    found = to_camera(depth_m, camera_size)
    row, column = (
        [(2 * i + 1) * grid // (2 * camera) for i in range(camera)]
        for camera, grid in zip(camera_size, grid_size, strict=True)
    )
    nearest = depth_m[np.ix_(row, column)]
    np.testing.assert_array_equal(np.isnan(found), np.isnan(nearest))
    np.testing.assert_array_equal(np.isinf(found), np.isinf(nearest))
    known = found[np.isfinite(found)]
    is_near_surface = (known >= 5 - 1e-4) & (known <= 5.4 + 1e-4)
    assert (is_near_surface | (np.abs(known - 40) < 1e-3)).all()


@given(sizes, sizes)
def test_a_flat_wall_stays_flat_whatever_the_sizes(
    camera_size: tuple[int, int], grid_size: tuple[int, int]
) -> None:
    np.testing.assert_allclose(to_camera(np.full(grid_size, 7.5), camera_size), 7.5, rtol=1e-6)


def test_equal_sizes_pass_everything_on_untouched() -> None:
    resizer = GridResizer(camera_size=(3, 4), grid_size=(3, 4))
    image, depth_m = np.zeros((3, 4, 3), np.uint8), np.zeros((3, 4), np.float32)
    assert resizer.image_to_grid(image) is image
    assert resizer.depth_to_camera(depth_m, depth_m)[0] is depth_m
    assert resizer.scalar_to_camera(depth_m) is depth_m


def test_an_image_of_another_grid_is_refused() -> None:
    resizer = GridResizer(camera_size=(3, 4), grid_size=(2, 2))
    with pytest.raises(ValueError, match=r'image_rgb: expected shape \(3, 4, 3\)'):
        resizer.image_to_grid(np.zeros((4, 3, 3), np.uint8))
    with pytest.raises(ValueError, match=r'depth_m: expected shape \(2, 2\)'):
        resizer.depth_to_camera(np.zeros((3, 4), np.float32), np.zeros((2, 2), np.float32))
    with pytest.raises(ValueError, match=r'image_rgb: expected shape \(3, 4, 3\)'):
        resizer.depth_to_camera(
            np.zeros((2, 2), np.float32),
            np.zeros((2, 2), np.float32),
            CameraEvidence(image_rgb=np.zeros((2, 2, 3), 'u1')),
        )
    with pytest.raises(ValueError, match='positive sizes'):
        GridResizer(camera_size=(0, 4), grid_size=(2, 2))


def test_opencv_resizes_by_the_pixel_convention_of_the_cameras() -> None:
    ramp = np.arange(16, dtype=np.float32)[None].repeat(2, 0)
    grown = cv2.resize(ramp, (40, 2), interpolation=cv2.INTER_LINEAR)
    expected = np.clip((np.arange(40) + 0.5) * 16 / 40 - 0.5, 0, 15)
    np.testing.assert_allclose(grown[0], expected, atol=1e-5)
