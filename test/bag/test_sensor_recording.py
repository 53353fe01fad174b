from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_recording import SensorRecording
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.transforms import RigidTransform, StampedTransform
from mt_depth_ros.messages.depth_codec import decode_depth_image
from mt_depth_ros.messages.point_cloud_codec import decode_point_cloud

CAMERA = RectifiedCamera(width=4, height=3, fx=2.0, fy=2.0, cx=1.5, cy=1.0)


def test_what_is_recorded_can_be_read_back(tmp_path) -> None:
    points = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=np.float32)
    depth = np.full((3, 4), 2.5, dtype=np.float32)
    header = {'stamp_ns': 1_500_000_000, 'frame_id': 'sensor'}
    pose = StampedTransform(
        parent_frame='map', child_frame='base_link', transform=RigidTransform.identity()
    )
    with SensorRecording(tmp_path / 'bag') as bag:
        bag.record_transforms([pose], receive_time_ns=1_500_000_000)
        bag.record_camera_info('/camera/camera_info', CAMERA, **header)
        bag.record_jpeg('/camera/image_raw/compressed', b'jpeg', **header)
        bag.record_image('/mask', np.zeros((3, 4), dtype=np.uint8), 'mono8', **header)
        bag.record_depth('/depth', depth, **header)
        bag.record_scan(
            '/points',
            points_m=points,
            intensity=np.array([0.5, 1.0], dtype=np.float32),
            ring=np.array([7, 63], dtype=np.int32),
            time_s=np.array([-0.05, 0.05], dtype=np.float32),
            **header,
        )
    with BagReader(tmp_path / 'bag') as recorded:
        messages = {message.topic: message.read() for message in recorded.messages()}
    assert messages['/tf'].transforms[0].child_frame_id == 'base_link'
    assert messages['/camera/camera_info'].k[0] == 2.0
    assert bytes(messages['/camera/image_raw/compressed'].data) == b'jpeg'
    assert messages['/mask'].encoding == 'mono8'
    assert np.array_equal(decode_depth_image(messages['/depth'], where='/depth').depth_m, depth)
    scan = decode_point_cloud(messages['/points'], where='/points')
    assert np.array_equal(scan.points_m, points)
    assert scan.ring.tolist() == [7, 63]
    assert scan.stamp_ns == 1_500_000_000


def test_points_of_another_shape_are_refused(tmp_path) -> None:
    with SensorRecording(tmp_path / 'bag') as bag, pytest.raises(ValueError, match='points_m'):
        bag.record_scan(
            '/points',
            points_m=np.zeros((2, 4), dtype=np.float32),
            intensity=np.zeros(2, dtype=np.float32),
            ring=np.zeros(2, dtype=np.int32),
            time_s=np.zeros(2, dtype=np.float32),
            stamp_ns=0,
            frame_id='lidar',
        )
