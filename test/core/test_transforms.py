from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.errors import ConfigError, TransformError
from mt_depth_ros.core.transforms import (
    is_rotation,
    parse_static_transform,
    RigidTransform,
)

HALF = float(np.sqrt(0.5))
# Camera axes (x right, y down, z forward) of a LiDAR's (x forward, y left, z up).
OPTICAL_FROM_BODY = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])

coordinates = st.floats(-100, 100)
quaternions = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1)
rigid_transforms = st.builds(
    RigidTransform.from_quaternion, st.tuples(coordinates, coordinates, coordinates), quaternions
)


def shift(x: float) -> RigidTransform:
    return RigidTransform(np.eye(3), np.array([x, 0.0, 0.0]))


def test_a_transform_rotates_first_and_shifts_second() -> None:
    camera_from_lidar = RigidTransform(OPTICAL_FROM_BODY, np.array([0.0, 0.5, -0.2]))
    moved = camera_from_lidar.apply(np.array([[10.0, 2.0, 1.0]], np.float32))
    # Ten metres ahead, two left, one up: x = -2, y = -1 + 0.5, z = 10 - 0.2.
    np.testing.assert_allclose(moved, [[-2.0, -0.5, 9.8]], rtol=1e-6)
    assert moved.dtype == np.float32


def test_no_points_stay_no_points_and_strided_ones_are_moved_alike() -> None:
    assert shift(1.0).apply(np.zeros((0, 3), np.float32)).shape == (0, 3)
    wide = np.arange(20, dtype=np.float32).reshape(4, 5)
    np.testing.assert_array_equal(shift(1.0).apply(wide[::2, 1:4])[1], [12.0, 12.0, 13.0])


def test_a_quaternion_of_any_length_turns_by_its_angle() -> None:
    quarter_turn = RigidTransform.from_quaternion((0, 0, 0), (0, 0, 2 * HALF, 2 * HALF))
    np.testing.assert_allclose(
        quarter_turn.rotation, [[0, -1, 0], [1, 0, 0], [0, 0, 1]], atol=1e-12
    )


def test_the_optical_quaternion_of_ros_gives_the_optical_axes() -> None:
    body_from_optical = RigidTransform.from_quaternion((0, 0, 0), (-0.5, 0.5, -0.5, 0.5))
    np.testing.assert_allclose(body_from_optical.rotation, OPTICAL_FROM_BODY.T, atol=1e-12)


@pytest.mark.parametrize(
    ('translation', 'quaternion'),
    [
        ((0, 0, 0), (0, 0, 0, 0)),
        ((0, 0, 0), (0, 0, float('nan'), 1)),
        ((float('inf'), 0, 0), (0, 0, 0, 1)),
    ],
)
def test_a_quaternion_or_shift_that_means_nothing_is_refused(
    translation: tuple[float, ...], quaternion: tuple[float, ...]
) -> None:
    with pytest.raises(TransformError, match='quaternion 0 0 0 1') as caught:
        RigidTransform.from_quaternion(translation, quaternion, where='/tf_static')
    assert caught.value.reason == 'bad_transform'


def test_a_matrix_that_is_no_rotation_is_refused() -> None:
    with pytest.raises(ValueError, match='orthonormal'):
        RigidTransform(np.diag([1.0, 1.0, 2.0]), np.zeros(3))
    with pytest.raises(ValueError, match='orthonormal'):
        RigidTransform(np.diag([1.0, 1.0, -1.0]), np.zeros(3))
    with pytest.raises(ValueError, match='finite metres'):
        RigidTransform(np.eye(3), np.array([0.0, np.nan, 0.0]))


def test_transforms_published_with_few_digits_can_be_chained() -> None:
    # Each is 0.0009 off, which is let pass, and their product would be twice that.
    rotation = np.eye(3) * np.sqrt(1.0009)
    camera_from_mast = RigidTransform(rotation, np.array([0.5, 0.0, 0.0]))
    chain = camera_from_mast @ camera_from_mast @ camera_from_mast.inverse()
    np.testing.assert_allclose(chain.rotation, np.eye(3), atol=1e-12)
    assert chain.translation_m[0] == pytest.approx(0.5)


@given(quaternions)
def test_a_rotation_with_few_digits_becomes_the_nearest_one(
    quaternion: tuple[float, ...],
) -> None:
    published = np.round(RigidTransform.from_quaternion((0, 0, 0), quaternion).rotation, 3)
    assume(is_rotation(published))
    rotation = RigidTransform(published, np.zeros(3)).rotation
    np.testing.assert_allclose(rotation, published, atol=1.5e-3)
    if rotation is not published:
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)


def test_a_rotation_with_six_digits_stays_as_it_is_published() -> None:
    turn = RigidTransform.from_quaternion((0, 0, 0), (0.3, -0.2, 0.5, 0.7)).rotation
    published = np.round(turn, 6)
    assert RigidTransform(published, np.zeros(3)).rotation is published


@given(rigid_transforms)
def test_a_transform_and_its_inverse_cancel(transform: RigidTransform) -> None:
    for product in (transform @ transform.inverse(), transform.inverse() @ transform):
        np.testing.assert_allclose(product.rotation, np.eye(3), atol=1e-9)
        np.testing.assert_allclose(product.translation_m, np.zeros(3), atol=1e-9)


@given(rigid_transforms, rigid_transforms)
def test_a_composition_applies_the_right_hand_side_first(
    a_from_b: RigidTransform, b_from_c: RigidTransform
) -> None:
    points_m = np.array([[1.0, -2.0, 3.0], [40.0, 5.0, -6.0]], np.float32)
    np.testing.assert_allclose(
        (a_from_b @ b_from_c).apply(points_m),
        a_from_b.apply(b_from_c.apply(points_m)),
        atol=1e-3,
    )


def test_a_static_transform_reads_like_its_publishers_arguments() -> None:
    stamped = parse_static_transform('0.1 -2 3e-1  0 0 0 1  base lidar')
    assert (stamped.parent_frame, stamped.child_frame) == ('base', 'lidar')
    np.testing.assert_allclose(stamped.transform.translation_m, [0.1, -2.0, 0.3])
    np.testing.assert_array_equal(stamped.transform.rotation, np.eye(3))


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('0 0 0 0 0 0 base lidar', '8 parts'),
        ('0 0 zero 0 0 0 1 base lidar', 'zero'),
        ('0 0 0 0 0 0 0 base lidar', 'quaternion'),
    ],
)
def test_a_static_transform_that_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f'static_transforms.*{message}'):
        parse_static_transform(text)
