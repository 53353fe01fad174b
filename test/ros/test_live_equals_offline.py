"""A real recording through the live node gives the depth that the pipeline gives offline."""

from __future__ import annotations

from pathlib import Path
import threading

import numpy as np
import pytest
import rclpy

from mt_depth_ros.core.transform_tree import TransformTree
from mt_depth_ros.core.transforms import parse_static_transform
from mt_depth_ros.messages.camera_info_codec import decode_camera_info
from mt_depth_ros.messages.image_codec import decode_image
from mt_depth_ros.messages.point_cloud_codec import decode_point_cloud
from mt_depth_ros.pipeline.build import build_predictor, PredictorConfig
from mt_depth_ros.pipeline.frame_builder import FrameBuilder, FrameBuilderConfig
from mt_depth_ros.pipeline.self_check import SelfCheck
from mt_depth_ros.ros.player import BagItem, BagPlayer, PlaybackConfig, static_transform_texts

IMAGE, INFO, POINTS = '/camera/image_raw', '/camera/camera_info', '/velodyne_points'


@pytest.fixture(scope='module')
def recording(shared_data: Path):
    """The two KITTI frames: items to play, their messages by topic, and their transforms."""
    highlevel = pytest.importorskip('rosbags.highlevel', reason='needs rosbags')
    items, messages, transforms = [], {}, []
    with highlevel.AnyReader([shared_data / 'rosbag2/kitti_object']) as reader:
        for connection, received_ns, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            if connection.topic == '/tf_static':
                transforms += static_transform_texts(message)
                continue
            messages.setdefault(connection.topic, []).append(message)
            items.append(
                BagItem(
                    topic=connection.topic,
                    type_name=connection.msgtype,
                    receive_time_ns=received_ns,
                    message=bytes(data),
                )
            )
    return items, messages, transforms


def offline_depth(messages, transforms) -> dict[int, np.ndarray]:
    tree = TransformTree()
    for text in transforms:
        tree.set(parse_static_transform(text))
    predictor, _ = build_predictor(PredictorConfig())
    builder = FrameBuilder(FrameBuilderConfig())
    check = SelfCheck()
    depth_m = {}
    for triple in zip(messages[IMAGE], messages[INFO], messages[POINTS], strict=True):
        image = decode_image(triple[0], where=IMAGE)
        scan = decode_point_cloud(triple[2], where=POINTS)
        frame = builder.build(
            image,
            decode_camera_info(triple[1], where=INFO),
            scan,
            camera_from_source=tree.lookup(image.frame_id, scan.frame_id),
        )
        checked = check.hold_back(frame)
        assert checked.patches is not None
        assert checked.patches.withheld.any()
        depth_m[image.stamp_ns] = predictor.predict(checked.frame).depth_m
    return depth_m


def test_live_depth_equals_offline_depth_bit_for_bit(
    start_node, ros_context, recording, until
) -> None:
    items, messages, transforms = recording
    live = start_node(
        parameters={
            'model': 'auto',
            'mask_backend': 'auto',
            'static_transforms': transforms,
            'sync_max_wait': 0.03,
            'use_sim_time': True,
        },
        cli_args=[
            '--ros-args',
            *('-r', f'~/input/image:={IMAGE}'),
            *('-r', f'~/input/camera_info:={INFO}'),
            *('-r', f'~/input/points:={POINTS}'),
        ],
    )
    assert live.node.get_parameter('use_sim_time').value
    player_node = rclpy.create_node('player', context=ros_context)
    player = BagPlayer(
        player_node,
        {topic: f'sensor_msgs/msg/{name}' for topic, name in
         ((IMAGE, 'Image'), (INFO, 'CameraInfo'), (POINTS, 'PointCloud2'))},
        lambda: items,
        # A tenth of the speed, so that nothing is dropped however slow the machine is.
        PlaybackConfig(clock=True, rate=0.1, wait_for=(IMAGE, INFO, POINTS)),
    )  # fmt: skip
    thread = threading.Thread(target=player.play)
    thread.start()
    expected = offline_depth(messages, transforms)
    for stamp_ns, depth_m in expected.items():
        depth = live.wait_for(stamp_ns)['depth']
        np.testing.assert_array_equal(depth.pixels, depth_m)
        assert depth.frame_id.startswith('camera_color_left_')
    thread.join(60)
    assert live.node.ledger.state.dropped == {}
    assert {item.stamp_ns for item in live.recorded} == set(expected)
    assert live.lines('use_sim_time') == []
    player_node.destroy_node()


def test_a_loop_of_a_recording_gives_every_frame_each_time(
    start_node, ros_context, recording, until
) -> None:
    items, _, transforms = recording
    remaps = [
        part
        for name, topic in (('image', IMAGE), ('camera_info', INFO), ('points', POINTS))
        for part in ('-r', f'~/input/{name}:={topic}')
    ]
    live = start_node(
        outputs=('depth',),
        parameters={'static_transforms': transforms, 'use_sim_time': True},
        cli_args=['--ros-args', *remaps],
    )
    player_node = rclpy.create_node('player', context=ros_context)
    player = BagPlayer(
        player_node,
        {item.topic: item.type_name for item in items},
        lambda: items,
        PlaybackConfig(clock=True, loop=True, rate=0.5, wait_for=(IMAGE, INFO, POINTS)),
    )
    thread = threading.Thread(target=player.play)
    thread.start()
    until(lambda: player.loops == 3, 'three loops')
    player.stop()
    thread.join(60)
    until(lambda: live.node.ledger.state.published >= 6, 'two frames a loop')
    assert live.node.problems.counts['time_reset'] >= 2
    player_node.destroy_node()
