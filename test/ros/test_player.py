"""Recordings played over DDS, message for message."""

from __future__ import annotations

from collections.abc import Callable
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
import rclpy
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.serialization import serialize_message
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.messages.header_codec import stamp_ns_from
from mt_depth_ros.ros.message_copying import copy_message, message_class
from mt_depth_ros.ros.playback_clock import PlaybackClock
from mt_depth_ros.ros.player import (
    BagItem,
    BagPlayer,
    PlaybackConfig,
    static_transform_texts,
)

START_NS = 1_600_000_000_000_000_000
IMAGE_TYPE = 'sensor_msgs/msg/Image'


class Listener:
    """Hears what a player publishes, in a thread of its own."""

    def __init__(self, context: rclpy.Context) -> None:
        self.node = rclpy.create_node('listener', context=context)
        self.stamps_ns: list[int] = []
        self.clock_ns: list[int] = []
        self.node.create_subscription(
            Image, '/test_player/image', self._take, QoSProfile(depth=100)
        )
        self.node.create_subscription(
            Clock,
            '/clock',
            lambda message: self.clock_ns.append(stamp_ns_from(message.clock)),
            100,
        )
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._spin, args=(context,))
        self._thread.start()

    def _take(self, message: Image) -> None:
        self.stamps_ns.append(stamp_ns_from(message.header.stamp))

    def _take_clock(self, message: Clock) -> None:
        self.clock_ns.append(stamp_ns_from(message.clock))

    def _spin(self, context: rclpy.Context) -> None:
        executor = rclpy.executors.SingleThreadedExecutor(context=context)
        executor.add_node(self.node)
        while not self._is_closing.is_set():
            executor.spin_once(timeout_sec=0.1)
        executor.shutdown()

    def close(self) -> None:
        self._is_closing.set()
        self._thread.join()
        self.node.destroy_node()


@pytest.fixture
def listener(ros_context):
    listener = Listener(ros_context)
    yield listener
    listener.close()


@pytest.fixture
def make_player(ros_context, sensor_messages):
    nodes = []

    def make(topics=None, items: Callable | None = None, **config) -> BagPlayer:
        nodes.append(rclpy.create_node('player', context=ros_context))
        config.setdefault('wait_for', ('/test_player/image',))
        return BagPlayer(
            nodes[-1],
            topics or {'/test_player/image': IMAGE_TYPE},
            items or (lambda: image_items(sensor_messages)),
            PlaybackConfig(**config),
        )

    yield make
    for node in nodes:
        node.destroy_node()


def image_items(sensor_messages, number: int = 5) -> list[BagItem]:
    """Images a tenth of a second apart, received 3 ms after their stamps."""
    return [
        BagItem(
            topic='/test_player/image',
            type_name=IMAGE_TYPE,
            receive_time_ns=stamp_ns + 3_000_000,
            message=serialize_message(sensor_messages.image(stamp_ns)),
        )
        for stamp_ns in (START_NS + index * 100_000_000 for index in range(number))
    ]


def test_messages_go_out_in_order_with_their_recorded_stamps(listener, make_player, until) -> None:
    player = make_player(rate=20.0)
    player.play()
    until(lambda: len(listener.stamps_ns) == 5, 'the images')
    assert listener.stamps_ns == [START_NS + index * 100_000_000 for index in range(5)]
    assert player.published == {'/test_player/image': 5}
    assert player.loops == 1
    assert listener.clock_ns == []


def test_the_clock_runs_from_before_the_first_message_to_the_last(
    listener, make_player, until
) -> None:
    make_player(rate=2.0, clock=True).play()
    last_ns = START_NS + 403_000_000
    until(lambda: listener.clock_ns and listener.clock_ns[-1] >= last_ns, 'the end')
    assert listener.clock_ns == sorted(listener.clock_ns)
    assert listener.clock_ns[0] < START_NS
    # Recorded: 1 s of lead and 0.4 s of messages; 0.7 s at this rate, a hundred a second.
    assert len(listener.clock_ns) >= 20
    steps_ns = np.diff(listener.clock_ns)
    assert np.median(steps_ns) < 50_000_000


