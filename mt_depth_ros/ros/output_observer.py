"""Watches what the node publishes without decoding it: counts, stamps and ages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
import threading
import time

from diagnostic_msgs.msg import DiagnosticArray
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions

from mt_depth_ros.ros.node_outputs import OUTPUT_TYPES
from mt_depth_ros.ros.serialized_message import read_header
from mt_depth_ros.ros.topics import DIAGNOSTICS, DIAGNOSTICS_QOS, NODE_NAME

_QUEUE_DEPTH = 50


class OutputObserver:
    """Subscribes to every output, as a robot under full load does, and to the diagnostics.

    Ages are from the stamp to the arrival here, on the system's clock. Thread-safe.

    Args:
        ros_node: subscribes; whoever owns it spins it.
    """

    def __init__(self, ros_node: Node) -> None:
        self._lock = threading.Lock()
        self._received: Counter[str] = Counter()
        self._depth_stamps_ns: list[int] = []
        self._depth_ages_ms: list[float] = []
        self._diagnostics: dict[str, str] = {}
        self._reports = 0
        qos = QoSProfile(depth=_QUEUE_DEPTH, reliability=ReliabilityPolicy.RELIABLE)
        self._subscriptions = [
            ros_node.create_subscription(
                message_type,
                f'/{NODE_NAME}{topic.removeprefix("~")}',
                lambda data, name=name: self._take(name, data),
                qos,
                raw=True,
            )
            for name, (topic, message_type) in OUTPUT_TYPES.items()
        ]
        ros_node.create_subscription(DiagnosticArray, DIAGNOSTICS, self._note, DIAGNOSTICS_QOS)

    @property
    def sees_node(self) -> bool:
        """Whether every output has a publisher that would be heard."""
        return all(item.get_publisher_count() > 0 for item in self._subscriptions)

    @property
    def received(self) -> dict[str, int]:
        """Messages by output since the start."""
        with self._lock:
            return dict(self._received)

    @property
    def depth_stamps_ns(self) -> list[int]:
        """Stamp of each depth image since the start, in order of arrival."""
        with self._lock:
            return list(self._depth_stamps_ns)

    @property
    def diagnostics(self) -> dict[str, str]:
        """The newest values of all statuses, by key."""
        with self._lock:
            return dict(self._diagnostics)

    @property
    def num_reports(self) -> int:
        """Diagnostic messages of the node since the start."""
        return self._reports

    def take_depth_ages_ms(self) -> list[float]:
        """The ages of the depth images since the last call."""
        with self._lock:
            ages_ms, self._depth_ages_ms = self._depth_ages_ms, []
        return ages_ms

    def _take(self, name: str, data: bytes) -> None:
        now_ns = time.time_ns()
        message_type = OUTPUT_TYPES[name][1]
        message = read_header(data, message_type=message_type, topic=name, received_ns=now_ns)
        with self._lock:
            self._received[name] += 1
            if name == 'depth':
                self._depth_stamps_ns.append(message.stamp_ns)
                self._depth_ages_ms.append((now_ns - message.stamp_ns) / 1e6)

    def _note(self, message: DiagnosticArray) -> None:
        statuses = [status for status in message.status if status.name.startswith(NODE_NAME)]
        with self._lock:
            self._reports += bool(statuses)
            for status in statuses:
                self._diagnostics.update({pair.key: pair.value for pair in status.values})


@contextmanager
def spinning_observer() -> Iterator[OutputObserver]:
    """An observer with a context of its own, spun in a thread of its own."""
    context = rclpy.Context()
    rclpy.init(context=context, signal_handler_options=SignalHandlerOptions.NO)
    ros_node = rclpy.create_node('mt_depth_observer', context=context)
    observer = OutputObserver(ros_node)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(ros_node)
    spinner = threading.Thread(target=executor.spin, daemon=True)
    spinner.start()
    try:
        yield observer
    finally:
        executor.shutdown()
        spinner.join()
        ros_node.destroy_node()
        rclpy.try_shutdown(context=context)
