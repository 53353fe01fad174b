"""Messages of this home: read header first, decoded late, and with the distribution's tools."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.image_codec import encode_image
from mt_depth_ros.messages.point_cloud_codec import encode_cloud
from mt_depth_ros.ros.cv_bridge_decoding import decode_any_image
from mt_depth_ros.ros.message_filling import make_header, make_image, make_point_cloud
from mt_depth_ros.ros.serialized_message import read_header

STAMP_NS = 1_600_000_000_123_456_789


def read(data: bytes, message_type=Image):
    return read_header(data, message_type=message_type, topic='/camera/image', received_ns=5)


def test_stamp_and_frame_are_read_without_decoding_the_rest(sensor_messages) -> None:
    original = sensor_messages.image(STAMP_NS, '/camera_optical')
    message = read(serialize_message(original))
    assert message.stamp_ns == STAMP_NS
    assert message.frame_id == 'camera_optical'
    assert message.received_ns == 5
    assert message.decode() == original


def test_big_endian_messages_are_read_as_well() -> None:
    data = b'\x00\x00\x00\x00' + (7).to_bytes(4, 'big') + (9).to_bytes(4, 'big')
    data += (4).to_bytes(4, 'big') + b'cam\x00'
    message = read(data)
    assert (message.stamp_ns, message.frame_id) == (7_000_000_009, 'cam')


def test_content_is_equal_for_messages_that_differ_in_the_stamp_only(sensor_messages) -> None:
    first, second, other = (
        read(serialize_message(message), CameraInfo)
        for message in (
            sensor_messages.camera_info(STAMP_NS),
            sensor_messages.camera_info(STAMP_NS + 1),
            sensor_messages.camera_info(STAMP_NS, 'other'),
        )
    )
    assert first.content == second.content
    assert first.content != other.content


@pytest.mark.parametrize(
    ('data', 'got'), [(b'\x00\x01', '2 bytes'), (b'\x00\x01' + bytes(10) + b'\xff' * 4, 'cut off')]
)
def test_too_few_bytes_are_refused(data: bytes, got: str) -> None:
    with pytest.raises(SensorInputError, match=got):
        read(data)


def test_a_body_that_is_cut_off_is_refused_when_it_is_decoded(sensor_messages) -> None:
    message = read(serialize_message(sensor_messages.image(STAMP_NS))[:60])
    with pytest.raises(SensorInputError, match='expected a serialized Image'):
        message.decode()


def test_images_survive_the_way_into_a_message_and_back() -> None:
    values = np.array([[1.5, np.nan, np.inf]], np.float32)
    message = make_image(encode_image(values, '32FC1'), make_header(STAMP_NS, 'camera'))
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (1_600_000_000, 123_456_789)
    np.testing.assert_array_equal(np.frombuffer(message.data, np.float32), values[0])


@pytest.fixture
def cv_bridge():
    bridge = pytest.importorskip('cv_bridge', reason='needs cv_bridge of a ROS distribution')
    pytest.importorskip(
        'cv_bridge.boost.cv_bridge_boost', reason="needs cv_bridge's compiled part"
    )
    return bridge


def test_a_bayer_image_is_read_with_cv_bridge_where_it_is_compiled(
    cv_bridge, sensor_messages
) -> None:
    message = sensor_messages.image(STAMP_NS)
    message.encoding, message.step = 'bayer_rggb8', 64
    message.data = array('B', bytes([200] * (64 * 48)))
    decoded = decode_any_image(message, where='/camera/image')
    assert decoded.image_rgb.shape == (48, 64, 3)
    assert (decoded.image_rgb[8:-8, 8:-8] == 200).all()


def test_what_nobody_reads_is_refused_by_name(sensor_messages) -> None:
    message = sensor_messages.image(STAMP_NS)
    message.encoding = 'bayer_none'
    with pytest.raises(SensorInputError, match='bayer_none') as caught:
        decode_any_image(message, where='/camera/image')
    assert caught.value.reason == 'unsupported_encoding'


@pytest.fixture
def point_cloud2():
    return pytest.importorskip(
        'sensor_msgs_py.point_cloud2', reason='needs sensor_msgs_py of a ROS distribution'
    )


def test_sensor_msgs_py_reads_our_cloud(point_cloud2) -> None:
    points_m = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    colours = np.array([[255, 0, 0], [0, 255, 0]], np.uint8)
    cloud = make_point_cloud(encode_cloud(points_m, colours), make_header(STAMP_NS, 'camera'))
    read_points = point_cloud2.read_points(cloud, field_names=('x', 'y', 'z'))
    assert [tuple(point) for point in read_points] == [(1, 2, 3), (4, 5, 6)]
    packed = point_cloud2.read_points(cloud, field_names=('rgb',))['rgb'].view(np.uint32)
    assert [hex(colour & 0xFFFFFF) for colour in packed] == ['0xff0000', '0xff00']


def test_cv_bridge_reads_our_depth(cv_bridge) -> None:
    depth_m = np.array([[1.5, 2.5]], np.float32)
    message = make_image(encode_image(depth_m, '32FC1'), make_header(STAMP_NS, 'camera'))
    np.testing.assert_array_equal(cv_bridge.CvBridge().imgmsg_to_cv2(message), depth_m)


def test_sensor_msgs_py_drives_the_node_and_message_filters_pairs_its_outputs(
    point_cloud2, start_node, sensor_messages, until
) -> None:
    message_filters = pytest.importorskip(
        'message_filters', reason='needs message_filters of a ROS distribution'
    )
    live = start_node()
    triples = []
    inputs = [
        message_filters.Subscriber(live.peer, kind, f'{live.name}/{topic}')
        for kind, topic in (
            (Image, 'depth/image_rect'),
            (CameraInfo, 'depth/camera_info'),
            (PointCloud2, 'points'),
        )
    ]
    policy = message_filters.ApproximateTimeSynchronizer(inputs, queue_size=10, slop=0.02)
    policy.registerCallback(lambda *messages: triples.append(messages))
    stamp_ns = live.next_stamp()
    header = sensor_messages.header(stamp_ns + 5_000_000, 'lidar')
    live.send_frame(stamp_ns, points=point_cloud2.create_cloud_xyz32(header, live.messages.wall()))
    until(lambda: triples, 'depth, calibration and cloud as one')
    depth, camera_info, cloud = triples[0]
    assert depth.header == camera_info.header == cloud.header
    # The wall of the LiDAR, at 10 m; seen through the calibration that came with it.
    depth_m = np.frombuffer(depth.data, np.float32).reshape(depth.height, depth.width)
    assert depth_m[24, 32] == pytest.approx(10.0)
    points_m = point_cloud2.read_points_numpy(cloud, field_names=('x', 'y', 'z'))
    np.testing.assert_allclose(points_m[:, 2], 10.0, rtol=1e-6)
    u_px = camera_info.p[0] * points_m[:, 0] / points_m[:, 2] + camera_info.p[2]
    assert -0.01 <= u_px.min() < 1.0
    assert depth.width - 2.0 < u_px.max() <= depth.width - 0.99


@pytest.mark.parametrize('policy', ['approximate', 'exact'])
def test_the_node_pairs_with_message_filters_where_asked_to(start_node, policy) -> None:
    pytest.importorskip('message_filters', reason='needs message_filters of a ROS distribution')
    start_node(parameters={'sync_policy': policy}).check_it_goes_on()
