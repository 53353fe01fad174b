"""Mirroring, cropping and resizing keep image, depth, measurements, scan and poses in step."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.data.geometric_augmentation import cropped, mirrored, resized
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample

WIDTH, HEIGHT = 64, 32


def full_sample(seed: int = 0) -> DepthSample:
    """A frame of everything, with a tilted LiDAR and a rectifying rotation."""
    rng = np.random.default_rng(seed)
    camera = RectifiedCamera(
        width=WIDTH,
        height=HEIGHT,
        fx=50.0,
        fy=40.0,
        cx=30.0,
        cy=17.0,
        rotation=RigidTransform.from_quaternion((0, 0, 0), (0.01, 0.02, 0.03, 1)).rotation,
        offset_m=np.array([0.1, -0.05, 0.02]),
    )
    camera_from_lidar = RigidTransform.from_quaternion(
        (0.1, -0.3, 0.2), (0.5 + 0.02, -0.5, 0.5, 0.5)
    )
    forward, left, up = rng.uniform(5, 40, 500), rng.uniform(-9, 9, 500), rng.uniform(-4, 4, 500)
    scan = LidarScan(
        points_m=np.stack([forward, left, up], axis=1).astype(np.float32),
        stamp_ns=0,
        frame_id='lidar',
    )
    return DepthSample(
        identity=FrameIdentity(dataset='d', scene='s', condition='c', camera='k', frame=0),
        camera=camera,
        image_rgb=rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8),
        truth_m=rng.uniform(1, 80, (HEIGHT, WIDTH)).astype(np.float32),
        measurements=project_scan(scan.points_m, camera_from_lidar, camera).measurements,
        scan=scan,
        camera_from_lidar=camera_from_lidar,
        instance_ids=rng.integers(0, 5, (HEIGHT, WIDTH)).astype(np.int32),
        class_ids=rng.integers(0, 15, (HEIGHT, WIDTH)).astype(np.uint8),
        camera_from_world=RigidTransform.from_quaternion((4, 5, 6), (0.1, 0.2, -0.3, 1)),
    )


def listed(measurements: DepthMeasurements | None) -> np.ndarray:
    assert measurements is not None
    return np.stack([measurements.u_px, measurements.v_px, measurements.depth_m], axis=1)


def well_inside(points: np.ndarray, camera: RectifiedCamera) -> np.ndarray:
    """The points that are in view by every way of counting the border."""
    inside = (points[:, :2] > 2.0).all(axis=1)
    return points[inside & (points[:, :2] < (camera.width - 3, camera.height - 3)).all(axis=1)]


def assert_each_is_among(points: np.ndarray, others: np.ndarray) -> None:
    assert len(points) > 20
    assert np.abs(points[:, None] - others).max(axis=2).min(axis=1).max() < 2e-3


def assert_scan_gives_the_measurements(sample: DepthSample) -> None:
    assert sample.scan is not None
    assert sample.camera_from_lidar is not None
    projected = project_scan(sample.scan.points_m, sample.camera_from_lidar, sample.camera)
    expected, found = listed(projected.measurements), listed(sample.measurements)
    assert_each_is_among(well_inside(expected, sample.camera), found)
    assert_each_is_among(well_inside(found, sample.camera), expected)


def test_a_mirrored_image_has_its_columns_reversed_and_its_centre_mirrored() -> None:
    sample = full_sample()
    flipped = mirrored(sample)
    assert np.array_equal(flipped.image_rgb[:, 0], sample.image_rgb[:, -1])
    assert np.array_equal(flipped.truth_m[:, 5], sample.truth_m[:, -6])
    assert flipped.instance_ids is not None
    assert flipped.class_ids is not None
    assert np.array_equal(flipped.instance_ids, sample.instance_ids[:, ::-1])
    assert np.array_equal(flipped.class_ids, sample.class_ids[:, ::-1])
    assert flipped.camera.cx == 63 - 30.0
    assert flipped.camera.fx == 50.0


def test_the_mirrored_scan_projects_to_the_mirrored_measurements() -> None:
    assert_scan_gives_the_measurements(full_sample())
    assert_scan_gives_the_measurements(mirrored(full_sample()))


def test_mirroring_twice_gives_the_frame_back() -> None:
    sample, twice = full_sample(), mirrored(mirrored(full_sample()))
    assert np.array_equal(twice.image_rgb, sample.image_rgb)
    assert listed(twice.measurements) == pytest.approx(listed(sample.measurements))
    assert twice.camera.cx == sample.camera.cx
    assert twice.scan is not None
    assert sample.scan is not None
    assert np.array_equal(twice.scan.points_m, sample.scan.points_m)
    assert twice.camera_from_world is not None
    assert twice.camera_from_world.rotation == pytest.approx(sample.camera_from_world.rotation)


def test_motion_between_two_mirrored_frames_is_the_mirrored_motion() -> None:
    then = RigidTransform.from_quaternion((1, 2, 3), (0.1, 0.0, 0.2, 1))
    now = RigidTransform.from_quaternion((2, 2, 4), (0.1, 0.1, 0.2, 1))
    point_then = np.array([[1.5, -0.5, 8.0]], np.float32)
    point_now = (now @ then.inverse()).apply(point_then)
    sample = full_sample()
    poses = []
    for pose in (then, now):
        flipped = mirrored(DepthSample(**{**_fields(sample), 'camera_from_world': pose}))
        assert flipped.camera_from_world is not None
        poses.append(flipped.camera_from_world)
    mirror = np.array([-1, 1, 1], np.float32)
    moved = (poses[1] @ poses[0].inverse()).apply(point_then * mirror)
    assert moved == pytest.approx(point_now * mirror, abs=1e-5)


def _fields(sample: DepthSample) -> dict[str, object]:
    return {name: getattr(sample, name) for name in DepthSample.__dataclass_fields__}


@given(top=st.integers(0, 10), left=st.integers(0, 20))
def test_a_crop_moves_everything_by_the_same_pixels(top: int, left: int) -> None:
    sample = full_sample()
    window = cropped(sample, top=top, left=left, height=20, width=40)
    assert np.array_equal(window.image_rgb, sample.image_rgb[top : top + 20, left : left + 40])
    assert np.array_equal(window.truth_m, sample.truth_m[top : top + 20, left : left + 40])
    assert (window.camera.cx, window.camera.cy) == (30.0 - left, 17.0 - top)
    assert window.instance_ids is not None
    assert window.instance_ids.shape == window.class_ids.shape == (20, 40)
    assert_scan_gives_the_measurements(window)


@pytest.mark.parametrize(
    'window',
    [
        {'top': 0, 'left': 0, 'height': 33, 'width': 10},
        {'top': -1, 'left': 0, 'height': 10, 'width': 10},
        {'top': 0, 'left': 60, 'height': 10, 'width': 10},
        {'top': 0, 'left': 0, 'height': 0, 'width': 10},
    ],
)
def test_a_window_must_lie_inside(window: dict[str, int]) -> None:
    with pytest.raises(ValueError, match='expected a window inside 64x32'):
        cropped(full_sample(), **window)


@pytest.mark.parametrize(('height', 'width'), [(16, 32), (48, 128), (20, 100), (32, 64)])
def test_resizing_scales_intrinsics_and_measurements_alike(height: int, width: int) -> None:
    small = resized(full_sample(), height=height, width=width)
    assert small.image_rgb.shape == (height, width, 3)
    assert small.truth_m.shape == small.instance_ids.shape == (height, width)
    assert small.camera.fx == pytest.approx(50.0 * width / 64)
    assert small.camera.cy == pytest.approx((17.0 + 0.5) * height / 32 - 0.5)
    assert_scan_gives_the_measurements(small)


def test_resizing_never_blends_depth_or_labels() -> None:
    sample = full_sample()
    small = resized(sample, height=11, width=23)
    assert set(small.truth_m.ravel()) <= set(sample.truth_m.ravel())
    # Row 5 of 11 has its centre at (5 + 0.5) * 32 / 11 = 16.0, in row 16; column 11 of 23 at 32.
    assert small.truth_m[5, 11] == sample.truth_m[16, 32]
    assert set(small.class_ids.ravel()) <= set(sample.class_ids.ravel())


def test_a_frame_of_image_and_depth_only_is_augmented_too(
    make_sample: Callable[..., DepthSample],
) -> None:
    changed = mirrored(resized(make_sample(), height=10, width=20))
    window = cropped(changed, top=1, left=2, height=5, width=6)
    assert window.measurements is None
    assert window.scan is None
    assert window.camera_from_world is None
    assert (window.truth_m == 10.0).all()
