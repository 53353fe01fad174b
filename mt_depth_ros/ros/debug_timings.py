"""Milliseconds of each frame as plain numbers, by the names that Autoware gives them.

std_msgs/Float64 in every home: a type that changed with what happens to be installed would break
plots and recordings. They never make the node compute: they are published with frames that
somebody else wants.
"""

from __future__ import annotations

from collections.abc import Callable
import time

from rclpy.node import Node
from std_msgs.msg import Float64

from mt_depth_ros.ros import topics
from mt_depth_ros.ros.qos_overrides import create_publisher


class DebugTimings:
    """Publishes ``~/debug/...`` where somebody subscribes. Worker's thread only.

    * ``processing_time_ms``: from the beginning of a frame's work to its publishing.
    * ``cyclic_time_ms``: from the beginning of the frame before to this one's; not of the first
      after a pause.
    * ``pipeline_latency_ms``: from the image's stamp to its publishing, on the ROS clock.

    Args:
        node: publishes, and gives the clock.
        steady_s: the clock durations are measured on, seconds.
    """

    def __init__(self, node: Node, *, steady_s: Callable[[], float] = time.perf_counter) -> None:
        self._node = node
        self._steady_s = steady_s
        self._publishers = {
            topic: create_publisher(node, Float64, topic, topics.OUTPUT_QOS)
            for topic in (topics.PROCESSING_TIME, topics.CYCLIC_TIME, topics.PIPELINE_LATENCY)
        }
        self.clear()

    def clear(self) -> None:
        """Forgets the frame before: a pause in which no frame is wanted is no cycle."""
        self._started_s: float | None = None
        self._cycle_ms: float | None = None

    def frame_begins(self) -> None:
        """Notes that work on a frame begins."""
        now_s = self._steady_s()
        if self._started_s is not None:
            self._cycle_ms = (now_s - self._started_s) * 1e3
        self._started_s = now_s

    def frame_published(self, stamp_ns: int) -> None:
        """Publishes the times of the frame that began last.

        Args:
            stamp_ns: the image's stamp.
        """
        if self._started_s is not None:
            elapsed_ms = (self._steady_s() - self._started_s) * 1e3
            self._publish(topics.PROCESSING_TIME, elapsed_ms)
        if self._cycle_ms is not None:
            self._publish(topics.CYCLIC_TIME, self._cycle_ms)
        now_ns = int(self._node.get_clock().now().nanoseconds)
        if now_ns > 0:  # 0 while simulated time has not begun
            self._publish(topics.PIPELINE_LATENCY, (now_ns - stamp_ns) / 1e6)

    def destroy(self) -> None:
        """Ends the publishers."""
        for publisher in self._publishers.values():
            self._node.destroy_publisher(publisher)

    def _publish(self, topic: str, milliseconds: float) -> None:
        publisher = self._publishers[topic]
        if publisher.get_subscription_count() > 0:
            publisher.publish(Float64(data=milliseconds))
