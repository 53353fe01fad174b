"""Where the LiDAR sits, from the parameter and from transform messages."""

from __future__ import annotations

from collections.abc import Callable
import contextlib
from types import SimpleNamespace
from typing import Any

from geometry_msgs.msg import TransformStamped
import pytest
import rclpy
from rclpy.duration import Duration
from rclpy.parameter import Parameter
from rclpy.qos import ReliabilityPolicy

from mt_depth_ros.core.errors import ConfigError, TransformError
from mt_depth_ros.core.transform_tree import TransformTree
from mt_depth_ros.core.transforms import StampedTransform
from mt_depth_ros.messages.transform_codec import decode_transform
from mt_depth_ros.ros import (
    extrinsics as extrinsics_module,
)
from mt_depth_ros.ros import (
    moving_transforms as moving_transforms_module,
)
from mt_depth_ros.ros.extrinsics import Extrinsics
from mt_depth_ros.ros.home import missing_packages, optional_package, required_package
from mt_depth_ros.ros.message_filling import make_transform
from mt_depth_ros.ros.moving_transforms import MovingTransforms
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.topics import TF, TF_STATIC, TF_STATIC_QOS


@pytest.fixture
def node(ros_context):
    node = rclpy.create_node('extrinsics', context=ros_context)
    yield node
    node.destroy_node()


def make(node, *texts: str) -> Extrinsics:
    return Extrinsics(node, texts, ProblemLog(node.get_logger().warning, period_s=5.0))


def stamped_transform(
    parent: str, child: str, x: float, *, w: float = 1.0, sec: int = 0
) -> TransformStamped:
    stamped = TransformStamped(child_frame_id=child)
    stamped.header.frame_id, stamped.header.stamp.sec = parent, sec
    stamped.transform.translation.x = x
    stamped.transform.rotation.w = w
    return stamped


def transforms(*stamped: TransformStamped) -> Any:
    """What a tf2_msgs/TFMessage looks like, in homes without that package too."""
    return SimpleNamespace(transforms=list(stamped))


_AT_ONCE = Duration()


class JumpHandle:
    """Of a callback at jumps of a clock, which lasts until it is unregistered."""

    def __init__(self, handles: list[JumpHandle], callback: Callable[[Any], None]) -> None:
        self.callback = callback
        self._handles = handles
        self._handles.append(self)

    @property
    def is_registered(self) -> bool:
        return self in self._handles

    def unregister(self) -> None:
        self._handles.remove(self)


class Tf2Buffer:
    """A buffer of tf2 without time: of each child frame it keeps what came last.

    Attributes:
        arriving: is called once while a lookup waits for what is not known yet.
    """

    def __init__(self, *, node: Any = None) -> None:
        self._tree = TransformTree()
        self.jump_handle: Any = JumpHandle([], self.clear)
        if node is not None:
            node.services.append('tf2_frames')
            self.jump_handle = node.create_jump_callback(None, lambda _: self.clear())
        self.arriving: Callable[[], None] = lambda: None

    def clear(self) -> None:
        self._tree = TransformTree()

    def set_transform(self, stamped: TransformStamped, authority: str) -> None:
        self._tree.set(decode_transform(stamped, where=authority))

    set_transform_static = set_transform

    def lookup_transform(
        self, target: str, source: str, time: Any, timeout: Duration = _AT_ONCE
    ) -> TransformStamped:
        if timeout.nanoseconds >= 50_000_000:
            self.arriving()
        found = self._tree.lookup(target, source)
        return make_transform(
            StampedTransform(parent_frame=target, child_frame=source, transform=found)
        )


class Tf2Home:
    """A node in a home that has tf2.

    Attributes:
        callbacks: what takes the messages of each topic.
        buffer: the newest of tf2.
        services: what it serves.
        jump_handles: of what follows its clock.
    """

    def __init__(self) -> None:
        self.buffer: Tf2Buffer | None = None
        self.services: list[str] = []
        self.jump_handles: list[JumpHandle] = []
        self.callbacks: dict[str, Callable[[Any], None]] = {}
        self.packages = {
            'tf2_msgs.msg': SimpleNamespace(TFMessage=object),
            'tf2_ros': SimpleNamespace(
                Buffer=self._make_buffer, TransformException=TransformError
            ),
        }

    def _make_buffer(self, **options: Any) -> Tf2Buffer:
        self.buffer = Tf2Buffer(**options)
        return self.buffer

    def get_clock(self) -> Tf2Home:
        return self

    def create_jump_callback(self, threshold, post_callback) -> JumpHandle:
        return JumpHandle(self.jump_handles, post_callback)

    def create_subscription(self, message_type, topic, callback, qos) -> str:
        self.callbacks[topic] = callback
        return topic

    def destroy_subscription(self, topic: str) -> None:
        del self.callbacks[topic]


