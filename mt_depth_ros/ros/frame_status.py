"""How each frame came about, for whoever reads its depth: a status with the frame's stamp."""

from __future__ import annotations

from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

from mt_depth_ros.core.types import DepthPrediction, RgbdFrame
from mt_depth_ros.ros import topics
from mt_depth_ros.ros.diagnostic_section import Level
from mt_depth_ros.ros.message_filling import make_header
from mt_depth_ros.ros.qos_overrides import create_publisher


class FrameStatus:
    """Publishes ``~/depth/status`` where somebody subscribes.

    One status for each depth image, with its stamp and frame, so that a reader can match the two:
    OK where what was asked for answered, WARN where something had to be done without.

    Args:
        node: the node that publishes.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._publisher: Any = create_publisher(
            node, DiagnosticArray, topics.DEPTH_STATUS, topics.OUTPUT_QOS
        )

    def publish(self, frame: RgbdFrame, prediction: DepthPrediction) -> None:
        """Publishes the status of a frame.

        Args:
            frame: what the prediction saw.
            prediction: what came out.
        """
        if self._publisher.get_subscription_count() == 0:
            return
        degradation = prediction.degradation
        status = DiagnosticStatus(
            level=bytes([Level.OK if degradation is None else Level.WARN]),
            name=f'{self._node.get_fully_qualified_name().lstrip("/")}: frame',
            message='' if degradation is None else degradation.text,
            hardware_id='none',
            values=[
                KeyValue(key=key, value=str(value))
                for key, value in (
                    ('completer', prediction.completer),
                    ('degraded', degradation.reason if degradation is not None else ''),
                    (
                        'classical fallback',
                        str(degradation is not None and degradation.is_fallback).lower(),
                    ),
                    ('measurements', len(frame.measurements)),
                    ('depth stamp [ns]', frame.measurement_stamp_ns),
                )
            ],
        )
        header = make_header(prediction.stamp_ns, prediction.frame_id)
        self._publisher.publish(DiagnosticArray(header=header, status=[status]))

    def destroy(self) -> None:
        """Ends the publisher."""
        self._node.destroy_publisher(self._publisher)
