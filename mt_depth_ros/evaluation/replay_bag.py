"""The outputs of a replay as a bag that RViz, Foxglove and ``ros2 bag`` open."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.bag_writer import BagWriter
from mt_depth_ros.bag.sensor_stream import static_transform_topics
from mt_depth_ros.bag.sensor_topics import CameraTopics, namespace_of
from mt_depth_ros.core.arrays import AnyArray
from mt_depth_ros.evaluation.camera_replay import ReplayedFrame
from mt_depth_ros.messages.camera_info_codec import encode_camera_info
from mt_depth_ros.messages.depth_codec import encode_depth_image
from mt_depth_ros.messages.image_codec import encode_image
from mt_depth_ros.messages.message_layouts import ImageLayout
from mt_depth_ros.messages.output_topics import (
    CLOUD,
    CONFIDENCE,
    DEPTH,
    DEPTH_CAMERA_INFO,
    FOREGROUND,
    NODE_NAME,
    UNCERTAINTY,
    WITHHELD,
)
from mt_depth_ros.messages.point_cloud_codec import encode_cloud
from mt_depth_ros.pipeline.coloured_cloud import CloudConfig, coloured_cloud


def output_namespace(topics: CameraTopics, *, only_camera: bool) -> str:
    """Where the outputs of a camera go.

    Args:
        topics: the camera's topics.
        only_camera: the replay has no other camera, so its outputs need no namespace of theirs.
    """
    return f'/{NODE_NAME}' if only_camera else f'{namespace_of(topics.image)}/{NODE_NAME}'


def copy_inputs(reader: BagReader, writer: BagWriter, cameras: tuple[CameraTopics, ...]) -> None:
    """Copies what the cameras were replayed from, byte for byte, with the static transforms."""
    wanted = set(static_transform_topics(reader))
    for topics in cameras:
        inputs = (topics.image, topics.camera_info, topics.points, topics.sparse_depth)
        wanted.update(topic for topic in inputs if topic is not None)
    for message in reader.messages(wanted):
        writer.copy(message)


class ReplayBagWriter:
    """Writes the outputs of one camera as the node would publish them.

    Args:
        writer: the open bag.
        namespace: prefix of the outputs' topics.
        cloud: which pixels become points.
    """

    def __init__(self, writer: BagWriter, namespace: str, cloud: CloudConfig) -> None:
        self._writer = writer
        self._namespace = namespace
        self._cloud = cloud

    def write(self, replayed: ReplayedFrame) -> None:
        """Writes all outputs of one frame, received when its image was."""
        prediction = replayed.prediction
        self._writer.write_camera_info(
            self._topic(DEPTH_CAMERA_INFO),
            encode_camera_info(prediction.camera),
            stamp_ns=prediction.stamp_ns,
            frame_id=prediction.frame_id,
            receive_time_ns=replayed.receive_time_ns,
        )
        self._write_image(DEPTH, encode_depth_image(prediction.depth_m), replayed)
        self._write_image(UNCERTAINTY, _float_layout(prediction.uncertainty_m), replayed)
        self._write_image(CONFIDENCE, _float_layout(prediction.confidence), replayed)
        mask = prediction.mask.astype(np.uint8) * np.uint8(255)
        self._write_image(FOREGROUND, encode_image(mask, 'mono8'), replayed)
        if replayed.known is not None:
            self._write_image(WITHHELD, encode_depth_image(replayed.known.depth_m), replayed)
        self._writer.write_point_cloud(
            self._topic(CLOUD),
            encode_cloud(*coloured_cloud(replayed.frame, prediction, self._cloud)),
            stamp_ns=prediction.stamp_ns,
            frame_id=prediction.frame_id,
            receive_time_ns=replayed.receive_time_ns,
        )

    def _write_image(self, name: str, layout: ImageLayout, replayed: ReplayedFrame) -> None:
        self._writer.write_image(
            self._topic(name),
            layout,
            stamp_ns=replayed.prediction.stamp_ns,
            frame_id=replayed.prediction.frame_id,
            receive_time_ns=replayed.receive_time_ns,
        )

    def _topic(self, name: str) -> str:
        return f'{self._namespace}/{name}'


def _float_layout(values: AnyArray) -> ImageLayout:
    return encode_image(values, '32FC1')
