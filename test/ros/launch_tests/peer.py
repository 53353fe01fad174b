"""What a launch test sees of the ROS graph from outside the launched processes."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

import rclpy
from rclpy.parameter_client import AsyncParameterClient

TIMEOUT_S = 60.0
# Before launch sends SIGTERM after SIGINT; its 5 s are short on a machine that does other work.
STOP_TIMEOUT_S = '60'


class Peer:
    """A node of the test; waits for what the launched nodes do."""

    def __init__(self) -> None:
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self.node = rclpy.create_node('launch_test_peer', context=self._context)
        self._executor = rclpy.executors.SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)

    def wait_until(self, condition: Callable[[], Any], what: str) -> None:
        deadline_s = time.monotonic() + TIMEOUT_S
        while not condition():
            assert time.monotonic() < deadline_s, f'waited {TIMEOUT_S:g} s in vain for {what}'
            self._executor.spin_once(timeout_sec=0.05)

    def wait_for_subscribers(self, topic: str, number: int = 1) -> None:
        self.wait_until(
            lambda: self.node.count_subscribers(topic) == number,
            f'{number} subscribers of {topic}',
        )

    def parameters(self, node_name: str, *names: str) -> list[Any]:
        client = AsyncParameterClient(self.node, node_name)
        self.wait_until(client.services_are_ready, f'the parameter services of {node_name}')
        values = self.wait_for(client.get_parameters(list(names)), f'parameters of {node_name}')
        return [rclpy.parameter.parameter_value_to_python(value) for value in values.values]

    def call(self, service_type: Any, name: str, request: Any) -> Any:
        client = self.node.create_client(service_type, name)
        self.wait_until(client.service_is_ready, f'the service {name}')
        return self.wait_for(client.call_async(request), f'the answer of {name}')

    def wait_for(self, future: Any, what: str) -> Any:
        self.wait_until(future.done, what)
        return future.result()

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown(context=self._context)
