from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.camera_model import CameraModel, RegionOfInterest
from mt_depth_ros.core.errors import SensorInputError

K = np.array([[500.0, 0.0, 319.5], [0.0, 400.0, 239.5], [0.0, 0.0, 1.0]])
TURN = np.array([[0.8, 0.0, -0.6], [0.0, 1.0, 0.0], [0.6, 0.0, 0.8]])


def model(**changes: object) -> CameraModel:
    values: dict[str, object] = {
        'width': 640,
        'height': 480,
        'k': K,
        'distortion_model': 'plumb_bob',
        'd': np.zeros(5),
        'r': np.eye(3),
        'p': np.column_stack([K, np.zeros(3)]),
        'frame_id': 'camera',
    }
    return CameraModel(**{**values, **changes})


def test_a_calibration_without_crop_or_binning_is_taken_as_it_is() -> None:
    camera = model().rectified
    assert (camera.width, camera.height) == (640, 480)
    np.testing.assert_array_equal(camera.k, K)
    np.testing.assert_array_equal(camera.offset_m, np.zeros(3))
    assert not model().needs_rectification
    assert model().image_size == (480, 640)


def test_the_fourth_column_of_p_becomes_an_offset_in_metres() -> None:
    p = np.column_stack([K, [500 * 0.06 + 319.5 * 0.005, 239.5 * 0.005, 0.005]])
    np.testing.assert_allclose(model(p=p).rectified.offset_m, [0.06, 0.0, 0.005], atol=1e-12)
    np.testing.assert_allclose(model(p=p).rectified.p, p, atol=1e-9)


def test_a_crop_moves_the_principal_point() -> None:
    cropped = model(roi=RegionOfInterest(x_offset=100, y_offset=40, width=320, height=200))
    assert cropped.image_size == (200, 320)
    assert (cropped.rectified.cx, cropped.rectified.cy) == (219.5, 199.5)
    assert (cropped.rectified.fx, cropped.rectified.fy) == (500.0, 400.0)
    np.testing.assert_array_equal(cropped.raw_k, cropped.rectified.k)


def test_binning_keeps_the_image_centre_at_the_centre() -> None:
    binned = model(binning_x=2, binning_y=4)
    assert binned.image_size == (120, 320)
    # The centre of 640 columns is 319.5, of 320 columns 159.5; of 480 rows 239.5, of 120 59.5.
    assert (binned.rectified.cx, binned.rectified.cy) == (159.5, 59.5)
    assert (binned.rectified.fx, binned.rectified.fy) == (250.0, 100.0)


def test_the_crop_is_taken_before_the_binning() -> None:
    both = model(
        roi=RegionOfInterest(x_offset=101, y_offset=0, width=321, height=480), binning_x=2
    )
    assert both.image_size == (480, 160)
    assert both.rectified.cx == (319.5 - 101 + 0.5) / 2 - 0.5


def test_crop_and_binning_leave_the_offset_in_metres_alone() -> None:
    p = np.column_stack([K, [-30.0, 0.0, 0.0]])
    camera = model(p=p, roi=RegionOfInterest(x_offset=100, width=320, height=480), binning_x=2)
    np.testing.assert_allclose(camera.rectified.offset_m, [-0.06, 0.0, 0.0])


@given(
    st.integers(0, 300), st.integers(0, 200), st.integers(1, 4), st.integers(1, 4),
    st.floats(-1, 1), st.floats(-1, 1),
)  # fmt: skip
def test_a_delivered_pixel_sees_what_the_sensor_pixels_under_it_see(
    x_offset: int, y_offset: int, binning_x: int, binning_y: int, x: float, y: float
) -> None:
    roi = RegionOfInterest(x_offset=x_offset, y_offset=y_offset, width=300, height=200)
    delivered = model(roi=roi, binning_x=binning_x, binning_y=binning_y).rectified
    u_full, v_full = 500 * x + 319.5, 400 * y + 239.5
    u, v = delivered.fx * x + delivered.cx, delivered.fy * y + delivered.cy
    assert u == pytest.approx((u_full - x_offset + 0.5) / binning_x - 0.5, abs=1e-9)
    assert v == pytest.approx((v_full - y_offset + 0.5) / binning_y - 0.5, abs=1e-9)


def test_an_empty_p_stands_for_k_and_an_empty_r_for_no_rotation() -> None:
    camera = model(p=np.zeros((3, 4)), r=np.zeros((3, 3)))
    np.testing.assert_array_equal(camera.rectified.k, K)
    np.testing.assert_array_equal(camera.rectified.rotation, np.eye(3))
    assert not camera.needs_rectification


def test_an_r_with_few_digits_stands_for_the_nearest_rotation() -> None:
    np.testing.assert_allclose(model(r=1.0004 * TURN).r, TURN, atol=1e-12)


