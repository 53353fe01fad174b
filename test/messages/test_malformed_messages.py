"""Arbitrary messages through every decoder: a decoded value or an error a user can act on.

``HYPOTHESIS_PROFILE=thorough pytest test/messages/test_malformed_messages.py`` tries 10,000 each.
"""

from __future__ import annotations

import operator

import cv2
from hypothesis import event, example, given, HealthCheck, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.sensors import CameraImage, LidarScan, SparseDepthImage
from mt_depth_ros.core.transforms import StampedTransform
from mt_depth_ros.messages.camera_info_codec import decode_camera_info
from mt_depth_ros.messages.compressed_depth_codec import decode_compressed_depth
from mt_depth_ros.messages.compressed_image_codec import decode_compressed_image
from mt_depth_ros.messages.depth_codec import decode_depth_image, DEPTH_ENCODINGS
from mt_depth_ros.messages.image_codec import decode_image, SUPPORTED_COLOUR_ENCODINGS
from mt_depth_ros.messages.point_cloud_codec import decode_point_cloud
from mt_depth_ros.messages.transform_codec import decode_transform

fuzzed = settings(
    max_examples=max(300, settings.default.max_examples),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

# Small values fit together often enough to get past the first checks; any other may occur too.
sizes = st.one_of(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
steps = st.one_of(st.integers(24, 48), st.integers(0, 48), st.integers(0, 2**32 - 1))
contents = st.one_of(
    st.binary(max_size=64), st.integers(0, 300).map(lambda n: bytes(i % 251 for i in range(n)))
)
encodings = st.one_of(
    st.sampled_from(SUPPORTED_COLOUR_ENCODINGS),
    st.sampled_from(DEPTH_ENCODINGS),
    st.text(max_size=8),
)


def decoded_or_refused(decode, message, result_type):
    try:
        result = decode(message, where='/topic')
    except SensorInputError as error:
        assert error.reason
        assert str(error).startswith('/topic')
        event(f'{decode.__name__}: {error.reason}')
        return None
    event(f'{decode.__name__}: decoded')
    assert isinstance(result, result_type)
    return result


@fuzzed
@given(sizes, sizes, encodings, steps, st.booleans(), contents)
def test_images(rosbags_messages, width, height, encoding, step, is_bigendian, content):
    message = rosbags_messages.image(
        content,
        width=width,
        height=height,
        encoding=encoding,
        step=step,
        is_bigendian=is_bigendian,
    )
    decoded_or_refused(decode_image, message, CameraImage)
    depth = decoded_or_refused(decode_depth_image, message, SparseDepthImage)
    assert depth is None or (np.isfinite(depth.depth_m).all() and depth.depth_m.min() >= 0)


def mutated(content: bytes, changes: list[tuple[int, int]], length: int) -> bytes:
    changed = bytearray(content)
    for index, value in changes:
        changed[index % len(changed)] = value
    return bytes(changed[:length])


def seeds() -> list[bytes]:
    codes = np.arange(35, dtype=np.uint16).reshape(5, 7) * 900
    pixels = np.arange(105, dtype=np.uint8).reshape(5, 7, 3)
    png, jpeg = cv2.imencode('.png', codes)[1], cv2.imencode('.jpg', pixels)[1]
    rvl = np.array([4, 1, 0x22A11000], '<u4')
    header = np.array([0, 10100.0, -1009.0], '<f4').tobytes()
    plain = [each.tobytes() for each in (png, jpeg, rvl)]
    return [*plain, *(header + each for each in plain), b'']


formats = st.one_of(
    st.sampled_from(
        [
            'jpeg',
            'png',
            'rgb8; jpeg compressed bgr8',
            'rgb8; jpeg compressed rgb8',
            '16UC1; compressedDepth',
            '16UC1; compressedDepth rvl',
            '32FC1; compressedDepth png',
            '32FC1; compressedDepth rvl',
        ]
    ),
    st.text(max_size=8),
)
changes = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=4)


@fuzzed
@given(
    st.one_of(
        contents,
        st.builds(
            lambda seed, change, length: mutated(seed, change, length) if seed else seed,
            st.sampled_from(seeds()),
            changes,
            st.one_of(st.just(5000), st.integers(0, 1000)),
        ),
    ),
    formats,
)
def test_compressed_images(rosbags_messages, content, image_format):
    message = rosbags_messages.compressed(content, image_format)
    decoded_or_refused(decode_compressed_image, message, CameraImage)
    depth = decoded_or_refused(decode_compressed_depth, message, SparseDepthImage)
    assert depth is None or (np.isfinite(depth.depth_m).all() and depth.depth_m.min() >= 0)


names = st.one_of(
    st.sampled_from(['x', 'y', 'z', 'ring', 'intensity', 'line']), st.text(max_size=4)
)
offsets = st.one_of(st.integers(0, 20), st.integers(0, 2**32 - 1))
datatypes = st.one_of(st.sampled_from([4, 7, 8]), st.integers(0, 255))
xyz_fields = st.sampled_from([[('x', 0, 7), ('y', 4, 7), ('z', 8, 7)]])
any_fields = st.lists(st.tuples(names, offsets, datatypes), max_size=6)


@fuzzed
@given(
    sizes,
    sizes,
    st.one_of(xyz_fields, any_fields, st.builds(operator.add, xyz_fields, any_fields)),
    steps,
    steps,
    st.booleans(),
    st.one_of(
        contents,
        st.lists(st.floats(width=32), max_size=40).map(
            lambda values: np.array(values, '<f4').tobytes()
        ),
    ),
)
def test_point_clouds(
    rosbags_messages, width, height, fields, point_step, row_step, is_bigendian, content
):
    message = rosbags_messages.cloud(
        content,
        fields,
        width=width,
        height=height,
        point_step=point_step,
        row_step=row_step,
        is_bigendian=is_bigendian,
    )
    scan = decoded_or_refused(decode_point_cloud, message, LidarScan)
    assert scan is None or (np.isfinite(scan.points_m).all() and len(scan.points_m) > 0)


numbers = st.one_of(st.just(0.0), st.floats(-1e4, 1e4), st.floats())
pinhole = st.builds(
    lambda fx, fy, cx, cy: [fx, 0, cx, 0, fy, cy, 0, 0, 1], numbers, numbers, numbers, numbers
)
nine = st.one_of(
    pinhole,
    st.just([0.0] * 9),
    st.just([1.0, 0, 0, 0, 1, 0, 0, 0, 1]),
    st.lists(numbers, min_size=9, max_size=9),
)
models = st.one_of(
    st.sampled_from(['', 'plumb_bob', 'rational_polynomial', 'equidistant']), st.text(max_size=5)
)


@pytest.mark.filterwarnings('ignore::RuntimeWarning')
@fuzzed
@given(
    sizes,
    sizes,
    models,
    st.lists(numbers, max_size=14),
    st.tuples(nine, nine, nine),
    st.lists(numbers, min_size=3, max_size=3),
    st.tuples(sizes, sizes, sizes, sizes, st.integers(0, 4), st.integers(0, 4)),
)
def test_camera_infos(rosbags_messages, width, height, model, d, matrices, column, window):
    make, floats = rosbags_messages.make, rosbags_messages.numbers
    k, r, p = matrices
    x_offset, y_offset, roi_width, roi_height, binning_x, binning_y = window
    message = make(
        'sensor_msgs/CameraInfo',
        header=rosbags_messages.header(),
        height=height,
        width=width,
        distortion_model=model,
        d=floats(d),
        k=floats(k),
        r=floats(r),
        p=floats([*p[:3], column[0], *p[3:6], column[1], *p[6:], column[2]]),
        binning_x=binning_x,
        binning_y=binning_y,
        roi=make(
            'sensor_msgs/RegionOfInterest',
            x_offset=x_offset,
            y_offset=y_offset,
            height=roi_height,
            width=roi_width,
            do_rectify=False,
        ),
    )
    decoded_or_refused(decode_camera_info, message, CameraModel)


@pytest.mark.filterwarnings('ignore::RuntimeWarning')
@fuzzed
@given(st.lists(numbers, min_size=7, max_size=7), st.text(max_size=5), st.text(max_size=5))
@example([0.0] * 7, 'a', 'b')
@example([1e308] * 7, 'a', 'b')
def test_transforms(rosbags_messages, values, parent, child):
    make = rosbags_messages.make
    x, y, z, *rotation = values
    message = make(
        'geometry_msgs/TransformStamped',
        header=rosbags_messages.header(parent),
        child_frame_id=child,
        transform=make(
            'geometry_msgs/Transform',
            translation=make('geometry_msgs/Vector3', x=x, y=y, z=z),
            rotation=make('geometry_msgs/Quaternion', **dict(zip('xyzw', rotation, strict=True))),
        ),
    )
    decoded_or_refused(decode_transform, message, StampedTransform)
