"""A stranger's mistakes, each against a live node: within five seconds the log and the diagnostics
both say what is wrong and name the fix."""

from __future__ import annotations

from array import array
from collections.abc import Callable
import os
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import numpy as np
import pytest
import rclpy
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage

WITHIN_S = 5.0
# Where other work shares the processors, as much longer as they are overcommitted.
_OVERCOMMITTED = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
_PERIOD_S = 0.1
# A LiDAR with x forward, y left, z up, in the place of the camera, as x y z qx qy qz qw.
LIDAR_IN_CAMERA = '0 0 0 0.5 -0.5 0.5 0.5 camera lidar'
CAMERA_IN_LIDAR = '0 0 0 0.5 -0.5 0.5 0.5 lidar camera'


class Stranger:
    """Starts a node, feeds it in a wrong way, and waits for what it says about it."""

    def __init__(self, start_node: Callable[..., Any]) -> None:
        self._start_node = start_node
        self._publishers: dict[str, Any] = {}
        self.said: dict[str, DiagnosticStatus] = {}

    def start(self, **parameters: Any) -> Any:
        self.live = self._start_node(parameters=parameters)
        self.live.peer.create_subscription(DiagnosticArray, '/diagnostics', self._take, 10)
        self.messages = self.live.messages
        self._started_s = time.monotonic()
        return self.live

    def publish(self, topic: str, message: Any, *, reliable: bool = True) -> None:
        """Whether anybody reads it or not.

        Args:
            topic: ``~`` stands for the node's name; else it is one beside the node.
            message: what to send.
            reliable: what the publisher offers.
        """
        if topic not in self._publishers:
            reliability = ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT
            self._publishers[topic] = self.live.peer.create_publisher(
                type(message),
                topic.replace('~', self.live.name),
                QoSProfile(depth=5, reliability=reliability),
            )
        self._publishers[topic].publish(message)

    def frame(self, stamp_ns: int, **replaced: Any) -> None:
        """A frame on the node's inputs, less what is replaced or None."""
        for name in ('camera_info', 'image', 'points'):
            message = replaced.get(name, getattr(self.messages, name)(stamp_ns))
            if message is not None:
                self.publish(f'~/input/{name}', message)

    def expect(self, send: Callable[[int], None], *, log: str, task: str, fix: str) -> str:
        """Sends at 10 Hz until both have spoken.

        Args:
            send: sends one moment's messages, given a stamp.
            log: the reason in front of the line in the log.
            task: the status that has to say it.
            fix: the words that name the fix, wanted in both.

        Returns:
            The line of the log.
        """
        deadline_s = time.monotonic() + 10 * WITHIN_S
        while time.monotonic() < deadline_s:
            send(self.live.next_stamp())
            time.sleep(_PERIOD_S)
            lines = [line for line in self.live.lines(f'[{log}]') if fix in line]
            status = self.said.get(task)
            if lines and status is not None and fix in status.message:
                elapsed_s = time.monotonic() - self._started_s
                assert status.level in (DiagnosticStatus.WARN, DiagnosticStatus.ERROR)
                assert elapsed_s < WITHIN_S * _OVERCOMMITTED, f'took {elapsed_s:.1f} s'
                return lines[0]
        raise AssertionError(f'log: {self.live.log}; {task}: {self.said.get(task)}')

    def _take(self, message: DiagnosticArray) -> None:
        for status in message.status:
            node, _, task = status.name.partition(': ')
            if node == self.live.name.lstrip('/'):
                self.said[task] = status


@pytest.fixture
def stranger(start_node) -> Stranger:
    return Stranger(start_node)


def test_the_wrong_topic(stranger) -> None:
    stranger.start()

    def send(stamp_ns: int) -> None:
        stranger.frame(stamp_ns, image=None)
        stranger.publish('front_camera/image_raw', stranger.messages.image(stamp_ns))

    line = stranger.expect(send, log='no_publisher', task='inputs', fix='/front_camera/image_raw')
    assert 'nobody publishes sensor_msgs/msg/Image on' in line
    assert "-r '~/input/image:=" in line


