from __future__ import annotations

import shutil

import pytest
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import get_types_from_msg, get_typestore, Stores

from mt_depth_ros.bag.bag_reader import BagReader, BagTopic
from mt_depth_ros.core.errors import DataFileError, SensorInputError

STEPS = (
    ('image', '/camera/image_raw'),
    ('cloud', '/points'),
    ('image', '/camera/image_raw'),
)


def test_the_kitti_bag_lists_its_topics_and_gives_messages_in_receive_order(shared_data):
    with BagReader(shared_data / 'rosbag2/kitti_object') as bag:
        assert bag.topics == (
            BagTopic('/camera/camera_info', 'sensor_msgs/msg/CameraInfo', 2, True),
            BagTopic('/camera/image_raw', 'sensor_msgs/msg/Image', 2, True),
            BagTopic('/tf_static', 'tf2_msgs/msg/TFMessage', 2, True),
            BagTopic('/velodyne_points', 'sensor_msgs/msg/PointCloud2', 2, True),
        )
        messages = list(bag.messages())
    times = [message.receive_time_ns for message in messages]
    assert len(times) == 8
    assert times == sorted(times)
    clouds = [message.read() for message in messages if message.topic == '/velodyne_points']
    assert [cloud.width for cloud in clouds] == [115_384, 120_268]


def test_the_sqlite_bag_gives_the_topics_asked_for_only(shared_data):
    with BagReader(shared_data / 'rosbag2/ddad_like') as bag:
        messages = list(bag.messages(['/lidar/points', '/camera_01/image_raw/compressed']))
    assert len(messages) == 6
    assert {message.read().header.frame_id for message in messages} == {
        'lidar',
        'camera_01_optical',
    }


def test_types_that_are_not_ros_own_are_listed_and_left_out(shared_data):
    with BagReader(shared_data / 'rosbag2/velodyne_packets') as bag:
        (topic,) = bag.topics
        assert topic == BagTopic('/velodyne_packets', 'velodyne_msgs/msg/VelodyneScan', 4, False)
        assert list(bag.messages()) == []


def test_custom_types_with_definitions_do_not_disturb_the_others(tmp_path):
    types = get_typestore(Stores.LATEST)
    types.register(get_types_from_msg('uint8 speed\n', 'car_msgs/msg/Speed'))
    with Writer(tmp_path / 'bag', version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        for time_ns, type_name, value in (
            (1, 'car_msgs/msg/Speed', {'speed': 3}),
            (2, 'std_msgs/msg/String', {'data': 'hello'}),
        ):
            connection = writer.add_connection(f'/topic{time_ns}', type_name, typestore=types)
            message = types.types[type_name](**value)
            writer.write(connection, time_ns, types.serialize_cdr(message, type_name))
    with BagReader(tmp_path / 'bag') as bag:
        assert [topic.is_readable for topic in bag.topics] == [False, True]
        assert [message.read().data for message in bag.messages()] == ['hello']


@pytest.mark.parametrize(('storage', 'suffix'), [('mcap', '.mcap'), ('sqlite3', '.db3')])
def test_a_storage_file_alone_is_a_bag_too(make_bag, storage, suffix):
    path = make_bag(*STEPS, storage=storage)
    with BagReader(path / f'bag{suffix}') as bag:
        assert [message.topic for message in bag.messages()] == [topic for _, topic in STEPS]


@pytest.mark.parametrize('plugin', list(StoragePlugin))
@pytest.mark.parametrize('mode', [CompressionMode.FILE, CompressionMode.MESSAGE])
def test_bags_compressed_by_file_and_by_message_are_read(tmp_path, plugin, mode):
    types = get_typestore(Stores.LATEST)
    writer = Writer(tmp_path / 'bag', version=9, storage_plugin=plugin)
    writer.set_compression(mode, CompressionFormat.ZSTD)
    with writer:
        type_name = 'std_msgs/msg/String'
        connection = writer.add_connection('/words', type_name, typestore=types)
        for time_ns in range(10):
            message = types.types[type_name](data=f'word {time_ns}')
            writer.write(connection, time_ns, types.serialize_cdr(message, type_name))
    with BagReader(tmp_path / 'bag') as bag:
        words = [message.read().data for message in bag.messages()]
    assert words == [f'word {time_ns}' for time_ns in range(10)]


def test_a_path_that_is_no_bag_is_told_apart(tmp_path, make_bag):
    bag = make_bag(*STEPS)
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'old.bag').write_bytes(b'#ROSBAG V2.0')
    (tmp_path / 'notes.txt').write_text('hello')
    unfinished = tmp_path / 'unfinished'
    shutil.copytree(bag, unfinished)
    (unfinished / 'metadata.yaml').unlink()
    for path, text in (
        (tmp_path / 'absent', 'got nothing there; check the path'),
        (tmp_path / 'empty', r'without metadata\.yaml; check the path'),
        (unfinished, r'without metadata\.yaml; run "ros2 bag reindex"'),
        (tmp_path / 'old.bag', r'a ROS 1 bag; convert it: rosbags-convert --src old\.bag'),
        (tmp_path / 'notes.txt', r"a file 'notes\.txt'"),
        (bag / 'metadata.yaml', 'give the folder it is in'),
    ):
        with pytest.raises(DataFileError, match=f'expected a rosbag2 folder, .*{text}') as caught:
            BagReader(path).__enter__()
        assert caught.value.where == str(path)


