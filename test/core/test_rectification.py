from __future__ import annotations

from pathlib import Path
import struct

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.camera_model import CameraModel, RegionOfInterest
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.rectification import Rectifier, rectify_points
from mt_depth_ros.core.transforms import RigidTransform

K = np.array([[150.0, 0.0, 99.5], [0.0, 160.0, 74.5], [0.0, 0.0, 1.0]])
# About 3 degrees to the right and 2 down: the optical axis of the rectified view tilts.
TILT, _ = cv2.Rodrigues(np.array([-0.035, 0.05, 0.01]))
LENSES = {
    'plumb_bob': np.array([-0.25, 0.06, 0.001, -0.002, 0.0]),
    'rational_polynomial': np.array([0.3, -0.2, 0.001, 0.0005, 0.01, 0.5, -0.1, 0.02]),
    'equidistant': np.array([-0.02, 0.005, -0.001, 0.0002]),
    '': np.zeros(0),
}


def model(lens: str, **changes: object) -> CameraModel:
    values: dict[str, object] = {
        'width': 200,
        'height': 150,
        'k': K,
        'distortion_model': lens,
        'd': LENSES[lens],
        'r': np.eye(3),
        'p': np.column_stack([K * [[0.9], [0.85], [1.0]], [-9.0, 0.0, 0.0]]),
        'frame_id': 'camera',
    }
    return CameraModel(**{**values, **changes})


def pattern(u_px: np.ndarray, v_px: np.ndarray) -> np.ndarray:
    """Smooth enough to be resampled without loss, different at every pixel."""
    return 128 + 60 * np.sin(u_px / 12) + 60 * np.cos(v_px / 9)


@pytest.mark.parametrize('lens', LENSES)
@pytest.mark.parametrize(
    'changes',
    [
        {},
        {'r': TILT},
        {'roi': RegionOfInterest(x_offset=20, y_offset=10, width=160, height=120)},
        {'binning_x': 2, 'roi': RegionOfInterest(y_offset=9, width=180, height=140), 'r': TILT},
    ],
    ids=['whole', 'tilted', 'cropped', 'binned'],
)
def test_the_rectified_image_shows_every_point_where_rectify_points_puts_it(
    lens: str, changes: dict[str, object]
) -> None:
    camera = model(lens, **changes)
    rectifier = Rectifier()
    where = rectifier.rectified_pixels(camera)
    # Paint the raw image so that its rectified view must be the plain pattern.
    raw = np.rint(np.nan_to_num(pattern(where.u_px, where.v_px))).astype(np.uint8)
    rectified = rectifier.rectify(raw, camera).astype(float)
    height, width = camera.image_size
    row, column = np.indices((height, width))
    inside = rectifier.rectify_mask(np.ones((height, width), np.bool_), camera)
    inside = cv2.erode(inside.astype(np.uint8), np.ones((5, 5)), borderValue=0).astype(bool)
    assert inside.mean() > 0.5
    difference = np.abs(rectified - pattern(column, row))[inside]
    assert difference.max() < 3.0
    assert difference.mean() < 0.6


