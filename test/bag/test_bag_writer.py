from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.bag_writer import BagWriter
from mt_depth_ros.core.errors import DataFileError

STEPS = (
    ('transform', 'lidar', 'camera', 0.25),
    ('image', '/camera/image_raw'),
    ('info', '/camera/camera_info'),
    ('cloud', '/points'),
    ('depth', '/depth'),
    ('jpeg', '/camera/image_raw/compressed'),
)
TYPES = {
    '/camera/camera_info': 'sensor_msgs/msg/CameraInfo',
    '/camera/image_raw': 'sensor_msgs/msg/Image',
    '/camera/image_raw/compressed': 'sensor_msgs/msg/CompressedImage',
    '/depth': 'sensor_msgs/msg/Image',
    '/points': 'sensor_msgs/msg/PointCloud2',
    '/tf_static': 'tf2_msgs/msg/TFMessage',
}


def offered_qos(path: Path) -> dict[str, dict[str, object]]:
    """The one QoS profile of each topic, as rosbag2 reads it from the metadata."""
    metadata = yaml.safe_load((path / 'metadata.yaml').read_text())
    topics = metadata['rosbag2_bagfile_information']['topics_with_message_count']
    profiles = {}
    for topic in topics:
        declared = topic['topic_metadata']
        (profiles[declared['name']],) = yaml.safe_load(declared['offered_qos_profiles'])
    return profiles


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('compression', ['none', 'zstd'])
def test_what_was_written_reads_back(make_bag, storage, compression):
    path = make_bag(*STEPS, storage=storage, compression=compression)
    with BagReader(path) as bag:
        assert {topic.name: topic.type_name for topic in bag.topics} == TYPES
        messages = {message.topic: message for message in bag.messages()}
    image = messages['/camera/image_raw']
    assert image.receive_time_ns == 1_700_000_000_002_000_000
    read = image.read()
    assert (read.header.stamp.sec, read.header.stamp.nanosec) == (1_700_000_000, 1_500_000)
    assert (read.header.frame_id, read.encoding, read.step) == ('camera', 'rgb8', 24)
    info = messages['/camera/camera_info'].read()
    np.testing.assert_array_equal(info.k, [7, 0, 3.5, 0, 7.5, 2.5, 0, 0, 1])
    (transform,) = messages['/tf_static'].read().transforms
    assert (transform.header.frame_id, transform.child_frame_id) == ('lidar', 'camera')
    assert transform.transform.translation.x == 0.25


def test_the_official_mcap_library_reads_it_with_its_definitions(make_bag):
    reading = pytest.importorskip('mcap.reader', reason='needs the mcap package')
    path = make_bag(*STEPS, compression='zstd')
    with (path / 'bag.mcap').open('rb') as stream:
        reader = reading.make_reader(stream, validate_crcs=True)
        assert reader.get_header().profile == 'ros2'
        summary = reader.get_summary()
        topics = {channel.topic: channel for channel in summary.channels.values()}
        schemas = {schema.name: schema for schema in summary.schemas.values()}
        assert len(list(reader.iter_messages())) == 6
    assert set(topics) == set(TYPES)
    assert schemas['sensor_msgs/msg/PointCloud2'].encoding == 'ros2msg'
    assert b'uint32 point_step' in schemas['sensor_msgs/msg/PointCloud2'].data
    (qos,) = yaml.safe_load(topics['/tf_static'].metadata['offered_qos_profiles'])
    assert qos['durability'] == 1  # transient local


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_static_transforms_are_kept_for_late_subscribers(make_bag, storage):
    path = make_bag(*STEPS, storage=storage)
    offered = offered_qos(path)
    # rmw's numbers: keep last 1, reliable 1, transient local 1, volatile 2.
    static = offered.pop('/tf_static')
    assert (static['history'], static['depth'], static['durability']) == (1, 1000, 1)
    assert {qos['durability'] for qos in offered.values()} == {2}
    assert {qos['reliability'] for qos in (static, *offered.values())} == {1}


def test_messages_of_another_bag_are_copied_byte_by_byte(make_bag, tmp_path):
    source = make_bag(*STEPS, name='source', storage='sqlite3')
    with BagReader(source) as bag, BagWriter(tmp_path / 'copy') as writer:
        originals = list(bag.messages())
        for message in originals:
            writer.copy(message)
    with BagReader(tmp_path / 'copy') as bag:
        copies = list(bag.messages())
    assert [(copy.topic, copy.receive_time_ns) for copy in copies] == [
        (original.topic, original.receive_time_ns) for original in originals
    ]
    assert all(
        bytes(copy.serialized) == bytes(original.serialized)
        for copy, original in zip(copies, originals, strict=True)
    )


def test_copied_static_transforms_are_latched_even_if_the_source_did_not_say(
    shared_data, tmp_path
):
    with (
        BagReader(shared_data / 'rosbag2/kitti_object') as bag,
        BagWriter(tmp_path / 'copy') as writer,
    ):
        for message in bag.messages(['/tf_static']):
            writer.copy(message)
    (qos,) = offered_qos(tmp_path / 'copy').values()
    assert qos['durability'] == 1


def test_a_bag_is_never_overwritten(make_bag):
    path = make_bag(*STEPS)
    with pytest.raises(DataFileError, match=r'something there already.*never overwritten'):
        BagWriter(path).__enter__()


def test_a_place_where_nothing_can_be_made_is_told(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(DataFileError, match='a folder that can be made'):
        BagWriter(tmp_path / 'file/bag').__enter__()


def test_an_interrupted_bag_keeps_what_was_written(tmp_path, make_bag):
    source = make_bag(*STEPS, name='source')

    def interrupted() -> None:
        with BagReader(source) as bag, BagWriter(tmp_path / 'cut') as writer:
            for number, message in enumerate(bag.messages()):
                if number == 3:
                    raise KeyboardInterrupt
                writer.copy(message)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with BagReader(tmp_path / 'cut') as bag:
        assert len(list(bag.messages())) == 3


def test_a_writer_that_was_not_entered_is_a_programming_error(tmp_path):
    with pytest.raises(ValueError, match='with statement'):
        BagWriter(tmp_path / 'bag').write_static_transforms([], receive_time_ns=0)
