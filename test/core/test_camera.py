from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera

# Turns right by a quarter: what was ahead is now to the left.
QUARTER_TURN = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])

cameras = st.builds(
    RectifiedCamera,
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    fx=st.floats(10, 2000),
    fy=st.floats(10, 2000),
    cx=st.floats(-10, 50),
    cy=st.floats(-10, 50),
)


def small_camera(**changes: object) -> RectifiedCamera:
    values: dict[str, object] = {'width': 4, 'height': 3, 'fx': 2.0, 'fy': 4.0, 'cx': 1.0}
    return RectifiedCamera(**{**values, 'cy': 1.0, **changes})


def test_a_point_lands_where_the_pinhole_equation_says() -> None:
    points_m = np.array([[0.0, 0.0, 5.0], [1.0, -1.0, 2.0]], np.float32)
    # u = 2 * 1 / 2 + 1 = 2, v = 4 * -1 / 2 + 1 = -1.
    np.testing.assert_array_equal(small_camera().project(points_m), [[1.0, 1.0], [2.0, -1.0]])


def test_points_not_in_front_of_the_camera_have_no_projection() -> None:
    points_m = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, -3.0]], np.float32)
    with np.errstate(all='raise'):
        assert np.isnan(small_camera().project(points_m)).all()


def test_a_pixel_is_placed_along_its_ray() -> None:
    points_m = small_camera().unproject(np.full((3, 4), 10.0, np.float32))
    # Column 3, row 2: x = (3 - 1) / 2 * 10, y = (2 - 1) / 4 * 10.
    np.testing.assert_array_equal(points_m[2, 3], [10.0, 2.5, 10.0])
    np.testing.assert_array_equal(points_m[1, 1], [0.0, 0.0, 10.0])
    assert points_m.dtype == np.float32


@given(cameras, st.floats(0.1, 200))
def test_projecting_an_unprojected_pixel_gives_the_pixel_back(
    camera: RectifiedCamera, depth_m: float
) -> None:
    depth = np.full((camera.height, camera.width), depth_m, np.float32)
    pixels = camera.project(camera.unproject(depth).reshape(-1, 3))
    column, row = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    expected = np.stack([column, row], axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(pixels, expected, atol=1e-3)


@given(cameras, st.integers(1, 5))
def test_a_stride_places_every_nth_row_and_column(camera: RectifiedCamera, stride: int) -> None:
    rng = np.random.default_rng(stride)
    depth = rng.uniform(1, 80, (camera.height, camera.width)).astype(np.float32)
    found = camera.unproject(depth, stride=stride)
    np.testing.assert_array_equal(found, camera.unproject(depth)[::stride, ::stride])


def test_pixels_without_depth_stay_without_place() -> None:
    depth_m = np.full((3, 4), np.nan, np.float32)
    depth_m[1, 1] = np.inf
    with np.errstate(all='raise'):
        points_m = small_camera().unproject(depth_m)
    assert not np.isfinite(points_m[..., 2]).any()
    assert np.isposinf(points_m[1, 1, 2])


def test_depth_of_another_grid_is_refused() -> None:
    with pytest.raises(ValueError, match=r'expected shape \(3, 4\), got \(4, 3\)'):
        small_camera().unproject(np.zeros((4, 3), np.float32))


def test_scaling_keeps_the_directions_of_the_image_corners() -> None:
    camera = small_camera(cx=1.5, cy=1.0)
    scaled = camera.scaled_to(8, 9)
    # Twice the columns, three times the rows: (1.5 + 0.5) * 2 - 0.5, (1 + 0.5) * 3 - 0.5.
    assert (scaled.fx, scaled.fy, scaled.cx, scaled.cy) == (4.0, 12.0, 3.5, 4.0)
    # The outer edge of the first and the last pixel look where they looked before.
    assert (-0.5 - scaled.cx) / scaled.fx == (-0.5 - camera.cx) / camera.fx
    assert (7.5 - scaled.cx) / scaled.fx == (3.5 - camera.cx) / camera.fx


def test_the_rectified_frame_is_rotated_first_and_shifted_second() -> None:
    camera = small_camera(rotation=QUARTER_TURN, offset_m=np.array([-0.5, 0.0, 0.25]))
    ahead = np.array([[0.0, 1.0, 10.0]], np.float32)
    np.testing.assert_allclose(camera.rectified_from_camera(ahead), [[-10.5, 1.0, 0.25]])


def test_moving_into_the_rectified_frame_and_back_changes_nothing() -> None:
    camera = small_camera(rotation=QUARTER_TURN, offset_m=np.array([-0.5, 0.0, 0.25]))
    points_m = np.array([[1.0, 2.0, 3.0], [-4.0, 5.0, 60.0]], np.float32)
    back = camera.camera_from_rectified(camera.rectified_from_camera(points_m))
    np.testing.assert_allclose(back, points_m, atol=1e-5)


def test_the_fourth_column_of_p_is_the_offset_seen_through_the_intrinsics() -> None:
    camera = small_camera(offset_m=np.array([-0.5, 0.0, 0.25]))
    # [2 0 1; 0 4 1; 0 0 1] @ [-0.5, 0, 0.25]
    np.testing.assert_array_equal(camera.p[:, 3], [-0.75, 0.25, 0.25])
    np.testing.assert_array_equal(camera.p[:, :3], camera.k)


@pytest.mark.parametrize(
    'changes', [{'width': 0}, {'fx': 0.0}, {'fy': -1.0}, {'cx': float('nan')}, {'fx': np.inf}]
)
def test_a_camera_that_cannot_exist_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match='expected a positive size'):
        small_camera(**changes)