def test_zeros_without_a_distortion_model_mean_no_distortion() -> None:
    assert not model(distortion_model='').is_distorted


def test_an_equidistant_lens_is_a_fisheye_even_without_deviation() -> None:
    assert model(distortion_model='equidistant', d=np.zeros(4)).needs_rectification
    assert not model(distortion_model='equidistant', d=np.zeros(0)).needs_rectification


@pytest.mark.parametrize(
    'changes',
    [
        {'d': np.array([-0.1, 0.0, 0.0, 0.0])},
        {'r': TURN},
        {'p': np.column_stack([K * [[0.9], [0.9], [1.0]], np.zeros(3)])},
    ],
)
def test_distortion_rotation_or_new_intrinsics_call_for_rectification(
    changes: dict[str, object],
) -> None:
    assert model(**changes).needs_rectification


def test_a_rectified_topic_keeps_p_and_r_and_loses_the_distortion() -> None:
    p = np.column_stack([K * [[0.9], [0.9], [1.0]], [-30.0, 0.0, 0.0]])
    raw = model(d=np.array([-0.3, 0.1, 0.0, 0.0, 0.0]), r=TURN, p=p)
    rectified = raw.as_rectified()
    assert raw.is_distorted
    assert not rectified.is_distorted
    assert not rectified.needs_rectification
    np.testing.assert_array_equal(rectified.rectified.p, raw.rectified.p)
    np.testing.assert_array_equal(rectified.rectified.rotation, TURN)
    np.testing.assert_array_equal(rectified.raw_k, rectified.rectified.k)


def test_models_that_rectify_alike_share_a_key_whatever_their_frame() -> None:
    same = model(frame_id='another', roi=RegionOfInterest(width=640, height=480), binning_x=1)
    assert model().content_key == same.content_key
    changed = K.copy()
    changed[0, 2] += 0.25
    for other in (
        model(k=changed),
        model(r=TURN),
        model(d=np.full(5, 1e-9)),
        model(binning_y=2),
        model().as_rectified(),
    ):
        assert hash(other.content_key) is not None
        assert other.content_key != model().content_key


def test_an_image_of_another_size_is_refused_with_both_sizes() -> None:
    camera = model(binning_x=2, binning_y=2)
    camera.check_image_size(240, 320)
    with pytest.raises(SensorInputError, match=r'320x240 .*sensor 640x480.*got 640x480') as caught:
        camera.check_image_size(480, 640)
    assert caught.value.reason == 'size_mismatch'


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'width': 0}, r'width and height above 0, got 0x480'),
        ({'k': np.zeros((3, 3)), 'p': np.zeros((3, 4))}, r'k as fx 0 cx.*focal lengths above 0'),
        ({'p': np.column_stack([-K, np.zeros(3)])}, r'p as fx 0 cx'),
        ({'k': K.T.copy()}, r'k as fx 0 cx'),
        ({'k': np.full((3, 3), np.nan)}, r'finite numbers in k'),
        ({'d': np.array([0.0, np.inf, 0.0, 0.0])}, r'finite numbers in d'),
        ({'r': np.diag([1.0, 1.0, 0.5])}, r'a rotation in r'),
        ({'d': np.zeros(3)}, r'0 or 4 or 5 coefficients d for plumb_bob, got 3'),
        ({'distortion_model': 'equidistant'}, r'0 or 4 coefficients d for equidistant, got 5'),
        ({'distortion_model': 'rational_polynomial'}, r'0 or 8 or 12 or 14 coefficients'),
        (
            {'distortion_model': '', 'd': np.full(5, 0.1)},
            r'0 coefficients d for no dist',
        ),
        ({'distortion_model': 'banana'}, r"plumb_bob, rational_polynomial.*got 'banana'"),
        ({'roi': RegionOfInterest(x_offset=400, width=320, height=480)}, r'region of interest'),
        ({'roi': RegionOfInterest(x_offset=400)}, r'region of interest'),
        ({'binning_x': 641}, r'binning that leaves pixels'),
    ],
)
def test_a_camera_info_that_cannot_be_used_says_why(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(SensorInputError, match=message) as caught:
        model(**changes)
    assert caught.value.reason == 'bad_camera_info'
    assert "'camera'" in caught.value.where


def test_kitti_calibration_keeps_its_fourth_column(shared_data: Path) -> None:
    text = (shared_data / 'kitti_object/calib/000000.txt').read_text(encoding='utf-8')
    line = next(row for row in text.splitlines() if row.startswith('P2:'))
    p = np.array(line.split()[1:], np.float64).reshape(3, 4)
    camera = model(width=1224, height=370, k=p[:, :3].copy(), p=p).rectified
    # 45.75831 = 707.0493 x + 604.0814 * 0.004981016, so x = 6.0 cm.
    np.testing.assert_allclose(camera.offset_m, [0.0604618, -0.0017602, 0.0049810], atol=1e-6)
