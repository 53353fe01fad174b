from __future__ import annotations

from pathlib import Path

import cv2
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.projection import (
    grid_pixels,
    measurements_from_depth_image,
    project_scan,
    ProjectedScan,
    rasterize_nearest,
)
from mt_depth_ros.core.rectification import Rectifier
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements

CAMERA = RectifiedCamera(width=8, height=4, fx=4.0, fy=4.0, cx=4.0, cy=2.0)
HERE = RigidTransform.identity()
TILT, _ = cv2.Rodrigues(np.array([0.0, 0.1, 0.0]))


def points(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 3)


def measured(*rows: tuple[float, float, float]) -> DepthMeasurements:
    u_px, v_px, depth_m = np.array(rows, np.float32).reshape(-1, 3).T.copy()
    return DepthMeasurements(u_px=u_px, v_px=v_px, depth_m=depth_m)


def project(*rows: tuple[float, float, float], **limits: float) -> ProjectedScan:
    with np.errstate(all='raise'):
        return project_scan(points(*rows), HERE, CAMERA, **limits)


def test_a_point_lands_where_the_pinhole_equation_says() -> None:
    scan = project((1.0, -0.5, 2.0), (9.0, 0.0, 2.0), (-1.0, 0.25, 4.0))
    # u = 4 x / z + 4, v = 4 y / z + 2; the second would be at column 22 and is left out.
    np.testing.assert_array_equal(scan.measurements.u_px, [6.0, 3.0])
    np.testing.assert_array_equal(scan.measurements.v_px, [1.0, 2.25])
    np.testing.assert_array_equal(scan.measurements.depth_m, [2.0, 4.0])
    np.testing.assert_array_equal(scan.point_index, [0, 2])


def test_points_behind_the_camera_are_rejected_before_the_divide() -> None:
    # Divided by their depth the first two would land in the middle of the image.
    assert len(project((0.0, 0.0, -5.0), (0.1, 0.1, -1.0), (0.0, 0.0, 0.0)).measurements) == 0


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf, 3e38])
def test_points_that_are_not_finite_are_left_out(value: float) -> None:
    rows = [(value, 0.0, 2.0), (0.0, value, 2.0), (0.0, -value, -value), (0.0, 0.0, 2.0)]
    np.testing.assert_array_equal(project(*rows).point_index, [3])


def test_inside_is_from_zero_to_below_the_size_of_the_image() -> None:
    columns = [-0.25, 0.0, 7.75, 8.0]
    scan = project(*[((u - 4) / 4, 0.0, 1.0) for u in columns])
    np.testing.assert_array_equal(scan.measurements.u_px, [0.0, 7.75])
    rows = [-0.25, 0.0, 3.75, 4.0]
    scan = project(*[(0.0, (v - 2) / 4, 1.0) for v in rows])
    np.testing.assert_array_equal(scan.measurements.v_px, [0.0, 3.75])


def test_measurements_outside_the_wanted_range_are_left_out() -> None:
    rows = [(0.0, 0.0, z) for z in (0.4, 0.5, 10.0, 80.0, 80.5)]
    np.testing.assert_array_equal(
        project(*rows, min_depth_m=0.5, max_depth_m=80.0).point_index, [1, 2, 3]
    )


def test_an_empty_scan_gives_no_measurements() -> None:
    scan = project()
    assert len(scan.measurements) == len(scan.point_index) == 0
    np.testing.assert_array_equal(rasterize_nearest(scan.measurements, CAMERA, (2, 2)), 0.0)


def test_a_scan_is_moved_into_the_rectified_frame_first() -> None:
    optical_from_lidar = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
    camera_from_lidar = RigidTransform(optical_from_lidar, np.array([0.0, 0.0, -2.0]))
    camera = RectifiedCamera(
        width=8, height=4, fx=4.0, fy=4.0, cx=4.0, cy=2.0, offset_m=np.array([1.0, 0.0, 0.5])
    )
    scan = project_scan(points((5.5, 2.0, 1.0)), camera_from_lidar, camera)
    # Camera: (-2, -1, 3.5). Rectified: (-1, -1, 4). u = 4 * -1 / 4 + 4, v = 4 * -1 / 4 + 2.
    np.testing.assert_allclose(scan.measurements.u_px, [3.0], rtol=1e-6)
    np.testing.assert_allclose(scan.measurements.v_px, [1.0], rtol=1e-6)
    np.testing.assert_allclose(scan.measurements.depth_m, [4.0], rtol=1e-6)


