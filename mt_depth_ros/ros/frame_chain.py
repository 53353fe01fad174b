"""What a configured node holds: all that turns a matched pair of messages into outputs."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node

from mt_depth_ros.core.image_topics import images_are_rectified
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.ros import topics
from mt_depth_ros.ros.camera_calibrations import CameraCalibrations
from mt_depth_ros.ros.extrinsics import Extrinsics
from mt_depth_ros.ros.frame_assembly import FrameAssembler
from mt_depth_ros.ros.frame_checks import FrameChecks
from mt_depth_ros.ros.frame_ledger import FrameLedger
from mt_depth_ros.ros.frame_processor import FrameProcessor
from mt_depth_ros.ros.frame_reports import FrameReports
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.node_outputs import NodeOutputs
from mt_depth_ros.ros.problem_log import ProblemLog
from mt_depth_ros.ros.recent_messages import RecentMessages

_RECENT_MASKS = 16


class FrameChain:
    """Lives from configure to cleanup, across any number of activations.

    Attributes:
        is_rectified: whether images are taken to come undistorted.
        outputs: publishes.
        reports: tell of each frame.
        checks: of the errors and of the calibration.
        calibrations: what camera_info delivered.
        extrinsics: where the sensors sit.
        masks: what the mask topic delivered.
        processor: computes and publishes a pair.

    Args:
        node: publishes and subscribes to transforms.
        predictor: predicts.
        ledger: where images are entered.
        problems: where unusable input is reported.
        config: gives the configuration as of now.

    Raises:
        ConfigError: ``static_transforms`` or an override of QoS cannot be used.
    """

    def __init__(
        self,
        node: Node,
        predictor: DepthPredictor,
        *,
        ledger: FrameLedger,
        problems: ProblemLog,
        config: Callable[[], NodeConfig],
    ) -> None:
        now = config()
        image_topic = node.resolve_topic_name(topics.IMAGE)
        self.is_rectified = images_are_rectified(now.input_is_rectified, image_topic)
        self.calibrations = CameraCalibrations(is_rectified=self.is_rectified)
        self.masks = RecentMessages(_RECENT_MASKS)
        self.extrinsics = Extrinsics(node, now.static_transforms, problems)
        earlier = set(node.publishers)
        try:
            self.outputs = NodeOutputs(node)
            self.reports = FrameReports(node, problems)
        except Exception:
            # Nothing may be left of them: there will be another try.
            for publisher in set(node.publishers) - earlier:
                node.destroy_publisher(publisher)
            self.extrinsics.destroy()
            raise
        self.checks = FrameChecks(problems)
        assembler = FrameAssembler(
            self.calibrations,
            self.extrinsics,
            self.masks if now.mask_backend == 'topic' else None,
            report=problems.report,
        )
        self.processor = FrameProcessor(
            assembler,
            predictor,
            self.outputs,
            self.reports,
            self.checks,
            ledger=ledger,
            problems=problems,
            config=config,
        )

    def destroy(self) -> None:
        """Ends publishers and subscriptions; the model goes with the last reference to this."""
        self.checks.close()
        self.extrinsics.destroy()
        self.outputs.destroy()
        self.reports.destroy()