def test_the_wrong_topic_of_compressed_images(stranger) -> None:
    stranger.start(image_transport='compressed')

    def send(stamp_ns: int) -> None:
        stranger.frame(stamp_ns, image=None)
        header = stranger.messages.header(stamp_ns, 'camera')
        for topic in ('jpeg', 'image_raw/compressedDepth', 'image_raw/compressed'):
            stranger.publish(f'camera/{topic}', CompressedImage(header=header, format='jpeg'))

    # The name to remap to is the one without what the transport adds, and no other topic's.
    topic = f'{stranger.live.name.rpartition("/")[0]}/camera/image_raw'
    fix = f"-r '~/input/image:={topic}'; published are {topic}/compressed"
    line = stranger.expect(send, log='no_publisher', task='inputs', fix=fix)
    assert 'jpeg' not in line
    assert 'compressedDepth' not in line


def test_a_compressed_image_on_the_raw_topic(stranger, until, ros_environment) -> None:
    live = stranger.start()
    # A process of its own, as far as DDS is concerned: one participant has one type for a topic.
    context = rclpy.Context()
    rclpy.init(context=context)
    driver = rclpy.create_node('driver', context=context)
    publisher = driver.create_publisher(CompressedImage, f'{live.name}/input/image', 5)

    def send(stamp_ns: int) -> None:
        stranger.frame(stamp_ns, image=None)
        header = stranger.messages.header(stamp_ns, 'camera')
        publisher.publish(CompressedImage(header=header, format='jpeg'))

    stranger.expect(
        send, log='incompatible_type', task='inputs', fix="set image_transport to 'compressed'"
    )
    # The graph may learn of the publisher before it learns whose it is.
    text = '/driver publishes sensor_msgs/msg/CompressedImage and this node reads'
    assert until(lambda: live.lines(text), 'the name')
    driver.destroy_node()
    rclpy.try_shutdown(context=context)


@pytest.mark.parametrize(
    ('policy', 'value'), [('durability', 'transient_local'), ('reliability', 'reliable')]
)
def test_an_override_of_qos_that_no_sensor_serves(stranger, policy: str, value: str) -> None:
    override = f'qos_overrides.~/input/image.subscription.{policy}'
    stranger.start(**{override: value})
    messages = stranger.messages

    def send(stamp_ns: int) -> None:
        stranger.frame(stamp_ns, image=None)
        stranger.publish('~/input/image', messages.image(stamp_ns), reliable=False)

    fix = f'Correct the parameter {override.replace("~", stranger.live.name)}'
    line = stranger.expect(send, log='incompatible_qos', task='inputs', fix=fix)
    assert 'input_reliability' not in line


def test_best_effort_sensors_where_reliable_is_asked_for(stranger) -> None:
    stranger.start(input_reliability='reliable')

    def send(stamp_ns: int) -> None:
        for name in ('camera_info', 'points'):
            stranger.publish(f'~/input/{name}', getattr(stranger.messages, name)(stamp_ns))
        stranger.publish('~/input/image', stranger.messages.image(stamp_ns), reliable=False)

    line = stranger.expect(
        send, log='incompatible_qos', task='inputs', fix="Set input_reliability to 'best_effort'"
    )
    assert 'the QoS of' in line and '/peer (best effort, volatile)' in line
    assert 'this node asks for (reliable, volatile)' in line


def test_the_wrong_frame(stranger) -> None:
    stranger.start()
    line = stranger.expect(
        lambda stamp_ns: stranger.frame(
            stamp_ns, points=stranger.messages.points(stamp_ns, frame_id='os_sensor')
        ),
        log='missing_transform',
        task='frames',
        fix='static_transforms',
    )
    assert "'os_sensor'" in line and "'camera'" in line


def test_swapped_width_and_height(stranger) -> None:
    stranger.start()

    def send(stamp_ns: int) -> None:
        info = stranger.messages.camera_info(stamp_ns)
        info.width, info.height = info.height, info.width
        stranger.frame(stamp_ns, camera_info=info)

    line = stranger.expect(
        send, log='size_mismatch', task='frames', fix='width and height look swapped'
    )
    assert '48x64' in line and '64x48' in line


def test_camera_info_of_another_resolution(stranger) -> None:
    stranger.start()

    def send(stamp_ns: int) -> None:
        info = stranger.messages.camera_info(stamp_ns)
        info.width, info.height = 128, 96
        stranger.frame(stamp_ns, camera_info=info)

    stranger.expect(
        send, log='size_mismatch', task='frames', fix='use the calibration of this image size'
    )


def test_depth_in_millimetres_declared_as_metres(stranger) -> None:
    stranger.start()

    def send(stamp_ns: int) -> None:
        depth = stranger.messages.sparse_depth(stamp_ns)
        values = np.frombuffer(bytes(depth.data), np.float32) * np.float32(1000.0)
        depth.data = array('B', values.tobytes())
        stranger.frame(stamp_ns, points=None)
        stranger.publish('~/input/sparse_depth', depth)

    line = stranger.expect(
        send, log='depth_unit', task='frames', fix='publish millimetres as 16UC1'
    )
    assert 'a median of 10000, which looks like millimetres' in line