@given(
    hnp.arrays(
        np.float32, st.tuples(st.integers(1, 30), st.just(3)), elements=st.integers(-50, 50)
    )
)
def test_the_fast_projection_agrees_with_the_textbook(points_m: np.ndarray) -> None:
    transform = RigidTransform(TILT, np.array([0.3, -0.2, 0.1]))
    scan = project_scan(points_m, transform, CAMERA)
    moved = points_m.astype(np.float64) @ TILT.T + transform.translation_m
    with np.errstate(divide='ignore', invalid='ignore'):
        u, v = 4 * moved[:, 0] / moved[:, 2] + 4, 4 * moved[:, 1] / moved[:, 2] + 2
    in_front = moved[:, 2] > 1e-3
    border_px = 1e-3
    surely = (u > border_px) & (u < 8 - border_px) & (v > border_px) & (v < 4 - border_px)
    maybe = (u > -border_px) & (u < 8 + border_px) & (v > -border_px) & (v < 4 + border_px)
    assert set(np.flatnonzero(in_front & surely)) <= set(scan.point_index)
    assert set(scan.point_index) <= set(np.flatnonzero(in_front & maybe))
    np.testing.assert_allclose(scan.measurements.u_px, u[scan.point_index], atol=border_px)
    np.testing.assert_allclose(scan.measurements.v_px, v[scan.point_index], atol=border_px)


def test_the_nearest_point_of_a_pixel_wins() -> None:
    grid = rasterize_nearest(
        measured((2.4, 1.0, 9.0), (1.6, 1.4, 3.0), (2.0, 0.6, 5.0), (3.0, 1.0, 7.0)),
        CAMERA,
        (4, 8),
    )
    expected = np.zeros((4, 8), np.float32)
    expected[1, 2], expected[1, 3] = 3.0, 7.0
    np.testing.assert_array_equal(grid, expected)


def test_a_smaller_grid_takes_the_points_of_all_pixels_it_covers() -> None:
    # Columns 0-3 and 4-7, rows 0-1 and 2-3 share a cell of the 2x2 grid.
    rows = [(3.49, 1.49, 5.0), (3.51, 1.51, 6.0), (0.0, 3.4, 7.0), (7.9, 0.0, 8.0)]
    np.testing.assert_array_equal(
        rasterize_nearest(measured(*rows), CAMERA, (2, 2)), [[5.0, 8.0], [7.0, 6.0]]
    )


def test_the_last_half_pixel_belongs_to_the_last_one() -> None:
    rows = measured((7.99, 3.99, 5.0), (-0.5, -0.5, 6.0))
    np.testing.assert_array_equal(grid_pixels(rows, CAMERA, (4, 8)), [31, 0])
    np.testing.assert_array_equal(grid_pixels(rows, CAMERA, (40, 80)), [40 * 80 - 1, 0])


@given(st.data())
def test_the_order_of_the_points_does_not_matter(data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 40))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    rows = np.stack([rng.uniform(0, 8, count), rng.uniform(0, 4, count)], 1).astype(np.float32)
    # Few different depths, so that ties occur.
    depth_m = rng.integers(1, 6, count).astype(np.float32)
    order = rng.permutation(count)
    first = DepthMeasurements(u_px=rows[:, 0], v_px=rows[:, 1], depth_m=depth_m)
    second = DepthMeasurements(u_px=rows[order, 0], v_px=rows[order, 1], depth_m=depth_m[order])
    grid = rasterize_nearest(first, CAMERA, (3, 5))
    np.testing.assert_array_equal(grid, rasterize_nearest(second, CAMERA, (3, 5)))
    expected = np.full(15, np.inf)
    np.minimum.at(expected, grid_pixels(first, CAMERA, (3, 5)), depth_m)
    np.testing.assert_array_equal(grid.ravel(), np.where(np.isinf(expected), 0, expected))


def depth_model(**changes: object) -> CameraModel:
    values: dict[str, object] = {
        'width': 8,
        'height': 4,
        'k': CAMERA.k,
        'distortion_model': 'plumb_bob',
        'd': np.zeros(5),
        'r': np.eye(3),
        'p': np.zeros((3, 4)),
        'frame_id': 'camera',
    }
    return CameraModel(**{**values, **changes})


def test_measured_pixels_of_a_depth_image_become_points_at_their_centres() -> None:
    depth_m = np.zeros((4, 8), np.float32)
    depth_m[1, 2], depth_m[3, 7] = 5.0, 6.0
    depth_m[0, :4] = np.nan, np.inf, -1.0, -np.inf
    found = measurements_from_depth_image(depth_m, depth_model(), Rectifier())
    np.testing.assert_array_equal(found.u_px, [2.0, 7.0])
    np.testing.assert_array_equal(found.v_px, [1.0, 3.0])
    np.testing.assert_array_equal(found.depth_m, [5.0, 6.0])
    back = rasterize_nearest(found, CAMERA, (4, 8))
    np.testing.assert_array_equal(back[1:], depth_m[1:])


