from __future__ import annotations

import cv2
import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin, Writer

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_stream import (
    initial_transforms,
    read_sensor_events,
    SensorKind,
)
from mt_depth_ros.bag.sensor_topics import CameraTopics, find_sensor_topics
from mt_depth_ros.bag.standard_types import standard_types
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import SensorInputError, TransformError
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.sensors import CameraImage, LidarScan, SparseDepthImage

TRANSFORMS, INFO, IMAGE, DEPTH, POINTS = SensorKind
STEPS = (
    ('image', '/cam/image_raw'),
    ('info', '/cam/camera_info'),
    ('cloud', '/points'),
    ('depth', '/cam/depth'),
    ('jpeg', '/cam/image_raw/compressed'),
    ('compressed_depth', '/cam/depth/compressedDepth'),
)


def test_the_kitti_bag_decodes_message_by_message(shared_data):
    with BagReader(shared_data / 'rosbag2/kitti_object') as bag:
        (topics,) = find_sensor_topics(bag)
        events = list(read_sensor_events(bag, topics))
    # The calibration was received together with its image, and comes before it.
    assert [event.kind for event in events] == [TRANSFORMS, INFO, IMAGE, POINTS] * 2
    (_, info, image, points) = (event.decode() for event in events[:4])
    assert isinstance(info, CameraModel)
    assert (info.width, info.height, info.frame_id) == (1224, 370, 'camera_color_left_000000')
    assert isinstance(image, CameraImage)
    assert image.image_rgb.shape == (370, 1224, 3)
    assert image.stamp_ns == events[2].stamp_ns == 1_317_000_000_000_000_000
    assert isinstance(points, LidarScan)
    assert points.points_m.shape == (115_384, 3)
    assert points.stamp_ns - image.stamp_ns == 3_000_000


def test_the_ddad_camera_is_about_21_ms_after_the_cloud(shared_data):
    with BagReader(shared_data / 'rosbag2/ddad_like') as bag:
        for topics in find_sensor_topics(bag):
            events = list(read_sensor_events(bag, topics))
            stamps = {
                kind: np.array([event.stamp_ns for event in events if event.kind is kind])
                for kind in (IMAGE, POINTS)
            }
            lags_ms = (stamps[IMAGE] - stamps[POINTS]) / 1e6
            assert lags_ms.shape == (3,)
            assert ((lags_ms > 20) & (lags_ms < 22)).all()
            image = next(event for event in events if event.kind is IMAGE).decode()
            assert image.image_rgb.shape == (1216, 1936, 3)


def test_every_static_transform_is_known_from_the_start(shared_data):
    with BagReader(shared_data / 'rosbag2/kitti_object') as bag:
        tree = initial_transforms(bag)
    for number in ('000000', '000001'):
        camera_from_lidar = tree.lookup(f'camera_color_left_{number}', 'velodyne')
        ahead = camera_from_lidar.apply(np.array([[10, 0, 0]], np.float32))
        assert 9 < ahead[0, 2] < 11


def test_a_frame_starts_with_its_first_transform_and_changes_with_the_stream(make_bag):
    path = make_bag(
        ('transform', 'lidar', 'camera', 1.0),
        *STEPS[:3],
        ('transform', 'lidar', 'camera', 2.0),
        ('transform', 'lidar', 'other', 3.0),
    )
    with BagReader(path) as bag:
        tree = initial_transforms(bag)
        assert tree.lookup('lidar', 'camera').translation_m[0] == 1
        assert tree.lookup('lidar', 'other').translation_m[0] == 3
        (topics,) = find_sensor_topics(bag)
        for event in read_sensor_events(bag, topics):
            if event.kind is TRANSFORMS:
                assert event.stamp_ns == 0
                for stamped in event.decode():
                    tree.set(stamped)
    assert tree.lookup('lidar', 'camera').translation_m[0] == 2


@pytest.mark.parametrize('is_compressed', [False, True])
def test_each_transport_is_decoded_by_its_type(make_bag, is_compressed):
    topics = CameraTopics(
        image='/cam/image_raw/compressed' if is_compressed else '/cam/image_raw',
        image_is_compressed=is_compressed,
        camera_info='/cam/camera_info',
        sparse_depth='/cam/depth/compressedDepth' if is_compressed else '/cam/depth',
    )
    with BagReader(make_bag(*STEPS)) as bag:
        events = list(read_sensor_events(bag, topics))
    decoded = {event.kind: event.decode() for event in events}
    assert set(decoded) == {IMAGE, INFO, DEPTH}
    assert isinstance(decoded[IMAGE], CameraImage)
    depth = decoded[DEPTH]
    assert isinstance(depth, SparseDepthImage)
    expected_m = np.linspace(1, 20, 48).reshape(6, 8)
    np.testing.assert_allclose(depth.depth_m, expected_m, atol=6e-4 if is_compressed else 1e-6)


def test_events_are_decoded_only_when_asked_and_raise_then(tmp_path):
    with Writer(tmp_path / 'bag', version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        for topic, name in (
            ('/image', 'sensor_msgs/msg/Image'),
            ('/info', 'sensor_msgs/msg/CameraInfo'),
            ('/points', 'sensor_msgs/msg/PointCloud2'),
            ('/tf_static', 'tf2_msgs/msg/TFMessage'),
        ):
            connection = writer.add_connection(topic, name, typestore=standard_types())
            writer.write(connection, 1, b'\x00\x01\x00\x00 cut')
    with BagReader(tmp_path / 'bag') as bag:
        (topics,) = find_sensor_topics(bag)
        events = list(read_sensor_events(bag, topics))
        assert [event.kind for event in events] == [TRANSFORMS, INFO, IMAGE, POINTS]
        for event in events:
            with pytest.raises(SensorInputError, match=f'^{event.topic}: ') as caught:
                event.decode()
            assert caught.value.reason == 'malformed_message'
        with pytest.raises(TransformError):
            initial_transforms(bag).lookup('lidar', 'camera')


def test_the_kitti_bag_puts_the_known_number_of_points_into_its_images(shared_data):
    """20,285 and 18,630 are the dataset's own counts for frames 000000 and 000001."""
    num_inside = []
    with BagReader(shared_data / 'rosbag2/kitti_object') as bag:
        (topics,) = find_sensor_topics(bag)
        tree = initial_transforms(bag)
        latest = {}
        for event in read_sensor_events(bag, topics):
            latest[event.kind] = event.decode()
            if event.kind is POINTS:
                info, scan = latest[INFO], latest[POINTS]
                camera_from_lidar = tree.lookup(info.frame_id, scan.frame_id)
                projected = project_scan(scan.points_m, camera_from_lidar, info.rectified)
                num_inside.append(len(projected.measurements))
    assert num_inside == [20_285, 18_630]


def test_the_kitti_bag_gives_the_pixels_of_the_datasets_own_files(shared_data):
    with BagReader(shared_data / 'rosbag2/kitti_object') as bag:
        (topics,) = find_sensor_topics(bag)
        events = [event for event in read_sensor_events(bag, topics) if event.kind is IMAGE]
    for number, event in zip(('000000', '000001'), events, strict=True):
        image_bgr = cv2.imread(str(shared_data / f'kitti_object/image_2/{number}.png'))
        np.testing.assert_array_equal(event.decode().image_rgb, image_bgr[..., ::-1])
