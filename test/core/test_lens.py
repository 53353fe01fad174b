from __future__ import annotations

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.camera_model import CameraModel, RegionOfInterest
from mt_depth_ros.core.lens import distort, undistort

K = np.array([[150.0, 0.0, 99.5], [0.0, 160.0, 74.5], [0.0, 0.0, 1.0]])
PLUMB_BOB = [-0.25, 0.06, 0.001, -0.002, 0.01]
RATIONAL = [0.3, -0.2, 0.001, 0.0005, 0.01, 0.5, -0.1, 0.02]
LENSES = [
    ('plumb_bob', PLUMB_BOB[:4]),
    ('plumb_bob', PLUMB_BOB),
    ('rational_polynomial', RATIONAL),
    ('rational_polynomial', [*RATIONAL, 0.002, -0.001, 0.003, 0.0005]),
    ('rational_polynomial', [*RATIONAL, 0.002, -0.001, 0.003, 0.0005, 0.02, -0.03]),
    ('equidistant', [-0.02, 0.005, -0.001, 0.0002]),
    ('equidistant', [0.0, 0.0, 0.0, 0.0]),
]
every_lens = pytest.mark.parametrize(
    ('lens', 'd'), LENSES, ids=[f'{lens}-{np.count_nonzero(d)}' for lens, d in LENSES]
)


def model(lens: str, d: list[float], **changes: object) -> CameraModel:
    values: dict[str, object] = {'width': 200, 'height': 150, **changes}
    return CameraModel(
        k=K,
        distortion_model=lens,
        d=np.array(d, np.float64),
        r=np.zeros((3, 3)),
        p=np.zeros((3, 4)),
        frame_id='camera',
        **values,
    )


@every_lens
def test_every_lens_model_shows_rays_where_opencv_does(lens: str, d: list[float]) -> None:
    rays = np.random.default_rng(1).uniform(-0.7, 0.7, (50, 2))
    rays[0] = 0.0
    if lens == 'equidistant':
        expected = cv2.fisheye.distortPoints(rays[:, None], K, np.array(d))
    else:
        points_m = np.column_stack([rays, np.ones(50)])
        expected, _ = cv2.projectPoints(points_m, np.zeros(3), np.zeros(3), K, np.array(d))
    np.testing.assert_allclose(distort(rays, model(lens, d)), expected[:, 0], atol=1e-9)


@every_lens
@given(x=st.floats(-0.6, 0.6), y=st.floats(-0.45, 0.45))
def test_a_ray_is_found_again_from_its_pixel(
    lens: str, d: list[float], x: float, y: float
) -> None:
    camera = model(lens, d)
    ray = np.array([[x, y]])
    np.testing.assert_allclose(undistort(distort(ray, camera), camera), ray, atol=1e-5)


def test_rays_are_those_of_the_image_that_is_delivered() -> None:
    roi = RegionOfInterest(x_offset=20, y_offset=10, width=160, height=120)
    whole, part = model('plumb_bob', PLUMB_BOB), model('plumb_bob', PLUMB_BOB, roi=roi)
    ray = np.array([[0.3, -0.2]])
    np.testing.assert_allclose(distort(ray, whole) - distort(ray, part), [[20.0, 10.0]])


def test_the_corner_of_a_strong_lens_is_undone_exactly() -> None:
    camera = model('plumb_bob', [-0.3, 0.09, 0.0, 0.0])
    # x = 0.9, y = 0.6: r2 = 1.17, factor 1 - 0.3 * 1.17 + 0.09 * 1.3689 = 0.772201.
    seen = np.array([[150 * 0.9 * 0.772201 + 99.5, 160 * 0.6 * 0.772201 + 74.5]])
    np.testing.assert_allclose(undistort(seen, camera), [[0.9, 0.6]], atol=1e-5)


def test_a_pixel_that_no_ray_explains_has_no_ray() -> None:
    # x (1 - 0.4 x2) never exceeds 0.61, so nothing is seen further out than 61 % of fx.
    camera = model('plumb_bob', [-0.4, 0.0, 0.0, 0.0])
    seen = np.array([[99.5 + 150 * 0.8, 74.5], [99.5, 74.5]])
    with np.errstate(all='raise'):
        rays = undistort(seen, camera)
    np.testing.assert_array_equal(np.isnan(rays[:, 0]), [True, False])


def test_no_ray_is_taken_from_past_the_fold_of_a_polynomial() -> None:
    # x (1 - 0.4 x2) rises up to x = sqrt(1 / 1.2) = 0.913 and is back at 0.4 for x = 1.35.
    camera = model('plumb_bob', [-0.4, 0.0, 0.0, 0.0])
    column = np.linspace(99.5, 99.5 + 150 * 0.9, 200)
    rays = undistort(np.stack([column, np.full(200, 74.5)], axis=-1), camera)[:, 0]
    np.testing.assert_array_equal(np.isnan(rays[column > 99.5 + 150 * 0.61]), True)
    assert np.nanmax(rays) < 0.914
    assert not np.isnan(rays[column < 99.5 + 150 * 0.6]).any()


def test_many_points_are_undone_like_few() -> None:
    camera = model('plumb_bob', PLUMB_BOB)
    row, column = np.indices((150, 200), dtype=np.float64)
    seen = np.stack([column.ravel(), row.ravel()], axis=-1)  # more than one chunk
    rays = undistort(seen, camera)
    np.testing.assert_allclose(distort(rays, camera), seen, atol=1e-3)
    np.testing.assert_array_equal(rays[20000:20003], undistort(seen[20000:20003], camera))
    assert undistort(np.zeros((0, 2)), camera).shape == (0, 2)