@pytest.mark.parametrize(('shift_px', 'first_px'), [(0.25, 100), (0.75, 101), (-0.75, 99)])
def test_a_mask_ends_where_its_edge_moves_to(shift_px: float, first_px: int) -> None:
    # Seen from column 100 on, the edge lies at 99.5; it moves by what the optical axis does.
    moved_k = K + np.array([[0.0, 0.0, shift_px], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    camera = model('', p=np.column_stack([moved_k, np.zeros(3)]))
    mask = np.zeros((150, 200), np.bool_)
    mask[:, 100:] = True
    rectified = Rectifier().rectify_mask(mask, camera)
    assert rectified[75].argmax() == first_px


@pytest.mark.parametrize('lens', LENSES)
def test_a_mask_stays_on_what_it_covers_in_the_image(lens: str) -> None:
    camera = model(lens, r=TILT)
    row, column = np.indices((150, 200))
    mask = column + 2 * row > 240
    rectifier = Rectifier()
    brightness = rectifier.rectify(mask.astype(np.uint8) * np.uint8(200), camera)
    moved = rectifier.rectify_mask(mask, camera)
    assert brightness[moved].min() >= 99
    assert brightness[~moved].max() <= 101


def test_rectified_points_agree_with_opencv_where_opencv_converges() -> None:
    camera = model('plumb_bob', r=TILT)
    u_px, v_px = np.array([60.0, 99.5, 140.0], np.float32), np.array([40, 74.5, 90], np.float32)
    seen = np.stack([u_px, v_px], axis=-1).astype(np.float64)
    expected = cv2.undistortPoints(seen[:, None], K, camera.d, R=TILT, P=camera.rectified.k)[:, 0]
    moved = rectify_points(u_px, v_px, camera)
    np.testing.assert_allclose(np.stack([moved.u_px, moved.v_px], -1), expected, atol=2e-2)


@pytest.mark.parametrize('lens', ['plumb_bob', 'rational_polynomial', 'equidistant'])
@given(x=st.floats(-0.6, 0.6), y=st.floats(-0.45, 0.45), depth_m=st.floats(1, 80))
def test_a_point_seen_through_the_lens_is_moved_to_its_rectified_projection(
    lens: str, x: float, y: float, depth_m: float
) -> None:
    camera = model(lens, r=TILT)
    point_m = np.array([[x * depth_m, y * depth_m, depth_m]])
    if lens == 'equidistant':
        seen = cv2.fisheye.distortPoints(point_m[:, None, :2] / depth_m, K, camera.d)
    else:
        seen, _ = cv2.projectPoints(point_m, np.zeros(3), np.zeros(3), K, camera.d)
    moved = rectify_points(*seen[0].astype(np.float32).T, camera)
    # The fourth column of P is where the camera stands, which a pixel of its own does not see.
    in_rectified = TILT @ point_m[0]
    u, v, _ = camera.rectified.k @ in_rectified / in_rectified[2]
    assert moved.u_px[0] == pytest.approx(u, abs=0.01)
    assert moved.v_px[0] == pytest.approx(v, abs=0.01)
    assert moved.depth_scale[0] * depth_m == pytest.approx(in_rectified[2], rel=1e-4)


def test_a_pixel_that_no_ray_explains_has_no_place() -> None:
    # x (1 - 0.4 x2) never exceeds 0.61, so nothing is seen further out than 61 % of fx.
    camera = model('plumb_bob', d=np.array([-0.4, 0.0, 0.0, 0.0]), p=np.zeros((3, 4)))
    outside = np.array([99.5 + 150 * 0.8], np.float32)
    with np.errstate(all='raise'):
        assert np.isnan(rectify_points(outside, np.array([74.5], np.float32), camera).u_px[0])


def folding_camera(r: np.ndarray) -> CameraModel:
    """x (1 - 0.4 x2) grows up to x = sqrt(1 / 1.2) = 0.913, which is 42.39 degrees."""
    k = np.array([[100.0, 0.0, 149.5], [0.0, 100.0, 74.5], [0.0, 0.0, 1.0]])
    p = np.column_stack([k, np.zeros(3)])
    return model('plumb_bob', width=300, k=k, d=np.array([-0.4, 0.0, 0.0, 0.0]), r=r, p=p)


def test_past_the_fold_of_its_lens_an_image_is_black() -> None:
    camera, rectifier = folding_camera(np.eye(3)), Rectifier()
    rectified = rectifier.rectify(np.full((150, 300), 200, np.uint8), camera)
    row, column = np.indices((150, 300))
    radius_px = np.hypot(column - 149.5, row - 74.5)
    assert (rectified[radius_px < 91.0] == 200).all()
    assert (rectified[radius_px > 91.6] == 0).all()
    mask = rectifier.rectify_mask(np.ones((150, 300), np.bool_), camera)
    np.testing.assert_array_equal(mask, rectified > 0)


def test_the_fold_goes_with_the_axis_of_the_lens() -> None:
    # It is seen 20 degrees to the left, so its fold at 22.39 to the right: column 190.7.
    r, _ = cv2.Rodrigues(np.array([0.0, np.radians(-20.0), 0.0]))
    rectified = Rectifier().rectify(np.full((150, 300), 200, np.uint8), folding_camera(r))
    assert (rectified[74, :190] == 200).all()
    assert (rectified[74, 192:] == 0).all()


def test_depth_changes_only_with_the_tilt_of_the_optical_axis() -> None:
    at = np.array([10.0, 190.0], np.float32), np.array([20.0, 120.0], np.float32)
    np.testing.assert_array_equal(rectify_points(*at, model('plumb_bob')).depth_scale, [1.0, 1.0])
    tilted = model('', p=np.zeros((3, 4)), r=TILT)
    slope = np.array([(10 - 99.5) / 150, (20 - 74.5) / 160, 1.0])
    assert rectify_points(*at, tilted).depth_scale[0] == pytest.approx(TILT[2] @ slope, abs=1e-6)


def test_an_image_with_nothing_to_undo_is_passed_on_untouched() -> None:
    plain = model('', p=np.column_stack([K, [-9.0, 0.0, 0.0]]))
    image = np.zeros((150, 200, 3), np.uint8)
    mask = np.zeros((150, 200), np.bool_)
    rectifier = Rectifier()
    assert rectifier.rectify(image, plain) is image
    assert rectifier.rectify_mask(mask, plain) is mask
    assert rectifier.rectify(image, model('plumb_bob', r=TILT).as_rectified()) is image
    at = np.array([3.25], np.float32), np.array([7.0], np.float32)
    moved = rectify_points(*at, plain)
    assert (moved.u_px[0], moved.v_px[0], moved.depth_scale[0]) == (3.25, 7.0, 1.0)


def test_a_lens_without_coefficients_is_a_pinhole_for_images_too() -> None:
    fisheye, pinhole = model('equidistant', d=np.zeros(0)), model('')
    row, column = np.indices((150, 200))
    raw = np.rint(pattern(column, row)).astype(np.uint8)
    rectified = Rectifier().rectify(raw, pinhole)
    np.testing.assert_array_equal(Rectifier().rectify(raw, fisheye), rectified)
    np.testing.assert_array_equal(
        Rectifier().rectified_pixels(fisheye).u_px, Rectifier().rectified_pixels(pinhole).u_px
    )


def test_points_of_a_rectified_topic_stay_where_they_are() -> None:
    moved = rectify_points(
        np.array([12.0], np.float32),
        np.array([34.0], np.float32),
        model('plumb_bob', r=TILT).as_rectified(),
    )
    np.testing.assert_allclose([moved.u_px[0], moved.v_px[0]], [12.0, 34.0], atol=1e-4)
    assert moved.depth_scale[0] == 1.0


def test_an_image_of_another_size_is_refused() -> None:
    with pytest.raises(SensorInputError, match='200x150') as caught:
        Rectifier().rectify(np.zeros((100, 200, 3), np.uint8), model('plumb_bob'))
    assert caught.value.reason == 'size_mismatch'


def test_what_was_computed_is_kept_for_the_cameras_used_last() -> None:
    rectifier = Rectifier(max_cached=2)
    first, second, third = model('plumb_bob'), model('equidistant'), model('rational_polynomial')
    kept = rectifier.rectified_pixels(first)
    assert rectifier.rectified_pixels(model('plumb_bob', frame_id='renamed')) is kept
    rectifier.rectified_pixels(second)
    assert rectifier.rectified_pixels(first) is kept
    rectifier.rectified_pixels(third)  # pushes out the second, which was used least recently
    assert rectifier.rectified_pixels(first) is kept
    with pytest.raises(ValueError, match='room for at least one'):
        Rectifier(max_cached=0)


def road_camera(folder: Path) -> tuple[CameraModel, RigidTransform]:
    """The distorted camera of a road recording, and camera_from_lidar."""
    lines = (folder / 'calib.txt').read_text(encoding='utf-8').splitlines()
    numbers = {
        name: np.array(values.split(), np.float64)
        for name, values in (line.split(':') for line in lines)
    }
    camera = model(
        'plumb_bob',
        width=1920,
        height=1200,
        k=numbers['K'].reshape(3, 3),
        d=numbers['D'],
        p=np.zeros((3, 4)),
    )
    extrinsic = numbers['T'].reshape(3, 4)
    return camera, RigidTransform(extrinsic[:, :3].copy(), extrinsic[:, 3].copy())


def decompress_lzf(data: bytes) -> bytes:
    """The compression of binary_compressed PCD files."""
    found, at = bytearray(), 0
    while at < len(data):
        control = data[at]
        at += 1
        if control < 32:
            found += data[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += data[at]
            at += 1
        start = len(found) - ((control & 31) << 8) - data[at] - 1
        at += 1
        for index in range(start, start + length + 2):
            found.append(found[index])
    return bytes(found)


def road_scan(folder: Path) -> np.ndarray:
    """(N, 3) float32 points of the recording's PCD, whose first three fields are x, y, z."""
    content = (folder / 'calib.pcd').read_bytes()
    header, body = content.split(b'DATA binary_compressed\n', maxsplit=1)
    count = int(header.split(b'POINTS ')[1].split()[0])
    (compressed_size,) = struct.unpack('<I', body[:4])
    plain = decompress_lzf(body[8 : 8 + compressed_size])
    return np.frombuffer(plain[: 12 * count], np.float32).reshape(3, count).T.copy()


def test_a_real_road_image_is_rectified_as_opencv_would(shared_data: Path) -> None:
    folder = shared_data / 'opencalib/distorted_1'
    camera, _ = road_camera(folder)
    image = cv2.imread(str(folder / 'calib.jpg'))
    rectified = Rectifier().rectify(image, camera)
    expected = cv2.undistort(image, camera.k, camera.d)
    # OpenCV's own routine computes its maps in strips; they agree to a grey level or two.
    assert np.abs(rectified.astype(int) - expected).mean() < 0.05
    moved = rectify_points(np.array([0.0], np.float32), np.array([0.0], np.float32), camera)
    assert -40 < moved.u_px[0] < -10, 'the corner of a barrel lens moves outward'


def test_a_real_scan_meets_the_pixels_its_lens_would_show_it_in(shared_data: Path) -> None:
    folder = shared_data / 'opencalib/distorted_1'
    camera, camera_from_lidar = road_camera(folder)
    points_m = road_scan(folder)
    scan = project_scan(points_m, camera_from_lidar, camera.rectified)
    assert len(scan.measurements) == 12437
    in_camera = camera_from_lidar.apply(points_m[scan.point_index]).astype(np.float64)
    seen, _ = cv2.projectPoints(in_camera, np.zeros(3), np.zeros(3), camera.k, camera.d)
    moved = rectify_points(*seen[:, 0].astype(np.float32).T, camera)
    np.testing.assert_allclose(moved.u_px, scan.measurements.u_px, atol=0.01)
    np.testing.assert_allclose(moved.v_px, scan.measurements.v_px, atol=0.01)
    straight = np.abs(seen[:, 0, 0] - scan.measurements.u_px)
    assert straight.max() > 10, 'without rectification points miss by tens of pixels'
