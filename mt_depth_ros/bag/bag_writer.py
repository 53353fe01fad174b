"""Writes rosbag2 recordings that ros2 bag, RViz and Foxglove open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from rosbags.interfaces import (
    Connection,
    ConnectionExtRosbag2,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from mt_depth_ros.bag.bag_reader import BagMessage
from mt_depth_ros.bag.message_building import (
    make_camera_info,
    make_compressed_image,
    make_image,
    make_point_cloud,
    make_transforms,
)
from mt_depth_ros.bag.standard_types import (
    CAMERA_INFO_TYPE,
    COMPRESSED_IMAGE_TYPE,
    IMAGE_TYPE,
    POINT_CLOUD_TYPE,
    standard_types,
    TRANSFORMS_TYPE,
)
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.core.transforms import StampedTransform
from mt_depth_ros.messages.message_layouts import (
    CameraInfoLayout,
    CompressedImageLayout,
    ImageLayout,
    PointCloudLayout,
)

Storage = Literal['mcap', 'sqlite3']
Compression = Literal['none', 'zstd']

# Version 9 writes QoS in a way that distributions before Jazzy do not read; 8 is read by all.
_FORMAT_VERSION: Literal[8] = 8
_PLUGINS = {'mcap': StoragePlugin.MCAP, 'sqlite3': StoragePlugin.SQLITE3}
# rosbag2's MCAP plugin compresses its own chunks and knows no compressed messages.
_ZSTD_MODES = {'mcap': CompressionMode.STORAGE, 'sqlite3': CompressionMode.MESSAGE}

_FOREVER = QosTime(9_223_372_036, 854_775_807)


def _qos(durability: QosDurability, depth: int) -> Qos:
    return Qos(
        history=QosHistory.KEEP_LAST,
        depth=depth,
        reliability=QosReliability.RELIABLE,
        durability=durability,
        deadline=_FOREVER,
        lifespan=_FOREVER,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=_FOREVER,
        avoid_ros_namespace_conventions=False,
    )


_SENSOR_QOS = _qos(QosDurability.VOLATILE, 10)
# "ros2 bag play" has one publisher for all static transforms, so it must keep them all for
# whoever subscribes later; transient-local alone would keep the last message.
_STATIC_QOS = _qos(QosDurability.TRANSIENT_LOCAL, 1000)


class BagWriter:
    """Writes a rosbag2 folder; a context manager.

    Leaving it by an exception, Ctrl-C included, finishes the bag with what was written so far.

    Args:
        path: the folder to make.
        storage: MCAP, or SQLite3.
        compression: zstd, by chunk in MCAP and by message in SQLite3.

    Raises:
        DataFileError: on entering: the path exists or cannot be made.
    """

    def __init__(
        self, path: str | Path, *, storage: Storage = 'mcap', compression: Compression = 'none'
    ) -> None:
        self.path = Path(path)
        self._storage = storage
        self._compression = compression
        self._writer: Writer | None = None
        self._connections: dict[tuple[str, str], Connection] = {}

    def __enter__(self) -> BagWriter:
        if self.path.exists():
            raise DataFileError(
                expected='a path that does not exist yet',
                got='something there already',
                where=str(self.path),
                remedy='choose another one or delete it; bags are never overwritten',
            )
        writer = Writer(self.path, version=_FORMAT_VERSION, storage_plugin=_PLUGINS[self._storage])
        if self._compression == 'zstd':
            writer.set_compression(_ZSTD_MODES[self._storage], CompressionFormat.ZSTD)
        try:
            writer.open()
        except OSError as error:
            raise DataFileError(
                expected='a folder that can be made',
                got=f'{error.strerror}',
                where=str(self.path),
                remedy='choose a place where you may write',
            ) from error
        self._writer = writer
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()
        self._writer = None

    def write_image(
        self,
        topic: str,
        layout: ImageLayout,
        *,
        stamp_ns: int,
        frame_id: str,
        receive_time_ns: int,
    ) -> None:
        """Writes a sensor_msgs/Image.

        Args:
            topic: its topic.
            layout: what :func:`~mt_depth_ros.messages.image_codec.encode_image` made.
            stamp_ns: the header's stamp, nanoseconds.
            frame_id: the header's frame.
            receive_time_ns: when it counts as received, nanoseconds; orders the bag.
        """
        message = make_image(layout, stamp_ns, frame_id)
        self._write(topic, IMAGE_TYPE, message, receive_time_ns)

    def write_compressed_image(
        self,
        topic: str,
        layout: CompressedImageLayout,
        *,
        stamp_ns: int,
        frame_id: str,
        receive_time_ns: int,
    ) -> None:
        """Writes a sensor_msgs/CompressedImage; arguments as :meth:`write_image`."""
        message = make_compressed_image(layout, stamp_ns, frame_id)
        self._write(topic, COMPRESSED_IMAGE_TYPE, message, receive_time_ns)

    def write_camera_info(
        self,
        topic: str,
        layout: CameraInfoLayout,
        *,
        stamp_ns: int,
        frame_id: str,
        receive_time_ns: int,
    ) -> None:
        """Writes a sensor_msgs/CameraInfo; arguments as :meth:`write_image`."""
        message = make_camera_info(layout, stamp_ns, frame_id)
        self._write(topic, CAMERA_INFO_TYPE, message, receive_time_ns)

    def write_point_cloud(
        self,
        topic: str,
        layout: PointCloudLayout,
        *,
        stamp_ns: int,
        frame_id: str,
        receive_time_ns: int,
    ) -> None:
        """Writes a sensor_msgs/PointCloud2; arguments as :meth:`write_image`."""
        message = make_point_cloud(layout, stamp_ns, frame_id)
        self._write(topic, POINT_CLOUD_TYPE, message, receive_time_ns)

    def write_static_transforms(
        self, transforms: Sequence[StampedTransform], *, receive_time_ns: int
    ) -> None:
        """Writes transforms to ``/tf_static``, which players keep for late subscribers.

        Args:
            transforms: with their own stamps.
            receive_time_ns: when they count as received, nanoseconds.
        """
        message = make_transforms(transforms)
        self._write('/tf_static', TRANSFORMS_TYPE, message, receive_time_ns)

    def copy(self, message: BagMessage) -> None:
        """Writes a message of another bag as it is, on the same topic.

        Args:
            message: from :meth:`~mt_depth_ros.bag.bag_reader.BagReader.messages`.
        """
        recorded = message.connection.ext
        offered = (
            recorded.offered_qos_profiles if isinstance(recorded, ConnectionExtRosbag2) else ()
        )
        connection = self._connection(message.topic, message.type_name, offered)
        self._opened.write(connection, message.receive_time_ns, message.serialized)

    @property
    def _opened(self) -> Writer:
        if self._writer is None:
            raise ValueError('BagWriter: expected to be used in a with statement')
        return self._writer

    def _write(self, topic: str, type_name: str, message: Any, receive_time_ns: int) -> None:
        serialized = standard_types().serialize_cdr(message, type_name)
        self._opened.write(self._connection(topic, type_name, ()), receive_time_ns, serialized)

    def _connection(self, topic: str, type_name: str, offered: Sequence[Qos]) -> Connection:
        """The topic in this bag; who offers no QoS, or no latched static transforms, gets ours."""
        key = topic, type_name
        if key not in self._connections:
            is_static = topic.endswith('/tf_static')
            ours = _STATIC_QOS if is_static else _SENSOR_QOS
            self._connections[key] = self._opened.add_connection(
                topic,
                type_name,
                typestore=standard_types(),
                offered_qos_profiles=[ours] if is_static or not offered else list(offered),
            )
        return self._connections[key]