def follow_moving_frames(extrinsics: Extrinsics) -> None:
    """As after static transforms have not been enough for a while."""
    for now_s in (0.0, 2.5):
        with pytest.raises(TransformError):
            extrinsics.lookup('camera', 'lidar', 0)
        extrinsics.follow_moving_frames(now_s)


@pytest.fixture
def tf2_home(monkeypatch) -> Tf2Home:
    home = Tf2Home()
    monkeypatch.setattr(extrinsics_module, 'optional_package', home.packages.get)
    for module in (extrinsics_module, moving_transforms_module):
        monkeypatch.setattr(
            module, 'create_subscription', lambda node, *rest: node.create_subscription(*rest)
        )
    return home


def test_the_parameter_gives_chains_of_transforms(node) -> None:
    extrinsics = make(node, '1 0 0 0 0 0 1 base camera', '0 2 0 0 0 0 1 base lidar')
    found = extrinsics.lookup('camera', 'lidar', 0)
    assert found.translation_m.tolist() == [-1.0, 2.0, 0.0]


def test_an_unknown_frame_names_both_frames_and_the_parameter(node) -> None:
    extrinsics = make(node, '1 0 0 0 0 0 1 base camera')
    with pytest.raises(TransformError, match="from 'lidar' to 'camera'") as caught:
        extrinsics.lookup('camera', 'lidar', 0)
    assert 'static_transforms' in str(caught.value)


def test_a_parameter_that_cannot_be_read_is_refused(node) -> None:
    with pytest.raises(ConfigError, match="'x y z qx qy qz qw parent child'"):
        make(node, '1 2 3 base camera')


def test_static_transform_messages_are_heard_but_the_parameter_wins(
    node, ros_context, until
) -> None:
    tf2_msgs = pytest.importorskip('tf2_msgs.msg', reason='needs tf2_msgs of a ROS distribution')
    extrinsics = make(node, '1 0 0 0 0 0 1 base camera')
    publisher = node.create_publisher(tf2_msgs.TFMessage, TF_STATIC, TF_STATIC_QOS)
    message = tf2_msgs.TFMessage()
    for child, x in (('camera', 99.0), ('lidar', 3.0)):
        stamped = TransformStamped(child_frame_id=child)
        stamped.header.frame_id = 'base'
        stamped.transform.translation.x = x
        stamped.transform.rotation.w = 1.0
        message.transforms.append(stamped)
    publisher.publish(message)
    executor = rclpy.executors.SingleThreadedExecutor(context=ros_context)
    executor.add_node(node)

    def heard() -> bool:
        executor.spin_once(timeout_sec=0.05)
        return 'lidar' in extrinsics.frames

    until(heard, 'the transforms')
    assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [2.0, 0.0, 0.0]
    executor.shutdown()


@pytest.mark.parametrize(
    'bad',
    [
        stamped_transform('base', 'gripper', 1.0, w=0.0),
        stamped_transform('base', 'gripper', float('nan')),
        stamped_transform('gripper', 'gripper', 1.0),
        stamped_transform('', 'gripper', 1.0),
    ],
    ids=['no rotation', 'not a number', 'its own parent', 'no parent'],
)
def test_a_bad_static_transform_takes_no_other_of_its_message_along(tf2_home, bad) -> None:
    problems = ProblemLog(lambda line: None, period_s=5.0)
    extrinsics = Extrinsics(tf2_home, (), problems)
    tf2_home.callbacks[TF_STATIC](
        transforms(
            stamped_transform('base', 'camera', 1.0), bad, stamped_transform('base', 'lidar', 3.0)
        )
    )
    assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [2.0, 0.0, 0.0]
    assert problems.counts == {'bad_transform': 1}


