"""Reads rosbag2 recordings without ROS."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from rosbags.interfaces import Connection, ConnectionExtRosbag2, QosDurability
from rosbags.rosbag2 import Reader
from rosbags.serde import SerdeError

from mt_depth_ros.bag.standard_types import standard_types
from mt_depth_ros.core.errors import DataFileError, SensorInputError

_EXPECTED_BAG = 'a rosbag2 folder, or an .mcap or .db3 file'
_STORAGE_SUFFIXES = ('.mcap', '.db3')


@dataclass(frozen=True, slots=True)
class BagTopic:
    """One topic of a bag.

    Attributes:
        name: with its namespace.
        type_name: as in ``sensor_msgs/msg/Image``.
        num_messages: how many were recorded.
        is_readable: whether the type is one of ROS 2's own, which can be decoded here.
    """

    name: str
    type_name: str
    num_messages: int
    is_readable: bool

    def __str__(self) -> str:
        return f'{self.name} ({self.type_name}, {self.num_messages} messages)'


@dataclass(frozen=True, slots=True, eq=False)
class BagMessage:
    """One recorded message, still serialized.

    Attributes:
        topic: its topic's name.
        type_name: as in ``sensor_msgs/msg/Image``.
        receive_time_ns: when the recorder received it, nanoseconds.
        serialized: CDR.
        connection: what the bag says of the topic, for copying it to another bag.
    """

    topic: str
    type_name: str
    receive_time_ns: int
    serialized: bytes
    connection: Connection

    def read(self) -> Any:
        """Deserializes the message; arrays share memory with ``serialized``.

        Returns:
            A dataclass with the fields of the ROS message.

        Raises:
            SensorInputError: the bytes are no such message (reason ``malformed_message``).
        """
        try:
            return standard_types().deserialize_cdr(self.serialized, self.type_name)
        except SerdeError as error:
            raise SensorInputError(
                reason='malformed_message',
                expected=self.type_name,
                got=f'{len(self.serialized)} bytes that are none ({error})',
                where=self.topic,
                remedy='the recording is damaged there; record it again',
            ) from error


class BagReader:
    """Reads a rosbag2 recording: MCAP or SQLite3, plain or zstd-compressed.

    A context manager::

        with BagReader('recording') as bag:
            for message in bag.messages(['/points']):
                print(message.receive_time_ns, message.read().width)

    Args:
        path: a rosbag2 folder, or a single .mcap or .db3 file.

    Raises:
        DataFileError: on entering: the path is missing, no rosbag2 or damaged.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._reader: Reader | None = None

    def __enter__(self) -> BagReader:
        _check_is_bag(self.path)
        try:
            reader = Reader(self.path)
            reader.open()
        except Exception as error:  # rosbags lets what a damaged file causes through as it is
            raise self._damaged(error) from error
        self._reader = reader
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()
        self._reader = None

    @property
    def topics(self) -> tuple[BagTopic, ...]:
        """Every topic, by name."""
        counts: dict[tuple[str, str], int] = {}
        for connection in self._opened.connections:
            key = connection.topic, connection.msgtype
            counts[key] = counts.get(key, 0) + connection.msgcount
        return tuple(
            BagTopic(name, type_name, count, type_name in standard_types().fielddefs)
            for (name, type_name), count in sorted(counts.items())
        )

    @property
    def latched_topics(self) -> frozenset[str]:
        """The topics whose recorded publisher kept messages for late joiners."""
        return frozenset(
            connection.topic
            for connection in self._opened.connections
            if isinstance(connection.ext, ConnectionExtRosbag2)
            and any(
                qos.durability is QosDurability.TRANSIENT_LOCAL
                for qos in connection.ext.offered_qos_profiles
            )
        )

    def messages(
        self,
        topics: Collection[str] | None = None,
        *,
        start_ns: int | None = None,
        stop_ns: int | None = None,
    ) -> Iterator[BagMessage]:
        """Reads messages in the order they were received in.

        Args:
            topics: names of topics; None: all. Messages of types that are not ROS 2's own are
                left out.
            start_ns: first receive time to read, nanoseconds; None: from the start.
            stop_ns: first receive time not to read, nanoseconds; None: to the end.

        Raises:
            DataFileError: the bag is damaged at this place.
        """
        connections = [
            connection
            for connection in self._opened.connections
            if connection.msgtype in standard_types().fielddefs
            and (topics is None or connection.topic in topics)
        ]
        if not connections:
            return
        recorded = self._opened.messages(connections, start=start_ns, stop=stop_ns)
        num_read = 0
        while True:
            try:
                connection, receive_time_ns, serialized = next(recorded)
            except StopIteration:
                break
            except Exception as error:  # see __enter__
                raise self._damaged(error) from error
            num_read += 1
            yield BagMessage(
                connection.topic, connection.msgtype, receive_time_ns, serialized, connection
            )
        num_promised = sum(connection.msgcount for connection in connections)
        reads_all = start_ns is None and stop_ns is None
        if reads_all and num_read == 0 and num_promised > 0:
            raise self._damaged(
                f'metadata of {num_promised} messages, none of which is in the storage'
            )

    @property
    def _opened(self) -> Reader:
        if self._reader is None:
            raise ValueError('BagReader: expected to be used in a with statement')
        return self._reader

    def _damaged(self, cause: object) -> DataFileError:
        return DataFileError(
            expected='a complete rosbag2 recording',
            got=f'a damaged or unfinished one ({cause})',
            where=str(self.path),
            remedy='repair it with "ros2 bag reindex" (SQLite3) or "mcap recover" (MCAP), or '
            'record it again and let the recorder finish',
        )


def _check_is_bag(path: Path) -> None:
    """Tells what is wrong with a path before anything is opened."""
    got, remedy = '', 'check the path'
    if not path.exists():
        got = 'nothing there'
    elif path.is_dir():
        if not (path / 'metadata.yaml').exists():
            got = 'a folder without metadata.yaml'
            if any(file.suffix in _STORAGE_SUFFIXES for file in path.iterdir()):
                remedy = 'run "ros2 bag reindex", or give the .mcap or .db3 file in it'
    elif path.suffix == '.bag':
        got = 'a ROS 1 bag'
        remedy = f'convert it: rosbags-convert --src {path.name} --dst {path.stem}'
    elif path.suffix not in _STORAGE_SUFFIXES:
        got = f'a file {path.name!r}'
        if path.suffix in ('.zstd', '.yaml'):
            remedy = 'give the folder it is in'
    if got:
        raise DataFileError(expected=_EXPECTED_BAG, got=got, where=str(path), remedy=remedy)
