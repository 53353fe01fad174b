"""Drivers that come and go, and the node in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
import os
from pathlib import Path
import subprocess
import sys
import threading
from typing import Any
import uuid

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile

from mt_depth_ros.ros.recorder import OutputRecorder, RecordedMessage

NODE = 'import sys; from mt_depth_ros.ros.main import main; sys.exit(main(sys.argv[1:]))'


class Drivers:
    """Publishes inputs from a DDS participant of its own, as drivers do.

    Args:
        messages: makes the messages.
        target: fully qualified name of the node that reads them.
        names: the inputs published.
        until: waits for a condition.
        count_publishers: how many publishers of an input the target has met, where that is known:
            each side hears of the other by itself, and until both have, DDS drops what is sent.
    """

    def __init__(
        self,
        messages: Any,
        target: str,
        names: Sequence[str],
        until: Callable[..., Any],
        count_publishers: Callable[[str], int] | None = None,
    ) -> None:
        self._messages = messages
        self._until = until
        self._count_publishers = count_publishers
        self._others = {name: count_publishers(name) for name in names} if count_publishers else {}
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        node_name = f'drivers_{uuid.uuid4().hex[:8]}'
        self._node = rclpy.create_node(node_name, context=self._context)
        self._publishers = {
            name: self._node.create_publisher(
                type(getattr(messages, name)(0)), f'{target}/input/{name}', QoSProfile(depth=20)
            )
            for name in names
        }
        for name, publisher in self._publishers.items():
            until(lambda publisher=publisher: publisher.get_subscription_count() > 0, name)
        self._wait_for_target(lambda met, others: met > others, 'met')

    def send(self, stamp_ns: int) -> None:
        """Publishes one message of each input."""
        for name, publisher in self._publishers.items():
            publisher.publish(getattr(self._messages, name)(stamp_ns))

    def stop(self) -> None:
        """Ends the participant."""
        if self._context.ok():
            self._node.destroy_node()
            rclpy.try_shutdown(context=self._context)
            self._wait_for_target(lambda met, others: met <= others, 'forgotten')

    def _wait_for_target(self, is_so: Callable[[int, int], bool], what: str) -> None:
        if self._count_publishers is None:
            return
        for name, others in self._others.items():
            self._until(
                lambda name=name, others=others: is_so(self._count_publishers(name), others),
                f'the target to have {what} who publishes {name}',
            )


@pytest.fixture
def start_drivers(sensor_messages: Any, until: Callable[..., Any]) -> Iterator[Any]:
    """Starts drivers of some inputs of a node; what still runs ends with the test."""
    running: list[Drivers] = []

    def start(target: Any, *names: str) -> Drivers:
        """Starts those of a live node, or of another process's by its fully qualified name."""
        is_here = not isinstance(target, str)
        drivers = Drivers(
            sensor_messages,
            target.name if is_here else target,
            # The image last: on a busy machine it would not wait for points still being sent.
            names or ('camera_info', 'points', 'image'),
            until,
            target.count_publishers if is_here else None,
        )
        running.append(drivers)
        return drivers

    yield start
    for drivers in running:
        drivers.stop()


class Listener:
    """Records the depth of a node that runs in another process."""

    def __init__(self, context: rclpy.Context, target: str) -> None:
        self.recorded: list[RecordedMessage] = []
        self._node = rclpy.create_node(f'listener_{uuid.uuid4().hex[:8]}', context=context)
        self._recorder = OutputRecorder(
            self._node, self.recorded.append, target=target, outputs=('depth',)
        )
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self._node)
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def close(self) -> None:
        self._is_closing.set()
        self._executor.wake()
        self._thread.join()
        self._executor.shutdown()
        self._node.destroy_node()

    def _spin(self) -> None:
        while not self._is_closing.is_set():
            self._executor.spin_once(timeout_sec=0.1)


@pytest.fixture
def listen(ros_context: rclpy.Context) -> Iterator[Callable[[str], Listener]]:
    """Listens to a node by its fully qualified name."""
    running: list[Listener] = []

    def start(target: str) -> Listener:
        running.append(Listener(ros_context, target))
        return running[-1]

    yield start
    for listener in running:
        listener.close()


@pytest.fixture
def start_process(
    ros_environment: dict[str, str], repository: Path, tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Runs Python code in a process of its own; its output goes to ``process.log`` there."""
    running: list[subprocess.Popen[bytes]] = []

    def start(code: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (tmp_path / 'process.log').open('ab') as log:
            process = subprocess.Popen(
                [sys.executable, '-c', code, *arguments],
                cwd=repository,
                env={**os.environ, **ros_environment, 'PYTHONUNBUFFERED': '1'},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def start_node_process(
    start_process: Callable[..., subprocess.Popen[bytes]],
) -> Callable[[str], subprocess.Popen[bytes]]:
    """Runs the node's executable in a namespace."""

    def start(namespace: str) -> subprocess.Popen[bytes]:
        return start_process(
            NODE,
            '--ros-args',
            *('-r', f'__ns:={namespace}', '-p', 'model:=nearest', '-p', 'mask_backend:=none'),
            *('-p', 'static_transforms:=["0 0 0 0 0 0 1 camera lidar"]'),
        )

    return start
