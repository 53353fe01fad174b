"""The node: topics, parameters and clock of ROS around the pipeline.

Two threads. The executor's runs the callbacks, which only store and match; the worker's decodes,
computes and publishes the newest pair. :meth:`configure`, :meth:`activate` and
:meth:`deactivate` are the steps of a managed node.
"""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, JumpThreshold
from rclpy.clock_type import ClockType
from rclpy.duration import Duration
from rclpy.node import Node

from mt_depth_ros.core.image_topics import images_are_rectified
from mt_depth_ros.pipeline.build import build_predictor, ModelIdentity, PredictorConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.ros import topics
from mt_depth_ros.ros.camera_calibrations import CameraCalibrations
from mt_depth_ros.ros.clock_watch import ClockWatch
from mt_depth_ros.ros.extrinsics import Extrinsics
from mt_depth_ros.ros.frame_assembly import FrameAssembler, MessagePair
from mt_depth_ros.ros.frame_intake import FrameIntake
from mt_depth_ros.ros.frame_ledger import FrameLedger
from mt_depth_ros.ros.frame_processor import FrameProcessor
from mt_depth_ros.ros.message_filling import make_header
from mt_depth_ros.ros.newest_item_worker import NewestItemWorker
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.node_diagnostics import InputState, NodeDiagnostics, NodeState
from mt_depth_ros.ros.node_inputs import InputHandlers, NodeInputs
from mt_depth_ros.ros.node_outputs import NodeOutputs
from mt_depth_ros.ros.pairing import make_pairing, matching_config
from mt_depth_ros.ros.parameter_declaration import ConfigKeeper, declare_parameters
from mt_depth_ros.ros.predictor_config import predictor_config
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.recent_messages import RecentMessages
from mt_depth_ros.ros.serialized_message import SerializedMessage

_DELIVERY_CHECK_S = 0.5
_RECENT_MASKS = 16

PredictorBuilder = Callable[[PredictorConfig], tuple[DepthPredictor, ModelIdentity]]


