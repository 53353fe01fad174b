"""The node: topics, parameters and clock of ROS around the pipeline.

Two threads. The executor's runs the callbacks, which only store and match, and the transitions of
the lifecycle; the worker's decodes, computes and publishes the newest pair.
"""

from __future__ import annotations

import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, JumpThreshold
from rclpy.clock_type import ClockType
from rclpy.duration import Duration

from mt_depth_ros.pipeline.build import build_predictor, ModelIdentity
from mt_depth_ros.pipeline.warm_up import TYPICAL_SIZE
from mt_depth_ros.ros import topics
from mt_depth_ros.ros.alarm_log import AlarmLog
from mt_depth_ros.ros.clock_watch import ClockWatch
from mt_depth_ros.ros.frame_chain import FrameChain
from mt_depth_ros.ros.frame_ledger import FrameLedger
from mt_depth_ros.ros.input_session import InputSession
from mt_depth_ros.ros.managed_node import ManagedNode
from mt_depth_ros.ros.message_filling import make_header
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.node_diagnostics import NodeDiagnostics
from mt_depth_ros.ros.node_state import NodeState
from mt_depth_ros.ros.pairing import make_pairing, matching_config
from mt_depth_ros.ros.parameter_declaration import ConfigKeeper, declare_parameters
from mt_depth_ros.ros.predictor_config import predictor_config
from mt_depth_ros.ros.predictor_loading import (
    LoadedPredictor,
    PredictorBuilder,
    PredictorLoading,
)
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.qos_overrides import create_publisher

_DELIVERY_CHECK_S = 0.5


