"""The executable ``depth_completion_node``."""

from __future__ import annotations

from collections.abc import Sequence
import signal
import sys
from types import FrameType

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.logging import get_logger
from rclpy.signals import SignalHandlerOptions

from mt_depth_ros.core.errors import MtDepthError
from mt_depth_ros.core.idle_threads import let_idle_threads_sleep
from mt_depth_ros.ros import topics
from mt_depth_ros.ros.log_forwarding import forward_python_log
from mt_depth_ros.ros.transport import apply_transport_profile

# How soon a signal is noticed while no message comes.
_WAKE_UP_S = 0.2


class _StopRequest:
    """Notes SIGINT and SIGTERM; the node then ends between two callbacks.

    rclpy's own handlers shut the context down at once, under the worker that still publishes.
    """

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.is_set = True
        # Who asks a second time does not want to wait for a model that is loading.
        signal.signal(number, signal.SIG_DFL)


def main(args: Sequence[str] | None = None) -> int:
    """Runs the node until SIGINT or SIGTERM.

    A node that cannot be configured stays up and says why, so that it can be tried again.

    Args:
        args: the command line as of ``ros2 run``, with ``--ros-args``; None: the process's own.

    Returns:
        0 after a clean shutdown, 1 when the node cannot start; the log then says why.
    """
    stop = _StopRequest()
    let_idle_threads_sleep()
    transport = apply_transport_profile()
    arguments = list(sys.argv if args is None else ['depth_completion_node', *args])
    try:
        rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:
        # No log yet: arguments that ROS cannot read, or a parameters file that is not there.
        sys.stderr.write(f'depth_completion_node: {error}\n')
        return 1
    logger = get_logger(topics.NODE_NAME)
    forward_python_log(logger)
    if transport.is_problem:
        logger.warning(transport.reason)
    else:
        logger.info(transport.reason)
    try:
        _run(stop)
    except MtDepthError as error:
        logger.fatal(str(error))
        return 1
    finally:
        rclpy.try_shutdown()
    return 0


def _run(stop: _StopRequest) -> None:
    # Here, as it takes seconds to import, in which a signal is noted already.
    from mt_depth_ros.ros.node import DepthCompletionNode

    if stop.is_set:
        return
    node = DepthCompletionNode()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        if node.config.autostart:
            node.start()
        else:
            node.get_logger().info(
                'unconfigured, as autostart is false; start it with '
                f'ros2 lifecycle set {node.get_fully_qualified_name()} configure, then activate'
            )
        while not stop.is_set:
            try:
                executor.spin_once(timeout_sec=_WAKE_UP_S)
            except ExternalShutdownException:
                break
            except Exception as error:
                node.problems.report_internal(error, 'a callback')
        node.shut_down()
    finally:
        executor.shutdown()
        node.destroy_node()