def test_transforms_by_hand_hold_beside_those_that_move_and_win_over_them(tf2_home) -> None:
    by_hand = ('1 0 0 0 0 0 1 mast camera',)
    extrinsics = Extrinsics(tf2_home, by_hand, ProblemLog(lambda line: None, period_s=5.0))
    static, moving = tf2_home.callbacks[TF_STATIC], lambda: tf2_home.callbacks[TF]
    static(transforms(stamped_transform('base', 'lidar', 3.0)))
    follow_moving_frames(extrinsics)
    moving()(transforms(stamped_transform('base', 'mast', 10.0)))
    # The camera is 1 m from the mast, by hand, and so 11 m from the base; the LiDAR 3 m.
    assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [-8.0, 0.0, 0.0]
    # Others say otherwise, or the other way round.
    for take in (static, moving()):
        take(transforms(stamped_transform('mast', 'camera', 99.0)))
        take(transforms(stamped_transform('camera', 'mast', 99.0)))
        assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [-8.0, 0.0, 0.0]
    # A static transform that comes late counts like an early one.
    static(transforms(stamped_transform('base', 'lidar', 4.0)))
    assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [-7.0, 0.0, 0.0]


def test_the_qos_of_moving_transforms_is_the_users_to_override(ros_context) -> None:
    override = Parameter('qos_overrides./tf.subscription.reliability', value='best_effort')
    node = rclpy.create_node(
        'overridden', context=ros_context, namespace='/tf_qos', parameter_overrides=[override]
    )
    tf2_ros = Tf2Home().packages['tf2_ros']
    # A message that every home has; none is sent here.
    moving = MovingTransforms(node, tf2_ros, TransformStamped, TransformTree())
    found = {
        info.node_namespace: info.qos_profile for info in node.get_subscriptions_info_by_topic(TF)
    }
    assert found['/tf_qos'].reliability == ReliabilityPolicy.BEST_EFFORT
    moving.destroy()
    node.destroy_node()


def test_an_override_of_it_that_cannot_be_used_is_told(ros_context, monkeypatch) -> None:
    override = Parameter('qos_overrides./tf.subscription.reliability', value='perhaps')
    node = rclpy.create_node('misled', context=ros_context, parameter_overrides=[override])
    home = Tf2Home()
    home.packages['tf2_msgs.msg'] = SimpleNamespace(TFMessage=TransformStamped)
    monkeypatch.setattr(extrinsics_module, 'optional_package', home.packages.get)
    lines: list[str] = []
    extrinsics = Extrinsics(node, (), ProblemLog(lines.append, period_s=5.0))
    follow_moving_frames(extrinsics)
    assert 'parameters qos_overrides./tf' in lines[0]
    extrinsics.destroy()
    node.destroy_node()


def test_a_transform_that_arrives_a_moment_after_its_image_counts(tf2_home) -> None:
    extrinsics = Extrinsics(tf2_home, (), ProblemLog(lambda line: None, period_s=5.0))
    follow_moving_frames(extrinsics)
    message = transforms(stamped_transform('camera', 'lidar', 2.0))
    # The worker waits, the executor takes the message meanwhile.
    tf2_home.buffer.arriving = lambda: tf2_home.callbacks[TF](message)
    assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [2.0, 0.0, 0.0]


def test_moving_transforms_are_forgotten_when_the_clock_jumps_back(tf2_home) -> None:
    by_hand = ('1 0 0 0 0 0 1 mast camera',)
    extrinsics = Extrinsics(tf2_home, by_hand, ProblemLog(lambda line: None, period_s=5.0))
    follow_moving_frames(extrinsics)
    message = transforms(stamped_transform('mast', 'lidar', 3.0))
    tf2_home.callbacks[TF](message)
    assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [2.0, 0.0, 0.0]
    (handle,) = tf2_home.jump_handles
    handle.callback(None)
    with pytest.raises(TransformError):
        extrinsics.lookup('camera', 'lidar', 0)
    # Those by hand are still known.
    tf2_home.callbacks[TF](message)
    assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [2.0, 0.0, 0.0]


def test_moving_transforms_are_not_listened_to_once_static_ones_are_enough(tf2_home) -> None:
    """They were late; listening to /tf costs a good part of a core."""
    extrinsics = Extrinsics(tf2_home, (), ProblemLog(lambda line: None, period_s=5.0))
    follow_moving_frames(extrinsics)
    tf2_home.callbacks[TF](transforms(stamped_transform('camera', 'lidar', 2.0)))
    assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [2.0, 0.0, 0.0]
    for now_s in (3.0, 30.0):
        extrinsics.follow_moving_frames(now_s)
        assert TF in tf2_home.callbacks
    tf2_home.callbacks[TF_STATIC](transforms(stamped_transform('camera', 'lidar', 3.0)))
    assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [3.0, 0.0, 0.0]
    for now_s in (31.0, 34.0):
        extrinsics.follow_moving_frames(now_s)
    assert TF not in tf2_home.callbacks
    assert tf2_home.jump_handles == []
    assert extrinsics.lookup('camera', 'lidar', 0).translation_m.tolist() == [3.0, 0.0, 0.0]
    # Where they are needed again, they are listened to again.
    with pytest.raises(TransformError):
        extrinsics.lookup('camera', 'radar', 0)
    for now_s in (35.0, 38.0):
        extrinsics.follow_moving_frames(now_s)
    assert TF in tf2_home.callbacks
    extrinsics.destroy()