def test_a_cloud_in_millimetres(stranger) -> None:
    stranger.start()
    stranger.expect(
        lambda stamp_ns: stranger.frame(
            stamp_ns,
            points=stranger.messages.points(stamp_ns, points_m=stranger.messages.wall(1e4)),
        ),
        log='no_points_in_view',
        task='frames',
        fix='the points look like millimetres',
    )


def test_an_inverted_extrinsic(stranger) -> None:
    """The sides of static_transforms swapped: T_cam_lidar given as T_lidar_cam."""
    x_forward = stranger_wall_in_lidar_axes()
    stranger.start(static_transforms=[CAMERA_IN_LIDAR])
    line = stranger.expect(
        lambda stamp_ns: stranger.frame(
            stamp_ns, points=stranger.messages.points(stamp_ns, points_m=x_forward)
        ),
        log='no_points_in_view',
        task='frames',
        fix='the extrinsic looks inverted',
    )
    assert "frame 'lidar' in the image of frame 'camera'" in line
    assert 'none of 192 points' in line


def test_the_same_extrinsic_the_right_way_round(stranger) -> None:
    x_forward = stranger_wall_in_lidar_axes()
    live = stranger.start(static_transforms=[LIDAR_IN_CAMERA])
    stamp_ns = live.next_stamp()
    live.send_frame(stamp_ns, points=live.messages.points(stamp_ns, points_m=x_forward))
    np.testing.assert_allclose(live.wait_for(stamp_ns)['depth'].pixels, 10.0, rtol=1e-4)


def test_a_body_frame_in_the_place_of_the_optical_one(stranger) -> None:
    x_forward = stranger_wall_in_lidar_axes()
    stranger.start(static_transforms=['0 0 0 0 0 0 1 camera lidar'])
    stranger.expect(
        lambda stamp_ns: stranger.frame(
            stamp_ns, points=stranger.messages.points(stamp_ns, points_m=x_forward)
        ),
        log='no_points_in_view',
        task='frames',
        fix='use the optical frame',
    )


def test_image_and_camera_info_of_different_frames(stranger) -> None:
    stranger.start()
    line = stranger.expect(
        lambda stamp_ns: stranger.frame(
            stamp_ns, camera_info=stranger.messages.camera_info(stamp_ns, frame_id='camera_link')
        ),
        log='no_camera_info',
        task='frames',
        fix='must name the same frame',
    )
    assert "'camera_link'" in line and "'camera'" in line


def test_no_camera_info(stranger) -> None:
    stranger.start()
    line = stranger.expect(
        lambda stamp_ns: stranger.frame(stamp_ns, camera_info=None),
        log='no_publisher',
        task='inputs',
        fix='remap ~/input/camera_info',
    )
    assert 'nobody publishes sensor_msgs/msg/CameraInfo on' in line


def test_stamps_of_zero(stranger) -> None:
    stranger.start()
    stranger.expect(
        lambda stamp_ns: stranger.frame(
            stamp_ns, image=stranger.messages.image(0), points=stranger.messages.points(0)
        ),
        log='zero_stamp',
        task='frames',
        fix='have its driver stamp its messages',
    )


def test_stamps_of_another_clock(stranger) -> None:
    stranger.start()
    deadline_s = time.monotonic() + WITHIN_S * _OVERCOMMITTED
    while time.monotonic() < deadline_s:
        stranger.frame(stranger.live.next_stamp())
        time.sleep(_PERIOD_S)
        message = stranger.said['inputs'].message if 'inputs' in stranger.said else ''
        lines = stranger.live.lines('before the clock of this node')
        if lines and 'use_sim_time:=true' in message:
            break
    assert 'use_sim_time:=true' in lines[0]
    assert 'use_sim_time:=true' in message


def stranger_wall_in_lidar_axes() -> np.ndarray:
    """The wall 10 m in front, in axes of x forward, y left, z up: 192 points."""
    u, v = np.meshgrid(np.arange(2, 64, 4), np.arange(2, 48, 4))
    right, down = (u - 31.5) / 5.0, (v - 23.5) / 5.0
    axes = np.stack([np.full_like(right, 10.0), -right, -down], axis=-1)
    return axes.reshape(-1, 3).astype(np.float32)