def test_a_recorded_clock_is_played_and_no_other_beside_it(
    listener, make_player, sensor_messages, until
) -> None:
    # A simulation that began at 0 s, recorded on a computer where it is 2020.
    simulated_ns = [100_000_000, 200_000_000, 300_000_000]
    clock = [
        BagItem(
            topic='/clock',
            type_name='rosgraph_msgs/msg/Clock',
            receive_time_ns=START_NS + stamp_ns,
            message=serialize_message(Clock(clock=sensor_messages.header(stamp_ns, '').stamp)),
        )
        for stamp_ns in simulated_ns
    ]
    player = make_player(
        topics={'/clock': clock[0].type_name, '/test_player/image': IMAGE_TYPE},
        items=lambda: [*clock, *image_items(sensor_messages)[4:]],
        rate=20.0,
        clock=True,
        wait_for=('/clock', '/test_player/image'),
    )
    assert player.has_recorded_clock
    player.play()
    until(lambda: listener.stamps_ns and len(listener.clock_ns) >= 3, 'the messages')
    assert listener.clock_ns == simulated_ns


def test_a_loop_starts_again_until_it_is_stopped(listener, make_player, until) -> None:
    player = make_player(rate=50.0, loop=True, clock=True)
    thread = threading.Thread(target=player.play)
    thread.start()
    until(lambda: player.loops >= 2, 'two loops')
    player.stop()
    thread.join(60)
    assert not thread.is_alive()
    until(lambda: len(listener.stamps_ns) >= 10, 'the images')
    assert listener.stamps_ns[5] == START_NS
    assert (np.diff(listener.clock_ns) < 0).any()


def test_paused_it_waits_and_the_clock_stands_still(listener, make_player, until) -> None:
    player = make_player(rate=20.0, clock=True, start_paused=True)
    thread = threading.Thread(target=player.play)
    thread.start()
    until(lambda: len(listener.clock_ns) >= 5, 'the clock')
    assert player.is_paused
    assert len(set(listener.clock_ns)) == 1
    assert listener.stamps_ns == []
    player.resume()
    until(lambda: len(listener.stamps_ns) == 5, 'the images')
    thread.join(60)


def test_it_says_who_is_not_listening(make_player) -> None:
    player = make_player(topics={'/nobody': IMAGE_TYPE}, wait_for=('/nobody',), wait_timeout_s=0.2)
    with pytest.raises(ConfigError, match='expected a subscriber on /nobody'):
        player.play()


def test_a_type_this_home_lacks_is_left_out_by_name(listener, make_player, until) -> None:
    player = make_player(
        topics={'/test_player/image': IMAGE_TYPE, '/lidar': 'velodyne_msgs/msg/VelodyneScan'},
        rate=50.0,
    )
    assert player.skipped == {'/lidar': 'velodyne_msgs/msg/VelodyneScan'}
    player.play()
    until(lambda: len(listener.stamps_ns) == 5, 'the images')


def test_a_rate_of_zero_is_refused() -> None:
    with pytest.raises(ConfigError, match='expected a rate above 0'):
        PlaybackConfig(rate=0.0)


def test_recorded_time_follows_rate_pause_and_resume() -> None:
    now_ns = [0]
    clock = PlaybackClock(0.5, steady_ns=lambda: now_ns[0])
    clock.start_at(1000)
    now_ns[0] = 200
    assert clock.now_ns() == 1100
    # 400 ns of the recording are left, at half the speed.
    assert clock.seconds_until(1500) == 800e-9
    clock.set_paused(True)
    now_ns[0] = 5000
    assert clock.now_ns() == 1100
    assert clock.seconds_until(1500) is None
    clock.set_paused(False)
    now_ns[0] = 5800
    assert clock.seconds_until(1500) == 0.0


@pytest.mark.parametrize(
    ('kind', 'target'), [('image', Image), ('camera_info', CameraInfo), ('points', PointCloud2)]
)
def test_messages_of_rosbags_become_the_same_messages_of_rclpy(
    sensor_messages, kind, target
) -> None:
    typesys = pytest.importorskip('rosbags.typesys', reason='needs rosbags')
    store = typesys.get_typestore(typesys.Stores.ROS2_HUMBLE)
    original = getattr(sensor_messages, kind)(START_NS)
    type_name = f'sensor_msgs/msg/{target.__name__}'
    foreign = store.deserialize_cdr(serialize_message(original), type_name)
    assert message_class(type_name) is target
    assert copy_message(foreign, target) == original