@pytest.mark.parametrize(('storage', 'suffix'), [('mcap', '.mcap'), ('sqlite3', '.db3')])
@pytest.mark.parametrize('share', [0.0, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize('as_folder', [True, False])
def test_a_bag_cut_short_is_refused_with_a_way_out(make_bag, storage, suffix, share, as_folder):
    path = make_bag(*STEPS, storage=storage)
    file = path / f'bag{suffix}'
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with (
        pytest.raises(DataFileError, match=r'damaged or unfinished .*; repair it'),
        BagReader(path if as_folder else file) as bag,
    ):
        for message in bag.messages():
            message.read()


@pytest.mark.parametrize(
    'text', ['', '{', 'rosbag2_bagfile_information: 3', 'rosbag2_bagfile_information: {}']
)
def test_damaged_metadata_is_refused(make_bag, text):
    path = make_bag(*STEPS)
    (path / 'metadata.yaml').write_text(text)
    with pytest.raises(DataFileError, match='a complete rosbag2 recording'):
        BagReader(path).__enter__()


def test_metadata_whose_storage_file_is_missing_is_refused(make_bag):
    path = make_bag(*STEPS)
    (path / 'bag.mcap').unlink()
    with pytest.raises(DataFileError, match='files are missing'):
        BagReader(path).__enter__()


def test_metadata_that_does_not_fit_its_storage_is_refused(make_bag):
    path = make_bag(*STEPS)
    metadata = (path / 'metadata.yaml').read_text()
    (path / 'metadata.yaml').write_text(metadata.replace('/points', '/other'))
    with (
        pytest.raises(DataFileError, match='1 messages, none of which is in the storage'),
        BagReader(path) as bag,
    ):
        list(bag.messages(['/other']))


def test_one_damaged_message_does_not_end_the_recording(tmp_path):
    types = get_typestore(Stores.LATEST)
    type_name = 'std_msgs/msg/String'
    with Writer(tmp_path / 'bag', version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection('/words', type_name, typestore=types)
        whole = types.serialize_cdr(types.types[type_name](data='a whole word'), type_name)
        for time_ns, content in enumerate([whole, whole[:10], b'', whole]):
            writer.write(connection, time_ns, content)
    with BagReader(tmp_path / 'bag') as bag:
        first, cut, empty, last = bag.messages()
        assert first.read().data == last.read().data == 'a whole word'
        for message in (cut, empty):
            with pytest.raises(SensorInputError, match=r'/words: expected std_msgs') as caught:
                message.read()
            assert caught.value.reason == 'malformed_message'


def test_a_reader_that_was_not_entered_is_a_programming_error(make_bag):
    with pytest.raises(ValueError, match='with statement'):
        list(BagReader(make_bag(*STEPS)).messages())
