"""What the node publishes for each frame, and which of it anybody wants."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.stage_timing import StageTimer
from mt_depth_ros.core.types import DepthPrediction, RgbdFrame
from mt_depth_ros.messages.camera_info_codec import encode_camera_info
from mt_depth_ros.messages.depth_codec import encode_depth_image
from mt_depth_ros.messages.image_codec import encode_image
from mt_depth_ros.messages.point_cloud_codec import encode_cloud
from mt_depth_ros.pipeline.coloured_cloud import CloudConfig, coloured_cloud
from mt_depth_ros.ros import topics
from mt_depth_ros.ros.connections import ignore_event, output_alarms, own_qos
from mt_depth_ros.ros.diagnostic_section import Alarm
from mt_depth_ros.ros.message_filling import (
    make_camera_info,
    make_header,
    make_image,
    make_point_cloud,
)
from mt_depth_ros.ros.node_config import NodeConfig
from mt_depth_ros.ros.qos_overrides import create_publisher

OUTPUT_TYPES: dict[str, tuple[str, Any]] = {
    'depth': (topics.DEPTH, Image),
    'camera_info': (topics.DEPTH_CAMERA_INFO, CameraInfo),
    'uncertainty': (topics.UNCERTAINTY, Image),
    'confidence': (topics.CONFIDENCE, Image),
    'mask': (topics.FOREGROUND, Image),
    'cloud': (topics.CLOUD, PointCloud2),
}
"""Name of an output -> its topic and message class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedOutputs:
    """Which outputs are to be computed and published.

    Attributes:
        depth, camera_info, uncertainty, confidence, mask, cloud: one for each output.
    """

    depth: bool = True
    camera_info: bool = True
    uncertainty: bool = True
    confidence: bool = True
    mask: bool = True
    cloud: bool = True

    @property
    def anything(self) -> bool:
        """Whether there is anything to do."""
        return any(getattr(self, output.name) for output in fields(self))


class NodeOutputs:
    """The publishers of the node. Every message carries the image's stamp and frame.

    Args:
        node: the node that publishes.

    Raises:
        ConfigError: an override of QoS cannot be used.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._publishers: dict[str, Any] = {
            name: create_publisher(
                node,
                message_type,
                topic,
                topics.OUTPUT_QOS,
                event_callbacks=PublisherEventCallbacks(
                    incompatible_qos=ignore_event, incompatible_type=ignore_event
                ),
            )
            for name, (topic, message_type) in OUTPUT_TYPES.items()
        }

    def wanted(self, *, lazy: bool) -> WantedOutputs:
        """The outputs that have subscribers, or all of them.

        Args:
            lazy: leave out what nobody subscribes to.
        """
        if not lazy:
            return WantedOutputs()
        return WantedOutputs(
            **{
                name: publisher.get_subscription_count() > 0
                for name, publisher in self._publishers.items()
            }
        )

    def alarms(self) -> tuple[Alarm, ...]:
        """Subscribers that cannot be served."""
        found: list[Alarm] = []
        for name, publisher in self._publishers.items():
            topic = publisher.topic_name
            subscriptions = self._node.get_subscriptions_info_by_topic(topic)
            if subscriptions:
                own = own_qos(self._node, self._node.get_publishers_info_by_topic(topic))
                offered = own or topics.OUTPUT_QOS
                found += output_alarms(topic, OUTPUT_TYPES[name][1], offered, subscriptions)
        return tuple(found)

    def publish(
        self,
        frame: RgbdFrame,
        prediction: DepthPrediction,
        *,
        wanted: WantedOutputs,
        config: NodeConfig,
        timer: StageTimer,
    ) -> None:
        """Encodes and publishes what is wanted; camera_info first, as those who need it wait.

        Args:
            frame: gives the cloud its colours.
            prediction: what to publish.
            wanted: which outputs.
            config: encoding and cloud parameters.
            timer: where the stages ``encode``, ``cloud`` and ``publish`` are timed.
        """
        header = make_header(prediction.stamp_ns, prediction.frame_id)
        with timer.stage('encode'):
            messages = self._images(prediction, header, wanted=wanted, config=config)
        if wanted.cloud:
            with timer.stage('cloud'):
                messages['cloud'] = _cloud(frame, prediction, header, config)
        with timer.stage('publish'):
            for name, message in messages.items():
                self._publishers[name].publish(message)

    def destroy(self) -> None:
        """Ends the publishers."""
        for publisher in self._publishers.values():
            self._node.destroy_publisher(publisher)

    def _images(
        self,
        prediction: DepthPrediction,
        header: Header,
        *,
        wanted: WantedOutputs,
        config: NodeConfig,
    ) -> dict[str, Any]:
        messages: dict[str, Any] = {}
        if wanted.camera_info:
            messages['camera_info'] = _camera_info(prediction.camera, header)
        if wanted.depth:
            layout = encode_depth_image(
                prediction.depth_m, '16UC1' if config.depth_encoding == '16UC1' else '32FC1'
            )
            messages['depth'] = make_image(layout, header)
        if wanted.uncertainty:
            layout = encode_image(prediction.uncertainty_m, '32FC1')
            messages['uncertainty'] = make_image(layout, header)
        if wanted.confidence:
            messages['confidence'] = make_image(
                encode_image(prediction.confidence, '32FC1'), header
            )
        if wanted.mask:
            pixels = prediction.mask.astype(np.uint8) * np.uint8(255)
            messages['mask'] = make_image(encode_image(pixels, 'mono8'), header)
        return messages


def _camera_info(camera: RectifiedCamera, header: Header) -> CameraInfo:
    return make_camera_info(encode_camera_info(camera), header)


def _cloud(
    frame: RgbdFrame, prediction: DepthPrediction, header: Header, config: NodeConfig
) -> PointCloud2:
    cloud_config = CloudConfig(
        min_confidence=config.cloud_min_confidence, stride=config.cloud_stride
    )
    points_m, colours_rgb = coloured_cloud(frame, prediction, cloud_config)
    return make_point_cloud(encode_cloud(points_m, colours_rgb), header)
