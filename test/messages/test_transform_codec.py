from __future__ import annotations

import math

from hypothesis import assume, given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.errors import TransformError
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.messages.transform_codec import (
    decode_transform,
    decode_transforms,
    quaternion_from_rotation,
)


def transform_message(messages, *, parent='base', child='lidar', shift=(1, 2, 3), turn=None):
    x, y, z, w = turn or (0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5))
    vector = messages.make(
        'geometry_msgs/Vector3', **dict(zip('xyz', map(float, shift), strict=True))
    )
    quaternion = messages.make('geometry_msgs/Quaternion', x=x, y=y, z=z, w=w)
    return messages.make(
        'geometry_msgs/TransformStamped',
        header=messages.header(parent),
        child_frame_id=child,
        transform=messages.make(
            'geometry_msgs/Transform', translation=vector, rotation=quaternion
        ),
    )


def test_points_of_the_child_come_out_in_the_parent(messages, stamp_ns):
    stamped = decode_transform(transform_message(messages, child='/lidar'), where='/tf_static')
    assert (stamped.parent_frame, stamped.child_frame) == ('base', 'lidar')
    assert stamped.stamp_ns == stamp_ns
    # A quarter turn to the left takes x to y, then comes the shift.
    point = np.array([[10, 0, 0]], np.float32)
    np.testing.assert_allclose(stamped.transform.apply(point), [[1, 12, 3]], atol=1e-6)


def test_every_transform_of_a_message_is_read(rosbags_messages):
    children = ['lidar', 'camera']
    message = rosbags_messages.make(
        'tf2_msgs/TFMessage',
        transforms=[transform_message(rosbags_messages, child=child) for child in children],
    )
    stamped = decode_transforms(message, where='/tf_static')
    assert [each.child_frame for each in stamped] == children


def test_one_bad_transform_need_not_cost_the_others(rosbags_messages):
    bad = transform_message(rosbags_messages, child='odd', turn=(0.0, 0.0, 0.0, 0.0))
    good = transform_message(rosbags_messages)
    message = rosbags_messages.make('tf2_msgs/TFMessage', transforms=[bad, good])
    refused = []
    decoded = decode_transforms(message, where='/tf_static', on_refused=refused.append)
    assert [each.child_frame for each in decoded] == ['lidar']
    assert [error.reason for error in refused] == ['bad_transform']
    with pytest.raises(TransformError, match="'odd'"):
        decode_transforms(message, where='/tf_static')


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        ({'turn': (0.0, 0.0, 0.0, 0.0)}, 'quaternion'),
        ({'turn': (0.0, math.nan, 0.0, 1.0)}, 'nan'),
        ({'shift': (0, math.inf, 0)}, 'inf'),
    ],
)
def test_a_transform_that_is_none_is_refused(messages, changes, text):
    message = transform_message(messages, **changes)
    with pytest.raises(TransformError, match=f"/tf_static, 'lidar' in 'base': .*{text}") as caught:
        decode_transform(message, where='/tf_static')
    assert caught.value.reason == 'bad_transform'


@pytest.mark.parametrize(
    ('quaternion', 'rotation'),
    [
        ((0, 0, 0, 1), [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ((0, 0, math.sqrt(0.5), math.sqrt(0.5)), [[0, -1, 0], [1, 0, 0], [0, 0, 1]]),
        # From a LiDAR's axes to a camera's optical ones.
        ((0.5, -0.5, 0.5, 0.5), [[0, -1, 0], [0, 0, -1], [1, 0, 0]]),
    ],
)
def test_quaternions_by_hand(quaternion, rotation):
    np.testing.assert_allclose(
        quaternion_from_rotation(np.array(rotation, float)), quaternion, atol=1e-12
    )


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4))
def test_quaternions_give_their_rotation_back(values):
    assume(np.linalg.norm(values) > 1e-3)
    rotation = RigidTransform.from_quaternion([0, 0, 0], values).rotation
    again = RigidTransform.from_quaternion([0, 0, 0], quaternion_from_rotation(rotation)).rotation
    np.testing.assert_allclose(again, rotation, atol=1e-12)