class DepthCompletionNode(ManagedNode):
    """Dense depth, mask and coloured cloud from a camera and sparse depth.

    Args:
        build: makes the predictor in :meth:`configure`.
        node_options: keyword arguments of :class:`rclpy.node.Node`.

    Raises:
        ConfigError: a parameter has a value it cannot have.
    """

    def __init__(self, *, build: PredictorBuilder = build_predictor, **node_options: Any) -> None:
        # First of all, as rclpy also destroys a node whose constructor raised.
        self._identity: ModelIdentity | None = None
        self._loading: PredictorLoading | None = None
        self._chain: FrameChain | None = None
        self._session: InputSession | None = None
        self._jump_handle: Any = None
        super().__init__(topics.NODE_NAME, **node_options)
        config = declare_parameters(self)
        self._keeper = ConfigKeeper(
            self, config, state=lambda: self.state, on_change=self._follow_config
        )
        self._build = build
        self.ledger = FrameLedger()
        self.problems = ProblemLog(self.get_logger().warning, period_s=config.report_period)
        self._clock_watch = ClockWatch(self.get_logger().warning)
        self._steady_clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._camera_size = TYPICAL_SIZE
        self._watch()

    @property
    def config(self) -> NodeConfig:
        """The parameters as of now."""
        return self._keeper.config

    @property
    def is_active(self) -> bool:
        """Whether the node takes input."""
        return self._session is not None

    @property
    def received(self) -> dict[str, int]:
        """Messages by input since the node became active."""
        subscriptions = self._session.inputs.subscriptions if self._session is not None else {}
        return {name: subscription.received for name, subscription in subscriptions.items()}

    def configure(self) -> None:
        """Loads and warms up the model and makes everything but the subscriptions.

        Raises:
            ConfigError, CheckpointError: the model or mask that is asked for cannot be had.
        """
        config = self.config
        make_pairing(config)  # refuses a policy this home does not have before anything starts
        self._loading = PredictorLoading(self._build, predictor_config(config), self._camera_size)
        try:
            loaded = self._loading.run(self._publish_diagnostics, config.diagnostics_period)
        finally:
            self._loading = None
        self._chain = FrameChain(
            self,
            loaded.predictor,
            ledger=self.ledger,
            problems=self.problems,
            config=lambda: self.config,
        )
        self._identity = loaded.identity
        self._tell_configured(loaded, is_rectified=self._chain.is_rectified)

    def activate(self) -> None:
        """Starts to take input.

        Raises:
            ConfigError: the inputs cannot be subscribed to as the parameters ask.
        """
        assert self._chain is not None
        self.ledger.clear()
        self._chain.reports.clear()
        self._chain.checks.clear()
        self._diagnostics.restart()
        self._session = InputSession(
            self,
            self._chain,
            self.config,
            ledger=self.ledger,
            problems=self.problems,
            clock_watch=self._clock_watch,
        )
        subscriptions = self._session.inputs.subscriptions.values()
        text = ', '.join(subscription.topic for subscription in subscriptions)
        self.get_logger().info(f'active: reading {text}')

    def deactivate(self) -> None:
        """Stops taking input and ends the worker; the model stays loaded.

        Raises:
            ConfigError: the frame at work does not end.
        """
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def cleanup(self) -> None:
        """Ends publishers and subscriptions and lets go of the model."""
        chain, self._chain, self._identity = self._chain, None, None
        if chain is not None:
            self._camera_size = chain.processor.image_size or self._camera_size
            chain.destroy()

    def destroy_node(self) -> None:
        """Ends everything, the worker first, so that it publishes on nothing that is gone."""
        if self._jump_handle is not None:
            self._jump_handle.unregister()
            self._jump_handle = None
        super().destroy_node()

    def _watch(self) -> None:
        """Starts what looks after the node in every state: diagnostics, delivery and the clock."""
        self._diagnostics = NodeDiagnostics(
            self.get_fully_qualified_name(), AlarmLog(self.get_logger().warning)
        )
        self._diagnostics_publisher = create_publisher(
            self, DiagnosticArray, topics.DIAGNOSTICS, topics.DIAGNOSTICS_QOS
        )
        self._diagnostics_timer = self.create_timer(
            self.config.diagnostics_period, self._publish_diagnostics, clock=self._steady_clock
        )
        self.create_timer(_DELIVERY_CHECK_S, self._check_delivery, clock=self._steady_clock)
        self._jump_handle = self.get_clock().create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1)),
            post_callback=lambda _: self._follow_jump(),
        )

    def _tell_configured(self, loaded: LoadedPredictor, *, is_rectified: bool) -> None:
        identity, warm_up = loaded.identity, loaded.warm_up
        rectified = 'rectified already' if is_rectified else 'raw, rectified here where needed'
        self.get_logger().info(
            f'configured: model {identity.name} ({identity.runtime or identity.kind}) on '
            f'{identity.device}, '
            f'mask {self.config.mask_backend}, images {rectified}; loaded in '
            f'{loaded.load_s:.1f} s, first frame {warm_up.elapsed_ms[0]:.0f} ms, '
            f'then {warm_up.elapsed_ms[-1]:.0f} ms'
        )
        if warm_up.degradation is not None:
            self.get_logger().warning(f'warming up: {warm_up.degradation.text}')

    def _check_delivery(self) -> None:
        if self._session is not None:
            self._session.inputs.check_delivery(time.monotonic())
        if self._chain is not None:
            self._chain.extrinsics.follow_moving_frames(time.monotonic())

    def _follow_jump(self) -> None:
        if self._session is not None:
            self._session.intake.reset()
        if self._chain is not None:
            self._chain.checks.clear()

    def _follow_config(self, config: NodeConfig) -> None:
        """Applies a change of a dynamic parameter that is not read with each frame."""
        self.problems.period_s = config.report_period
        self._diagnostics_timer.timer_period_ns = round(config.diagnostics_period * 1e9)
        if self._session is not None:
            self._session.intake.follow(matching_config(config))

    def _publish_diagnostics(self) -> None:
        now = self.get_clock().now()
        message = self._diagnostics.message(
            make_header(now.nanoseconds, ''), self._node_state(), time.monotonic()
        )
        self._diagnostics_publisher.publish(message)

    def _node_state(self) -> NodeState:
        session, chain = self._session, self._chain
        reports = chain.reports if chain is not None else None
        return NodeState(
            lifecycle=self.state,
            trouble=self.trouble,
            phase=self._loading.phase if self._loading is not None else '',
            identity=self._identity,
            config=self.config,
            uses_sim_time=bool(self.get_parameter('use_sim_time').value),
            inputs=session.inputs.states(time.monotonic()) if session is not None else {},
            ledger=self.ledger.state,
            in_flight=session.in_flight if session is not None else 0,
            busy_s=session.busy_s if session is not None else 0.0,
            problems=self.problems.counts,
            problem_texts=self.problems.texts,
            depth_dropped=dict(session.intake.depth_dropped) if session is not None else {},
            books=session.intake.pairing.statistics if session is not None else None,
            matching=session.intake.quality.report() if session is not None else None,
            degradation=reports.degradations.current if reports is not None else None,
            degraded=reports.degradations.counts if reports is not None else {},
            listeners=chain is not None and chain.outputs.wanted(lazy=self.config.lazy).anything,
            output_alarms=chain.outputs.alarms() if chain is not None else (),
            self_check=chain.checks.self_check if chain is not None else None,
            calibration=chain.checks.calibration if chain is not None else None,
        )
