"""Real nodes over real DDS: a private corner of the ROS graph for every test module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import threading
import time
from typing import Any
import uuid

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs rclpy: pip install "mt_depth_ros[ros]", or ROS 2')

from array import array

from builtin_interfaces.msg import Time
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import Log
from rcl_interfaces.srv import SetParameters
import rclpy
from rclpy.exceptions import InvalidHandle
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image, PointCloud2, PointField
from std_msgs.msg import Header

from mt_depth_ros.ros.node import DepthCompletionNode
from mt_depth_ros.ros.node_outputs import OUTPUT_TYPES
from mt_depth_ros.ros.recorder import OutputRecorder, RecordedMessage
from mt_depth_ros.ros.topics import NODE_NAME

WIDTH, HEIGHT = 64, 48
TIMEOUT_S = 60.0
# Two tests at once on one machine must not hear each other: a domain each, and a namespace each.
DOMAIN_ID = 10 + os.getpid() % 90
FIRST_STAMP_NS = 1_700_000_000_000_000_000
STEP_NS = 100_000_000


@pytest.fixture(scope='session', autouse=True)
def ros_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Keeps what the tests publish on this machine and their logs out of the home folder."""
    wanted = {
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'ROS_LOG_DIR': str(tmp_path_factory.mktemp('ros_log')),
        'ROS_DOMAIN_ID': str(DOMAIN_ID),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in wanted.items():
            patch.setenv(name, value)
        yield wanted


@pytest.fixture(scope='module')
def ros_context(ros_environment: dict[str, str]) -> Iterator[rclpy.Context]:
    """A context of rclpy that no other test module shares."""
    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    rclpy.try_shutdown(context=context)


def wait_until(condition: Callable[[], Any], what: str, timeout_s: float = TIMEOUT_S) -> Any:
    """Waits for something to become true; generous, as shared machines stall."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError(f'waited {timeout_s:g} s in vain for {what}')


class SensorMessages:
    """Messages of a small camera that looks at a wall 10 m away, and of its LiDAR.

    The LiDAR sits in the camera and has the camera's axes.
    """

    def header(self, stamp_ns: int, frame_id: str) -> Header:
        sec, nanosec = divmod(stamp_ns, 1_000_000_000)
        return Header(stamp=Time(sec=sec, nanosec=nanosec), frame_id=frame_id)

    def image(self, stamp_ns: int, frame_id: str = 'camera') -> Image:
        message = Image(header=self.header(stamp_ns, frame_id), height=HEIGHT, width=WIDTH)
        message.encoding, message.step = 'rgb8', 3 * WIDTH
        message.data = array('B', bytes(range(256)) * (3 * WIDTH * HEIGHT // 256))
        return message

    def camera_info(self, stamp_ns: int, frame_id: str = 'camera') -> CameraInfo:
        message = CameraInfo(header=self.header(stamp_ns, frame_id), height=HEIGHT, width=WIDTH)
        message.distortion_model, message.d = 'plumb_bob', [0.0] * 5
        message.k = [50.0, 0.0, 31.5, 0.0, 50.0, 23.5, 0.0, 0.0, 1.0]
        message.r = np.eye(3).reshape(-1)
        message.p = [50.0, 0.0, 31.5, 0.0, 0.0, 50.0, 23.5, 0.0, 0.0, 0.0, 1.0, 0.0]
        return message

    def wall(self, depth_m: float = 10.0) -> np.ndarray:
        """(192, 3) float32: a wall across the view, every 4th column and row."""
        u, v = np.meshgrid(np.arange(2, WIDTH, 4), np.arange(2, HEIGHT, 4))
        rays = np.stack([(u - 31.5) / 50.0, (v - 23.5) / 50.0, np.ones_like(u, float)], axis=-1)
        return (rays.reshape(-1, 3) * depth_m).astype(np.float32)

    def points(
        self,
        stamp_ns: int,
        frame_id: str = 'lidar',
        points_m: np.ndarray | None = None,
        names: str = 'xyz',
    ) -> PointCloud2:
        points_m = self.wall() if points_m is None else points_m
        message = PointCloud2(header=self.header(stamp_ns, frame_id), height=1)
        message.width, message.point_step = len(points_m), 12
        message.row_step, message.is_dense = 12 * len(points_m), True
        message.fields = [
            PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1)
            for i, name in enumerate(names)
        ]
        message.data = array('B', points_m.tobytes())
        return message

    def sparse_depth(self, stamp_ns: int, frame_id: str = 'camera') -> Image:
        depth_m = np.zeros((HEIGHT, WIDTH), np.float32)
        depth_m[::4, ::4] = 10.0
        message = Image(header=self.header(stamp_ns, frame_id), height=HEIGHT, width=WIDTH)
        message.encoding, message.step = '32FC1', 4 * WIDTH
        message.data = array('B', depth_m.tobytes())
        return message

    def mask(self, stamp_ns: int, frame_id: str = 'camera') -> Image:
        """The left half is foreground."""
        pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
        pixels[:, : WIDTH // 2] = 255
        message = Image(header=self.header(stamp_ns, frame_id), height=HEIGHT, width=WIDTH)
        message.encoding, message.step = 'mono8', WIDTH
        message.data = array('B', pixels.tobytes())
        return message


class LiveNode:
    """The real node in a thread of its own, and a peer that feeds it and hears it.

    Attributes:
        node: the node under test.
        peer: publishes its input and subscribes to its output.
        recorded: what the node published, in order.
        log: what it logged, in order.
        messages: makes its input.
    """

    def __init__(
        self,
        context: rclpy.Context,
        *,
        parameters: dict[str, Any] | None = None,
        outputs: tuple[str, ...] = tuple(OUTPUT_TYPES),
        **node_options: Any,
    ) -> None:
        self.messages = SensorMessages()
        self.recorded: list[RecordedMessage] = []
        self.log: list[str] = []
        self.published: dict[str, int] = {}
        self._next_stamp_ns = FIRST_STAMP_NS
        namespace = f'/test_{uuid.uuid4().hex[:8]}'
        values = {
            'model': 'nearest',
            'mask_backend': 'none',
            'static_transforms': ['0 0 0 0 0 0 1 camera lidar'],
            'sync_max_wait': 0.5,
            **(parameters or {}),
        }
        self.node = DepthCompletionNode(
            context=context,
            namespace=namespace,
            parameter_overrides=[
                # Overrides of QoS carry resolved names: ~ stands for the node's.
                Parameter(name.replace('~', f'{namespace}/{NODE_NAME}'), value=value)
                for name, value in values.items()
            ],
            **node_options,
        )
        self.name = self.node.get_fully_qualified_name()
        self.peer = rclpy.create_node('peer', context=context, namespace=namespace)
        self._listen_to_log()
        self.recorder = OutputRecorder(
            self.peer, self.recorded.append, target=self.name, outputs=outputs
        )
        self._publishers: dict[str, Any] = {}
        self._clients: dict[str, Any] = {}
        self._start(context)
        wait_until(lambda: self.is_heard() or not self.node.is_active, 'the outputs')

    def _start(self, context: rclpy.Context) -> None:
        self._executors = [SingleThreadedExecutor(context=context) for _ in range(2)]
        for executor, node in zip(self._executors, (self.node, self.peer), strict=True):
            executor.add_node(node)
        self._is_closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._spin, args=(executor,)) for executor in self._executors
        ]
        if self.node.config.autostart:
            self.node.start()
        for thread in self._threads:
            thread.start()

    def set_state(self, transition: str) -> bool:
        """Asks for a transition over the service that ``ros2 lifecycle set`` calls.

        Args:
            transition: its label, e.g. ``'configure'``.

        Returns:
            Whether it succeeded.
        """
        request = ChangeState.Request(transition=Transition(label=transition))
        return bool(self._call(ChangeState, 'change_state', request).success)

    def state(self) -> str:
        """The state that ``ros2 lifecycle get`` prints."""
        return str(self._call(GetState, 'get_state', GetState.Request()).current_state.label)

    def set_parameter(self, name: str, value: Any) -> str:
        """Sets a parameter over the service that ``ros2 param set`` calls.

        Returns:
            Why it was refused; empty where it was accepted.
        """
        parameter = Parameter(name, value=value).to_parameter_msg()
        request = SetParameters.Request(parameters=[parameter])
        (result,) = self._call(SetParameters, 'set_parameters', request).results
        return '' if result.successful else str(result.reason)

    def _call(self, service_type: Any, service: str, request: Any) -> Any:
        if service not in self._clients:
            self._clients[service] = self.peer.create_client(
                service_type, f'{self.name}/{service}'
            )
            wait_until(self._clients[service].service_is_ready, service)
        answer = self._clients[service].call_async(request)
        wait_until(answer.done, f'the answer of {service}')
        return answer.result()

    def next_stamp(self) -> int:
        """A stamp a tenth of a second after the one before."""
        self._next_stamp_ns += STEP_NS
        return self._next_stamp_ns

    def send(self, name: str, message: Any) -> None:
        """Publishes on an input topic, e.g. ``'image'`` or ``'image/compressed'``."""
        self.send_bytes(name, type(message), message)

    def send_bytes(self, name: str, message_type: Any, message: Any) -> None:
        """The same for a message that is serialized already, whatever its bytes are."""
        if name not in self._publishers:
            topic = f'{self.name}/input/{name}'
            self._publishers[name] = self.peer.create_publisher(message_type, topic, 20)
            publisher = self._publishers[name]
            wait_until(lambda: publisher.get_subscription_count() > 0, f'who reads {name}')
        publisher = self._publishers[name]
        wait_until(lambda: self.has_met(publisher), f'the node to know who publishes {name}')
        publisher.publish(message)

    def has_met(self, publisher: Any) -> bool:
        """Whether a publisher and the node's subscription know of each other, if there is one.

        Each side hears of the other by itself, and until both have, DDS drops what is sent. A
        subscription has met this one only when it has met all that its topic has here.
        """
        num_writers = sum(
            other.topic_name == publisher.topic_name for other in list(self.peer.publishers)
        )
        readers = [
            subscription
            for subscription in list(self.node.subscriptions)
            if subscription.topic_name == publisher.topic_name
        ]
        try:
            return publisher.get_subscription_count() >= len(readers) and all(
                subscription.get_publisher_count() >= num_writers for subscription in readers
            )
        except InvalidHandle:  # the node has just let go of it
            return False

    def count_publishers(self, name: str) -> int:
        """How many publishers of an input, e.g. ``'image'``, the node's subscription has met."""
        topic = f'{self.name}/input/{name}'
        try:
            return min(
                subscription.get_publisher_count()
                for subscription in list(self.node.subscriptions)
                if subscription.topic_name == topic
            )
        except (InvalidHandle, ValueError):  # it is just being made again
            return 0

    def is_heard(self) -> bool:
        """Whether what the node has to say would be recorded: both sides know of each other."""
        recorded = self.recorder.topics
        try:
            return self.recorder.has_met_publishers and all(
                publisher.get_subscription_count() > 0
                for publisher in list(self.node.publishers)
                if publisher.topic_name in recorded
            )
        except InvalidHandle:
            return False

    def send_frame(self, stamp_ns: int | None = None, **replaced: Any) -> int:
        """Publishes camera_info, image and points; ``None`` leaves one out.

        Returns:
            The stamp of the image.
        """
        stamp_ns = self.next_stamp() if stamp_ns is None else stamp_ns
        wait_until(lambda: self.is_heard() or not self.node.is_active, 'the outputs')
        # The image last: on a busy machine it would not wait for points that are still being sent.
        for name in ('camera_info', 'points', 'image'):
            message = replaced.get(name, getattr(self.messages, name)(stamp_ns))
            if message is not None:
                self.send(name, message)
        return stamp_ns

    def outputs(self, stamp_ns: int) -> dict[str, RecordedMessage]:
        """What has come out for a stamp, by name."""
        return {item.output: item for item in list(self.recorded) if item.stamp_ns == stamp_ns}

    def wait_for(self, stamp_ns: int, *outputs: str) -> dict[str, RecordedMessage]:
        """Waits for outputs with a stamp."""
        wanted = set(outputs or ('depth',))
        wait_until(lambda: wanted <= set(self.outputs(stamp_ns)), f'{sorted(wanted)}')
        return self.outputs(stamp_ns)

    def check_it_goes_on(self) -> None:
        """Sends a good frame and waits for its depth."""
        self.wait_for(self.send_frame())

    def lines(self, text: str) -> list[str]:
        """The lines of the log that hold a text."""
        return [line for line in list(self.log) if text in line]

    def close(self) -> None:
        """Ends both nodes."""
        self._is_closing.set()
        for thread, executor in zip(self._threads, self._executors, strict=True):
            executor.wake()
            thread.join()
            executor.shutdown()
        self.node.destroy_node()
        self.peer.destroy_node()

    def _spin(self, executor: SingleThreadedExecutor) -> None:
        while not self._is_closing.is_set():
            executor.spin_once(timeout_sec=0.1)

    def _listen_to_log(self) -> None:
        qos = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        logger_name = self.name.strip('/').replace('/', '.')

        def take(entry: Log) -> None:
            if entry.name == logger_name:
                self.log.append(entry.msg)

        self.peer.create_subscription(Log, '/rosout', take, qos)


@contextmanager
def starting_nodes(context: rclpy.Context) -> Iterator[Callable[..., LiveNode]]:
    """Starts live nodes, and ends them on leaving."""
    running: list[LiveNode] = []

    def start(**options: Any) -> LiveNode:
        running.append(LiveNode(context, **options))
        return running[-1]

    try:
        yield start
    finally:
        for live in running:
            live.close()


@pytest.fixture
def start_node(ros_context: rclpy.Context) -> Iterator[Callable[..., LiveNode]]:
    """Starts live nodes and ends them with the test."""
    with starting_nodes(ros_context) as start:
        yield start


@pytest.fixture(scope='module')
def start_lasting_node(ros_context: rclpy.Context) -> Iterator[Callable[..., LiveNode]]:
    """Starts live nodes and ends them with the module."""
    with starting_nodes(ros_context) as start:
        yield start


@pytest.fixture(scope='session')
def sensor_messages() -> SensorMessages:
    """Makes messages of a small camera and its LiDAR."""
    return SensorMessages()


@pytest.fixture(scope='session')
def until() -> Callable[..., Any]:
    """Waits for a condition."""
    return wait_until


@pytest.fixture(scope='session')
def repository() -> Path:
    """The repository's root."""
    return Path(__file__).parents[2]
