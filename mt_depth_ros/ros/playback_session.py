"""Playing and recording in this process: context, node and executor around player and recorder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
import signal
import threading
import time

from diagnostic_msgs.msg import DiagnosticArray
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from mt_depth_ros.ros.player import BagItem, BagPlayer, PlaybackConfig
from mt_depth_ros.ros.recorder import OutputRecorder, RecordedMessage
from mt_depth_ros.ros.topics import DIAGNOSTICS, DIAGNOSTICS_QOS
from mt_depth_ros.ros.transport import apply_transport_profile

_LOOK_AGAIN_S = 0.05


def play_over_dds(
    topics: Mapping[str, str],
    items: Callable[[], Iterable[BagItem]],
    config: PlaybackConfig,
    *,
    latched: Collection[str] = (),
    on_start: Callable[[BagPlayer, str], None],
) -> BagPlayer:
    """Plays a recording to whoever listens, until its end, SIGINT or SIGTERM. Main thread only.

    Args:
        topics: topic -> type name.
        items: makes an iterator over the messages.
        config: how to play.
        latched: topics that are kept for late joiners.
        on_start: gets the player, to pause it, and what is said of the transport.

    Returns:
        The player, with its counts.
    """
    transport = apply_transport_profile()
    # rclpy's own handlers would shut the context down under the player that still publishes.
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    try:
        ros_node = rclpy.create_node('mt_depth_play')
        player = BagPlayer(ros_node, topics, items, config, latched=latched)
        for number in (signal.SIGINT, signal.SIGTERM):
            # In a thread: the handler interrupts play, which may hold the lock that stop takes.
            signal.signal(
                number, lambda number, frame: threading.Thread(target=player.stop).start()
            )
        on_start(player, transport.reason)
        player.play()
    finally:
        rclpy.try_shutdown()
    return player


class RecordingSession:
    """Plays to a node that runs elsewhere and records what it publishes.

    Args:
        ros_node: of this session.
        on_message: gets each output, in the executor's thread.
        on_diagnostics: gets each status: name, then text and values by key.
    """

    def __init__(
        self,
        ros_node: Node,
        on_message: Callable[[RecordedMessage], None],
        on_diagnostics: Callable[[str, dict[str, str]], None],
    ) -> None:
        self._node = ros_node
        self._on_message = on_message
        self._on_diagnostics = on_diagnostics
        self._last_arrival_s = time.monotonic()
        self._recorder = OutputRecorder(ros_node, self._take)
        ros_node.create_subscription(DiagnosticArray, DIAGNOSTICS, self._note, DIAGNOSTICS_QOS)

    @property
    def sees_node(self) -> bool:
        """Whether every output of the node has a publisher."""
        return self._recorder.has_met_publishers

    def play(
        self,
        topics: Mapping[str, str],
        items: Callable[[], Iterable[BagItem]],
        config: PlaybackConfig,
        *,
        on_publish: Callable[[BagItem], None],
    ) -> None:
        """Plays to the end.

        Raises:
            ConfigError: a topic of ``config.wait_for`` found no subscriber in time.
        """
        BagPlayer(self._node, topics, items, config, on_publish=on_publish).play()
        self._last_arrival_s = time.monotonic()

    def wait_until_quiet(self, quiet_s: float) -> None:
        """Until no output has come for a while."""
        while time.monotonic() - self._last_arrival_s < quiet_s:
            time.sleep(_LOOK_AGAIN_S)

    def _take(self, message: RecordedMessage) -> None:
        self._last_arrival_s = time.monotonic()
        self._on_message(message)

    def _note(self, message: DiagnosticArray) -> None:
        for status in message.status:
            values = {pair.key: pair.value for pair in status.values}
            self._on_diagnostics(status.name, {'message': status.message, **values})


@contextmanager
def recording_session(
    on_message: Callable[[RecordedMessage], None],
    on_diagnostics: Callable[[str, dict[str, str]], None],
) -> Iterator[RecordingSession]:
    """A session that spins in a thread of its own; see :class:`RecordingSession`."""
    rclpy.init()
    try:
        ros_node = rclpy.create_node('mt_depth_session')
        session = RecordingSession(ros_node, on_message, on_diagnostics)
        executor = SingleThreadedExecutor()
        executor.add_node(ros_node)
        spinner = threading.Thread(target=executor.spin, daemon=True)
        spinner.start()
        try:
            yield session
        finally:
            executor.shutdown()
            spinner.join()
            ros_node.destroy_node()
    finally:
        rclpy.try_shutdown()
