"""Finds the cameras and the depth source of a recording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mt_depth_ros.bag.bag_reader import BagReader, BagTopic
from mt_depth_ros.bag.standard_types import (
    CAMERA_INFO_TYPE,
    COMPRESSED_IMAGE_TYPE,
    IMAGE_TYPE,
    POINT_CLOUD_TYPE,
)
from mt_depth_ros.core.errors import DataFileError, SensorInputError
from mt_depth_ros.messages.depth_codec import DEPTH_ENCODINGS

IMAGE_TYPES = (IMAGE_TYPE, COMPRESSED_IMAGE_TYPE)

# image_transport puts the transport's name behind the topic of the raw image.
_TRANSPORTS = ('/compressed', '/compressedDepth')

_PACKET_TYPES = {
    'velodyne_msgs/msg/VelodyneScan': "velodyne_pointcloud's transform node",
    'ouster_sensor_msgs/msg/PacketMsg': "ouster_ros's os_cloud node",
    'ouster_ros/msg/PacketMsg': "ouster_ros's os_cloud node",
    'livox_ros_driver2/msg/CustomMsg': 'livox_ros_driver2 with xfer_format 0',
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraTopics:
    """The topics that make the frames of one camera.

    Attributes:
        image: Image or CompressedImage.
        image_is_compressed: whether it is a CompressedImage.
        camera_info: CameraInfo.
        points: PointCloud2, or None.
        sparse_depth: Image or compressedDepth, or None; one of the two is set.
    """

    image: str
    image_is_compressed: bool
    camera_info: str
    points: str | None = None
    sparse_depth: str | None = None

    @property
    def name(self) -> str:
        """A short name for files and tables: ``camera_01`` for ``/camera_01/image_raw``."""
        return (namespace_of(self.image) or self.image).strip('/').replace('/', '_')


def base_topic(topic: str) -> str:
    """The topic of the raw image: ``/camera/image_raw`` for ``/camera/image_raw/compressed``."""
    for transport in _TRANSPORTS:
        topic = topic.removesuffix(transport)
    return topic


def namespace_of(topic: str) -> str:
    """Where image_transport expects ``camera_info``: ``/camera`` for ``/camera/image_raw``."""
    return base_topic(topic).rpartition('/')[0]


def find_sensor_topics(
    reader: BagReader,
    *,
    image: str | None = None,
    camera_info: str | None = None,
    points: str | None = None,
    sparse_depth: str | None = None,
) -> tuple[CameraTopics, ...]:
    """Finds by type what a recording holds, where that leaves no choice.

    A camera is a colour image with a ``camera_info`` in its namespace; the only image and the
    only calibration of a bag belong together wherever they are. Raw wins over compressed of the
    same image. Depth images (32FC1, 16UC1, compressedDepth) are taken as sparse depth when there
    is no cloud.

    Args:
        reader: an open bag.
        image: the image's topic, with or without ``/compressed``; None: find them.
        camera_info: its calibration's topic; None: find it.
        points: the cloud's topic; None: find it.
        sparse_depth: the sparse depth's topic, instead of a cloud; None: find it.

    Returns:
        One entry a camera, by name.

    Raises:
        DataFileError: something is missing or there is a choice to make; the error lists the
            candidates, the option to give and what the bag holds.
    """
    search = _TopicSearch(reader)
    cameras = search.cameras(image, camera_info)
    return tuple(
        CameraTopics(
            image=camera.name,
            image_is_compressed=camera.type_name == COMPRESSED_IMAGE_TYPE,
            camera_info=info.name,
            **search.depth_source(camera, len(cameras), points, sparse_depth),
        )
        for camera, info in cameras
    )


class _TopicSearch:
    """The topics of one bag, sorted into images, depth images, calibrations and clouds."""

    def __init__(self, reader: BagReader) -> None:
        self._path = str(reader.path)
        self._topics = tuple(topic for topic in reader.topics if topic.num_messages > 0)
        images = [topic for topic in self._topics if topic.type_name in IMAGE_TYPES]
        depth = [topic for topic in images if _shows_depth(reader, topic)]
        self._images = _raw_first(topic for topic in images if topic not in depth)
        self._depth_images = _raw_first(depth)
        self._infos = self._of_type(CAMERA_INFO_TYPE)
        self._clouds = self._of_type(POINT_CLOUD_TYPE)

    def cameras(
        self, image: str | None, camera_info: str | None
    ) -> list[tuple[BagTopic, BagTopic]]:
        """Every camera's image and calibration."""
        images, infos = self._images, self._infos
        if image is not None:
            images = [self._named(image, '--image', IMAGE_TYPES)]
        if camera_info is not None:
            infos = [self._named(camera_info, '--camera-info', (CAMERA_INFO_TYPE,))]
        if not images:
            raise self._missing('a camera image')
        if not infos:
            raise self._missing('a calibration (CameraInfo)')
        if len(images) == len(infos) == 1:
            return [(images[0], infos[0])]
        found = []
        for info in infos:
            beside = [each for each in images if _is_beside(info, each)]
            if beside:
                found.append((self._only(beside, f'image beside {info.name}', '--image'), info))
        if not found and len(images) > 1:
            raise self._ambiguous(images, 'image with a camera_info beside it', '--image')
        if not found:
            raise self._ambiguous(infos, f'calibration of {images[0].name}', '--camera-info')
        return found

    def depth_source(
        self, image: BagTopic, num_cameras: int, points: str | None, sparse_depth: str | None
    ) -> dict[str, str]:
        """The field of CameraTopics to set."""
        if points is not None and sparse_depth is not None:
            given = f'--points {points} and --sparse-depth {sparse_depth}'
            raise self._error('one depth source', given, 'give one of the two')
        if points is not None:
            return {'points': self._named(points, '--points', (POINT_CLOUD_TYPE,)).name}
        if sparse_depth is not None:
            return {'sparse_depth': self._named(sparse_depth, '--sparse-depth', IMAGE_TYPES).name}
        if self._clouds:
            return {'points': self._only(self._clouds, 'cloud', '--points').name}
        namespace = f'{namespace_of(image.name)}/'
        depth_images = [
            each
            for each in self._depth_images
            if num_cameras == 1 or each.name.startswith(namespace)
        ]
        if not depth_images:
            raise self._missing(f'a cloud (PointCloud2) or sparse depth for {image.name}')
        return {'sparse_depth': self._only(depth_images, 'depth image', '--sparse-depth').name}

    def _of_type(self, type_name: str) -> list[BagTopic]:
        return [topic for topic in self._topics if topic.type_name == type_name]

    def _named(self, name: str, option: str, type_names: tuple[str, ...]) -> BagTopic:
        """The topic a user named; an image may be named without its transport."""
        by_name = {topic.name: topic for topic in self._topics if topic.type_name in type_names}
        for wanted in (name, *(f'{name}{transport}' for transport in _TRANSPORTS)):
            if wanted in by_name:
                return by_name[wanted]
        short_names = ' or '.join(type_name.rpartition('/')[2] for type_name in type_names)
        raise self._error(f'{option} {name} of type {short_names}', self._holds(), 'name another')

    def _only(self, candidates: list[BagTopic], what: str, option: str) -> BagTopic:
        if len(candidates) > 1:
            raise self._ambiguous(candidates, what, option)
        return candidates[0]

    def _ambiguous(self, candidates: list[BagTopic], what: str, option: str) -> DataFileError:
        names = ', '.join(topic.name for topic in candidates)
        got = f'{names} (the bag holds {self._holds()})'
        return self._error(f'one {what}', got, f'choose with {option} TOPIC')

    def _missing(self, wanted: str) -> DataFileError:
        kinds = {'Image': self._images, 'CameraInfo': self._infos, 'PointCloud2': self._clouds}
        absent = ' and '.join(f'no {kind}' for kind, found in kinds.items() if not found)
        remedy = 'record these topics too'
        packets = next((each for each in self._topics if each.type_name in _PACKET_TYPES), None)
        if packets is not None and not self._clouds:
            remedy = (
                f'convert {packets.name} to a PointCloud2 with '
                f'{_PACKET_TYPES[packets.type_name]} first, and record a camera with it'
            )
        return self._error(wanted, f'{absent}, only {self._holds()}', remedy)

    def _holds(self) -> str:
        return ', '.join(map(str, self._topics)) or 'no messages'

    def _error(self, expected: str, got: str, remedy: str) -> DataFileError:
        return DataFileError(expected=expected, got=got, where=self._path, remedy=remedy)


def _is_beside(info: BagTopic, image: BagTopic) -> bool:
    return info.name.rpartition('/')[0] == namespace_of(image.name)


def _raw_first(topics: Iterable[BagTopic]) -> list[BagTopic]:
    """One topic an image: the raw one where it was recorded."""
    by_base: dict[str, BagTopic] = {}
    for topic in sorted(topics, key=lambda topic: topic.type_name != IMAGE_TYPE):
        by_base.setdefault(base_topic(topic.name), topic)
    return sorted(by_base.values(), key=lambda topic: topic.name)


def _shows_depth(reader: BagReader, topic: BagTopic) -> bool:
    """Whether an image topic carries depth, told by its first message.

    mono16 is depth for some drivers and a grey picture for others; the topic's name decides.
    """
    first = next(reader.messages([topic.name]), None)
    if first is None:
        return False
    try:
        message = first.read()
    except SensorInputError:
        return False  # counted and reported when the stream comes to it
    if topic.type_name == COMPRESSED_IMAGE_TYPE:
        declared: str = message.format
        return 'compressedDepth' in declared or declared.split(';')[0] in ('16UC1', '32FC1')
    if message.encoding == 'mono16':
        return 'depth' in topic.name
    return message.encoding in DEPTH_ENCODINGS