def test_nothing_is_left_of_moving_transforms_at_the_end(tf2_home) -> None:
    extrinsics = Extrinsics(tf2_home, (), ProblemLog(lambda line: None, period_s=5.0))
    follow_moving_frames(extrinsics)
    extrinsics.destroy()
    assert (tf2_home.callbacks, tf2_home.services, tf2_home.jump_handles) == ({}, [], [])
    assert not tf2_home.buffer.jump_handle.is_registered


def test_transforms_that_move_are_followed_at_the_stamp_of_the_image(
    node, ros_context, until
) -> None:
    tf2_ros = pytest.importorskip('tf2_ros', reason='needs tf2_ros of a ROS distribution')
    extrinsics = make(node)
    broadcaster = tf2_ros.TransformBroadcaster(node)

    def send() -> None:
        # A pan-tilt head: the camera is 1 m along at 10 s and 3 m along at 12 s.
        for sec, x in ((10, 1.0), (12, 3.0)):
            stamped = TransformStamped(child_frame_id='camera')
            stamped.header.frame_id, stamped.header.stamp.sec = 'lidar', sec
            stamped.transform.translation.x = x
            stamped.transform.rotation.w = 1.0
            broadcaster.sendTransform(stamped)

    executor = rclpy.executors.SingleThreadedExecutor(context=ros_context)
    executor.add_node(node)
    found = []
    # Static transforms are not enough, and stay so: only then /tf is listened to.
    for now_s in (0.0, 1.0, 2.5):
        assert node.count_subscribers('/tf') == 0
        with pytest.raises(TransformError):
            extrinsics.lookup('camera', 'lidar', 11_000_000_000)
        extrinsics.follow_moving_frames(now_s)

    def heard() -> bool:
        send()
        executor.spin_once(timeout_sec=0.05)
        with contextlib.suppress(TransformError):
            found.append(extrinsics.lookup('camera', 'lidar', 11_000_000_000))
        return bool(found)

    until(heard, 'the transforms')
    assert found[0].translation_m.tolist() == [-2.0, 0.0, 0.0]
    with pytest.raises(TransformError, match='at the stamp of the image'):
        extrinsics.lookup('camera', 'lidar', 50_000_000_000)
    executor.shutdown()
    extrinsics.destroy()


def test_the_live_node_takes_extrinsics_from_tf_static(start_node, until) -> None:
    tf2_msgs = pytest.importorskip('tf2_msgs.msg', reason='needs tf2_msgs of a ROS distribution')
    live = start_node(parameters={'static_transforms': ['']})
    live.send_frame()
    until(lambda: live.node.ledger.state.dropped.get('missing_transform'), 'the drop')
    publisher = live.peer.create_publisher(tf2_msgs.TFMessage, TF_STATIC, TF_STATIC_QOS)
    stamped = TransformStamped(child_frame_id='lidar')
    stamped.header.frame_id = 'camera'
    stamped.transform.rotation.w = 1.0
    publisher.publish(tf2_msgs.TFMessage(transforms=[stamped]))
    until(lambda: live.send_frame() and live.recorded, 'depth')


def test_only_packages_with_a_substitute_may_be_missing() -> None:
    assert set(missing_packages()) <= {'tf2_msgs', 'tf2_ros', 'message_filters', 'cv_bridge'}
    with pytest.raises(ValueError, match="got 'sensor_msgs'"):
        optional_package('sensor_msgs')


def test_a_package_that_is_asked_for_and_missing_says_what_else_there_is(monkeypatch) -> None:
    from mt_depth_ros.ros import home

    monkeypatch.setattr(home, 'find_spec', lambda name: None)
    with pytest.raises(ConfigError, match='no Bayer and no YUV images'):
        required_package('cv_bridge', for_what='Bayer images')