def test_a_depth_image_is_rectified_point_by_point_and_never_blended() -> None:
    depth_m = np.zeros((4, 8), np.float32)
    depth_m[2, 4] = 10.0  # on the optical axis
    depth_m[2, 5] = 20.0  # slope 1 / 4 to the right
    depth_m[2, 7] = 30.0  # slope 3 / 4: column 4 tan(atan(0.75) + 0.1) + 4 = 7.68, off the grid
    found = measurements_from_depth_image(depth_m, depth_model(r=TILT), Rectifier())
    # Turning by 0.1 rad: z' = z (cos 0.1 - slope sin 0.1), u' = 4 tan(atan(slope) + 0.1) + 4.
    cos, sin = np.cos(0.1), np.sin(0.1)
    np.testing.assert_allclose(found.depth_m, [10 * cos, 20 * (cos - 0.25 * sin)], rtol=1e-6)
    np.testing.assert_allclose(
        found.u_px, [4 * np.tan(0.1) + 4, 4 * np.tan(np.arctan(0.25) + 0.1) + 4], rtol=1e-6
    )
    np.testing.assert_allclose(found.v_px, [2.0, 2.0], atol=1e-6)


def test_a_depth_image_of_another_size_is_refused() -> None:
    with pytest.raises(SensorInputError, match='8x4') as caught:
        measurements_from_depth_image(np.zeros((4, 4), np.float32), depth_model(), Rectifier())
    assert caught.value.reason == 'size_mismatch'


def kitti_scan(
    folder: Path, frame: str
) -> tuple[np.ndarray, RigidTransform, RectifiedCamera, np.ndarray]:
    """Points, camera_from_lidar, camera, and the 3x4 matrix KITTI would project with."""
    text = (folder / f'calib/{frame}.txt').read_text(encoding='utf-8')
    rows = dict(line.split(':') for line in text.splitlines() if ':' in line)
    numbers = {name: np.array(row.split(), np.float64) for name, row in rows.items()}
    p = numbers['P2'].reshape(3, 4)
    lidar = numbers['Tr_velo_to_cam'].reshape(3, 4)
    rectification = RigidTransform(numbers['R0_rect'].reshape(3, 3), np.zeros(3))
    camera_from_lidar = rectification @ RigidTransform(lidar[:, :3].copy(), lidar[:, 3].copy())
    image = cv2.imread(str(folder / f'image_2/{frame}.png'))
    scan = np.fromfile(folder / f'velodyne/{frame}.bin', np.float32).reshape(-1, 4)
    camera = depth_model(
        width=image.shape[1], height=image.shape[0], k=p[:, :3].copy(), p=p
    ).rectified
    homogeneous = np.vstack([rectification.rotation @ lidar, [0.0, 0.0, 0.0, 1.0]])
    return scan[:, :3].copy(), camera_from_lidar, camera, p @ homogeneous


@pytest.mark.parametrize(('frame', 'inside'), [('000000', 20285), ('000001', 18630)])
def test_kitti_scans_put_the_known_number_of_points_into_the_image(
    shared_data: Path, frame: str, inside: int
) -> None:
    points_m, camera_from_lidar, camera, image_from_lidar = kitti_scan(
        shared_data / 'kitti_object', frame
    )
    scan = project_scan(points_m, camera_from_lidar, camera)
    assert len(scan.measurements) == inside
    seen = np.c_[points_m.astype(np.float64), np.ones(len(points_m))] @ image_from_lidar.T
    expected = seen[scan.point_index]
    np.testing.assert_allclose(scan.measurements.u_px, expected[:, 0] / expected[:, 2], atol=5e-4)
    np.testing.assert_allclose(scan.measurements.v_px, expected[:, 1] / expected[:, 2], atol=5e-4)
    np.testing.assert_allclose(scan.measurements.depth_m, expected[:, 2], rtol=1e-5)


def test_the_network_grid_keeps_the_points_that_resizing_a_depth_map_would_lose(
    shared_data: Path,
) -> None:
    points_m, camera_from_lidar, camera, _ = kitti_scan(shared_data / 'kitti_object', '000001')
    measurements = project_scan(points_m, camera_from_lidar, camera).measurements
    full = rasterize_nearest(measurements, camera, (camera.height, camera.width))
    straight = rasterize_nearest(measurements, camera, (256, 512))
    resized = cv2.resize(full, (512, 256), interpolation=cv2.INTER_NEAREST)
    num_full = np.count_nonzero(full)
    assert np.count_nonzero(straight) / num_full > 0.92
    assert np.count_nonzero(resized) / num_full < 0.31