def test_static_transforms_stay_for_late_joiners_where_this_home_has_them(
    listener, make_player, until
) -> None:
    tf2_msgs = pytest.importorskip('tf2_msgs.msg', reason='needs tf2_msgs of a ROS distribution')
    from mt_depth_ros.ros.topics import TF_STATIC, TF_STATIC_QOS

    tf = BagItem(
        topic=TF_STATIC,
        type_name='tf2_msgs/msg/TFMessage',
        receive_time_ns=START_NS,
        message=serialize_message(tf2_msgs.TFMessage()),
    )
    player = make_player(topics={TF_STATIC: tf.type_name}, items=lambda: [tf], wait_for=())
    player.play()
    heard = []
    listener.node.create_subscription(tf2_msgs.TFMessage, TF_STATIC, heard.append, TF_STATIC_QOS)
    until(lambda: heard, 'the transforms')


def test_static_transforms_become_the_parameter_that_stands_in_for_them() -> None:
    from geometry_msgs.msg import TransformStamped

    from mt_depth_ros.core.transforms import parse_static_transform

    class Transforms:
        transforms = (TransformStamped(child_frame_id='camera'),)

    (stamped,) = Transforms.transforms
    stamped.header.frame_id = 'base'
    stamped.transform.translation.x = 0.1
    stamped.transform.rotation.w = 1.0
    (text,) = static_transform_texts(Transforms())
    assert text == '0.1 0.0 0.0 0.0 0.0 0.0 1.0 base camera'
    assert parse_static_transform(text).parent_frame == 'base'


def test_static_transforms_of_a_recording_that_cannot_be_used_are_left_out(caplog) -> None:
    """One of them in the parameter would keep the node from being configured."""
    from geometry_msgs.msg import TransformStamped

    class Transforms:
        transforms = tuple(
            TransformStamped(child_frame_id=child)
            for child in ('camera', 'gripper', 'base', 'lidar')
        )

    for stamped in Transforms.transforms:
        stamped.header.frame_id = 'base'
        stamped.transform.rotation.w = 1.0
    # Nobody filled in the gripper's, and the base is its own parent.
    Transforms.transforms[1].transform.rotation.w = 0.0
    texts = static_transform_texts(Transforms())
    assert [text.split()[-1] for text in texts] == ['camera', 'lidar']
    assert "'gripper' in 'base'" in caplog.text
    assert "parent 'base', child 'base'" in caplog.text


def test_what_was_recorded_as_kept_for_late_joiners_is_kept_for_them(
    tmp_path, listener, sensor_messages, until, ros_environment
) -> None:
    """A calibration that its driver publishes once, and a node that starts after the player."""
    interfaces = pytest.importorskip('rosbags.interfaces', reason='needs rosbags')
    from rosbags.rosbag2 import Writer

    from mt_depth_ros.bag.standard_types import standard_types

    forever = interfaces.QosTime(0, 0)
    latched = interfaces.Qos(
        interfaces.QosHistory.KEEP_LAST, 1, interfaces.QosReliability.RELIABLE,
        interfaces.QosDurability.TRANSIENT_LOCAL, forever, forever,
        interfaces.QosLiveliness.AUTOMATIC, forever, False,
    )  # fmt: skip
    recorded = {
        '/test_player/camera_info': (sensor_messages.camera_info(START_NS), [latched], 0),
        '/test_player/image': (sensor_messages.image(START_NS), [], 60_000_000_000),
    }
    with Writer(tmp_path / 'bag', version=8) as writer:
        for topic, (message, offered, later_ns) in recorded.items():
            connection = writer.add_connection(
                topic,
                f'sensor_msgs/msg/{type(message).__name__}',
                typestore=standard_types(),
                offered_qos_profiles=offered,
            )
            writer.write(connection, START_NS + later_ns, serialize_message(message))
    player = subprocess.Popen(
        [sys.executable, '-m', 'mt_depth_ros.cli.main', 'play', tmp_path / 'bag'],
        stdin=subprocess.DEVNULL,
    )
    try:
        topic = '/test_player/camera_info'
        until(lambda: listener.node.count_publishers(topic), 'the player')
        heard: list[CameraInfo] = []
        qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        listener.node.create_subscription(CameraInfo, topic, heard.append, qos)
        until(lambda: heard, 'the calibration', timeout_s=10.0)
    finally:
        player.send_signal(signal.SIGINT)
        assert player.wait(timeout=20) == 0