class DepthCompletionNode(Node):
    """Dense depth, mask and coloured cloud from a camera and sparse depth.

    Args:
        build: makes the predictor in :meth:`configure`.
        node_options: keyword arguments of :class:`rclpy.node.Node`.

    Raises:
        ConfigError: a parameter has a value it cannot have.
    """

    def __init__(self, *, build: PredictorBuilder = build_predictor, **node_options: Any) -> None:
        super().__init__(topics.NODE_NAME, **node_options)
        config = declare_parameters(self)
        self._keeper = ConfigKeeper(self, config, self._follow_config)
        self._build = build
        self.ledger = FrameLedger()
        self.problems = ProblemLog(self.get_logger().warning, period_s=config.report_period)
        self._clock_watch = ClockWatch(self.get_logger().warning)
        self._steady_clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._inputs: NodeInputs | None = None
        self._intake: FrameIntake | None = None
        self._worker: NewestItemWorker[MessagePair] | None = None
        self._is_configured = False

    @property
    def config(self) -> NodeConfig:
        """The parameters as of now."""
        return self._keeper.config

    @property
    def is_active(self) -> bool:
        """Whether the node takes input."""
        return self._inputs is not None

    @property
    def received(self) -> dict[str, int]:
        """Messages by input since the node became active."""
        subscriptions = self._inputs.subscriptions if self._inputs is not None else {}
        return {name: subscription.received for name, subscription in subscriptions.items()}

    def configure(self) -> None:
        """Loads the model and makes everything but the subscriptions.

        Raises:
            ConfigError, CheckpointError: the model or mask that is asked for cannot be had.
        """
        config = self.config
        make_pairing(config)  # refuses a policy this home does not have before anything starts
        predictor, self._identity = self._build(predictor_config(config))
        image_topic = self.resolve_topic_name(topics.IMAGE)
        is_rectified = images_are_rectified(config.input_is_rectified, image_topic)
        self._outputs = NodeOutputs(self)
        self._calibrations = CameraCalibrations(is_rectified=is_rectified)
        self._extrinsics = Extrinsics(self, config.static_transforms, self.problems)
        self._masks = RecentMessages(_RECENT_MASKS)
        assembler = FrameAssembler(
            self._calibrations,
            self._extrinsics,
            self._masks if config.mask_backend == 'topic' else None,
            report=self.problems.report,
        )
        self._processor = FrameProcessor(
            assembler,
            predictor,
            self._outputs,
            ledger=self.ledger,
            problems=self.problems,
            config=lambda: self.config,
        )
        self._watch()
        self._is_configured = True
        rectified = 'rectified already' if is_rectified else 'raw, rectified here where needed'
        self.get_logger().info(
            f'configured: model {self._identity.name} ({self._identity.kind}) on '
            f'{self._identity.device}, mask {config.mask_backend}, images {rectified}'
        )

    def activate(self) -> None:
        """Starts to take input; :meth:`configure` comes first."""
        if self.is_active:
            return
        config = self.config
        worker = NewestItemWorker[MessagePair](
            self._processor.process, on_error=self._processor.fail, name='depth_completion_worker'
        )
        intake = FrameIntake(
            self, make_pairing(config), worker.put, ledger=self.ledger, problems=self.problems
        )
        handlers = InputHandlers(
            image=self._take_image,
            camera_info=self._calibrations.put,
            depth=intake.add_depth,
            mask=self._masks.put,
        )
        self._worker, self._intake = worker, intake
        worker.start()
        self._inputs = NodeInputs(self, config, handlers, self.problems)
        topics_text = ', '.join(
            subscription.topic for subscription in self._inputs.subscriptions.values()
        )
        self.get_logger().info(f'active: reading {topics_text}')

    def deactivate(self) -> None:
        """Stops taking input and ends the worker; the model stays loaded."""
        if self._inputs is not None:
            self._inputs.destroy()
            self._inputs = None
        if self._intake is not None:
            self._intake.destroy()
            self._intake = None
        if self._worker is not None:
            if self._worker.close() is not None:
                self.ledger.dropped('deactivated')
            self._worker = None

    def destroy_node(self) -> None:
        """Ends everything, the worker first, so that it publishes on nothing that is gone."""
        self.deactivate()
        if self._is_configured:
            self._jump_handle.unregister()
            self._extrinsics.destroy()
        super().destroy_node()

    def _watch(self) -> None:
        """Starts what looks after the node itself: diagnostics, delivery and the clock."""
        self._diagnostics = NodeDiagnostics(self.get_fully_qualified_name())
        self._diagnostics_publisher = self.create_publisher(
            DiagnosticArray, topics.DIAGNOSTICS, topics.DIAGNOSTICS_QOS
        )
        self.create_timer(
            self.config.diagnostics_period, self._publish_diagnostics, clock=self._steady_clock
        )
        self.create_timer(_DELIVERY_CHECK_S, self._check_delivery, clock=self._steady_clock)
        self._jump_handle = self.get_clock().create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1)),
            post_callback=lambda _: self._follow_jump(),
        )

    def _take_image(self, message: SerializedMessage) -> None:
        self._clock_watch.observe(
            message.stamp_ns,
            message.received_ns,
            uses_sim_time=bool(self.get_parameter('use_sim_time').value),
            topic=message.topic,
        )
        if self._intake is not None:
            self._intake.add_image(message)

    def _check_delivery(self) -> None:
        if self._inputs is not None:
            self._inputs.check_delivery(time.monotonic())
        self._extrinsics.follow_moving_frames(time.monotonic())

    def _follow_jump(self) -> None:
        if self._intake is not None:
            self._intake.reset()

    def _follow_config(self, config: NodeConfig) -> None:
        """Applies a change of a dynamic parameter that is not read with each frame."""
        self.problems.period_s = config.report_period
        if self._intake is not None:
            self._intake.pairing.config = matching_config(config)
        if self._is_configured and config.autostart != self.is_active:
            (self.activate if config.autostart else self.deactivate)()

    def _publish_diagnostics(self) -> None:
        now = self.get_clock().now()
        message = self._diagnostics.message(
            make_header(now.nanoseconds, ''), self._state(), time.monotonic()
        )
        self._diagnostics_publisher.publish(message)

    def _state(self) -> NodeState:
        subscriptions = self._inputs.subscriptions if self._inputs is not None else {}
        return NodeState(
            model=f'{self._identity.name} {self._identity.sha256[:12]}'.rstrip(),
            mode='running' if self.is_active else 'inactive',
            inputs={
                name: InputState(
                    topic=subscription.topic,
                    received=subscription.received,
                    lost=subscription.lost,
                    reliable=subscription.is_reliable,
                )
                for name, subscription in subscriptions.items()
            },
            ledger=self.ledger.state,
            in_flight=self._worker.in_flight if self._worker is not None else 0,
            problems=self.problems.counts,
            depth_dropped=dict(self._intake.depth_dropped) if self._intake is not None else {},
            listeners=self._outputs.wanted(lazy=self.config.lazy).anything,
        )
