"""What an active node holds: subscriptions, matching, and the worker."""

from __future__ import annotations

from rclpy.node import Node

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.ros.clock_watch import ClockWatch
from mt_depth_ros.ros.frame_assembly import MessagePair
from mt_depth_ros.ros.frame_chain import FrameChain
from mt_depth_ros.ros.frame_intake import FrameIntake
from mt_depth_ros.ros.frame_ledger import FrameLedger
from mt_depth_ros.ros.newest_item_worker import NewestItemWorker
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.node_inputs import InputHandlers, NodeInputs
from mt_depth_ros.ros.pairing import make_pairing
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.serialized_message import SerializedMessage

_FRAME_TIMEOUT_S = 10.0


class InputSession:
    """Lives from activate to deactivate. Executor's thread only.

    Attributes:
        inputs: the subscriptions.
        intake: the matching.

    Args:
        node: subscribes.
        chain: computes and publishes.
        config: which inputs, and how they are matched.
        ledger: where images are entered.
        problems: where unusable input is reported.
        clock_watch: compares stamps with the node's clock.

    Raises:
        ConfigError: a policy of message_filters where that package is not installed, or an
            override of QoS that cannot be used.
    """

    def __init__(
        self,
        node: Node,
        chain: FrameChain,
        config: NodeConfig,
        *,
        ledger: FrameLedger,
        problems: ProblemLog,
        clock_watch: ClockWatch,
    ) -> None:
        self._node = node
        self._processor = chain.processor
        self._ledger = ledger
        self._clock_watch = clock_watch
        self._worker = NewestItemWorker[MessagePair](
            self._processor.process, on_error=self._processor.fail, name='depth_completion_worker'
        )
        self.intake = FrameIntake(
            node, make_pairing(config), self._worker.put, ledger=ledger, problems=problems
        )
        handlers = InputHandlers(
            image=self._take_image,
            camera_info=chain.calibrations.put,
            depth=self.intake.add_depth,
            mask=chain.masks.put,
            image_refused=self.intake.refuse_image,
            depth_refused=self.intake.refuse_depth,
        )
        try:
            self.inputs = NodeInputs(node, config, handlers, problems)
        except Exception:
            self.intake.destroy()
            raise
        self._worker.start()

    @property
    def in_flight(self) -> int:
        """Images that wait for the worker or are being computed."""
        return self._worker.in_flight

    @property
    def busy_s(self) -> float:
        """How long the frame at work has been computed, seconds."""
        return self._worker.busy_s

    def close(self) -> None:
        """Takes no more input, enters what waits as dropped, and ends after the frame at work.

        Raises:
            ConfigError: the frame at work does not end.
        """
        self.inputs.destroy()
        self.intake.destroy()
        if self._worker.close(_FRAME_TIMEOUT_S) is not None:
            self._ledger.dropped('deactivated')
        if self._worker.is_running:
            self._processor.abandon()
            self._ledger.dropped('deactivated')
            raise ConfigError(
                expected=f'the frame at work to end within {_FRAME_TIMEOUT_S:g} s',
                got='it is still being computed',
                where='deactivating',
                remedy='its result will be left out; choose a faster model or device',
            )

    def _take_image(self, message: SerializedMessage) -> None:
        self._clock_watch.observe(
            message.stamp_ns,
            message.received_ns,
            uses_sim_time=bool(self._node.get_parameter('use_sim_time').value),
            topic=message.topic,
        )
        self.intake.add_image(message)
