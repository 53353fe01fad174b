"""The recorded messages of one camera and its depth source, decoded when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import contextlib
from dataclasses import dataclass
from enum import IntEnum
import functools
from itertools import groupby
from typing import Any, TypeAlias

from mt_depth_ros.bag.bag_reader import BagMessage, BagReader
from mt_depth_ros.bag.sensor_topics import CameraTopics
from mt_depth_ros.bag.standard_types import (
    COMPRESSED_IMAGE_TYPE,
    TRANSFORMS_TYPE,
)
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.errors import SensorInputError, TransformError
from mt_depth_ros.core.sensors import CameraImage, LidarScan, SparseDepthImage
from mt_depth_ros.core.transform_tree import TransformTree
from mt_depth_ros.core.transforms import StampedTransform
from mt_depth_ros.messages.camera_info_codec import decode_camera_info
from mt_depth_ros.messages.compressed_depth_codec import decode_compressed_depth
from mt_depth_ros.messages.compressed_image_codec import decode_compressed_image
from mt_depth_ros.messages.depth_codec import decode_depth_image
from mt_depth_ros.messages.header_codec import stamp_ns_from
from mt_depth_ros.messages.image_codec import decode_image
from mt_depth_ros.messages.point_cloud_codec import decode_point_cloud
from mt_depth_ros.messages.transform_codec import decode_transforms

Decoded: TypeAlias = (
    CameraImage | LidarScan | SparseDepthImage | CameraModel | list[StampedTransform]
)


class SensorKind(IntEnum):
    """What an event brings; of messages received at the same time, lower ones come first."""

    TRANSFORMS = 0
    CAMERA_INFO = 1
    IMAGE = 2
    SPARSE_DEPTH = 3
    POINTS = 4


@dataclass(frozen=True, eq=False)
class SensorEvent:
    """One recorded message of a sensor.

    Attributes:
        kind: what it brings.
        recorded: the serialized message, its topic and its receive time.
    """

    kind: SensorKind
    recorded: BagMessage

    @property
    def topic(self) -> str:
        """The topic it was recorded on."""
        return self.recorded.topic

    @property
    def receive_time_ns(self) -> int:
        """When the recorder received it, nanoseconds."""
        return self.recorded.receive_time_ns

    @functools.cached_property
    def message(self) -> Any:
        """The deserialized message, made once; its arrays are views, so this is cheap.

        Raises:
            SensorInputError: the bytes are no such message (reason ``malformed_message``).
        """
        return self.recorded.read()

    @property
    def stamp_ns(self) -> int:
        """The stamp of the message's header, nanoseconds; 0 for transforms, which have many.

        Raises:
            SensorInputError: as :attr:`message`.
        """
        if self.kind is SensorKind.TRANSFORMS:
            return 0
        return stamp_ns_from(self.message.header.stamp)

    def decode(self) -> Decoded:
        """Decodes the message into the type that :attr:`kind` says; anew at every call.

        Returns:
            CameraImage, LidarScan, SparseDepthImage, CameraModel or a list of StampedTransform.

        Raises:
            SensorInputError: the message cannot be used.
        """
        is_compressed = self.recorded.type_name == COMPRESSED_IMAGE_TYPE
        if self.kind is SensorKind.IMAGE and is_compressed:
            return decode_compressed_image(self.message, where=self.topic)
        if self.kind is SensorKind.IMAGE:
            return decode_image(self.message, where=self.topic)
        if self.kind is SensorKind.SPARSE_DEPTH and is_compressed:
            return decode_compressed_depth(self.message, where=self.topic)
        if self.kind is SensorKind.SPARSE_DEPTH:
            return decode_depth_image(self.message, where=self.topic)
        if self.kind is SensorKind.POINTS:
            return decode_point_cloud(self.message, where=self.topic)
        if self.kind is SensorKind.CAMERA_INFO:
            return decode_camera_info(self.message, where=self.topic)
        return decode_transforms(self.message, where=self.topic)


def read_sensor_events(reader: BagReader, topics: CameraTopics) -> Iterator[SensorEvent]:
    """Reads everything that concerns one camera, in the order it was received in.

    Args:
        reader: an open bag.
        topics: the camera's topics; static transforms come along.

    Raises:
        DataFileError: the bag is damaged at this place.
    """
    kinds = {
        topics.image: SensorKind.IMAGE,
        topics.camera_info: SensorKind.CAMERA_INFO,
        **dict.fromkeys(static_transform_topics(reader), SensorKind.TRANSFORMS),
    }
    if topics.points is not None:
        kinds[topics.points] = SensorKind.POINTS
    if topics.sparse_depth is not None:
        kinds[topics.sparse_depth] = SensorKind.SPARSE_DEPTH
    events = (SensorEvent(kinds[message.topic], message) for message in reader.messages(kinds))
    for _, simultaneous in groupby(events, key=lambda event: event.receive_time_ns):
        yield from sorted(simultaneous, key=lambda event: event.kind)


def static_transform_topics(reader: BagReader) -> list[str]:
    """The topics of static transforms: ``/tf_static``, with or without a namespace."""
    return [
        topic.name
        for topic in reader.topics
        if topic.type_name == TRANSFORMS_TYPE and topic.name.endswith('/tf_static')
    ]


def initial_transforms(
    reader: BagReader, by_hand: Sequence[StampedTransform] = ()
) -> TransformTree:
    """Every static transform of the bag, wherever in it: each frame's first one.

    A recorder may have received them after the first images. Where a frame's transform changes
    within the bag, start with this tree and set those of the stream as they come. Transforms that
    cannot be used are left out here; the stream brings them again, where they raise.

    Args:
        reader: an open bag.
        by_hand: transforms that win over those of the bag.

    Raises:
        DataFileError: the bag is damaged.
    """
    tree = TransformTree(by_hand)
    for message in reversed(list(reader.messages(static_transform_topics(reader)))):
        for stamped in _usable_transforms(message):
            with contextlib.suppress(TransformError):
                tree.set(stamped)
    return tree


def _usable_transforms(message: BagMessage) -> list[StampedTransform]:
    try:
        return decode_transforms(
            message.read(), where=message.topic, on_refused=lambda error: None
        )
    except SensorInputError:
        return []
