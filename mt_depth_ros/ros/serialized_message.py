"""Messages as they came over the wire: the header read without decoding the rest.

A callback that stores an image or a cloud only needs its stamp and frame. Decoding the rest costs
milliseconds and is left to the worker, for the messages it really uses.
"""

from __future__ import annotations

from dataclasses import dataclass
import struct
from typing import Any

from rclpy.serialization import deserialize_message

from mt_depth_ros.core.errors import SensorInputError

# CDR: 4 bytes of encapsulation, the stamp (int32, uint32), then the length of the frame id.
_HEADER_START = 4
_CONTENT_START = _HEADER_START + 8
_LITTLE_ENDIAN_BIT = 0x01
_FRAME_START = _CONTENT_START + 4


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SerializedMessage:
    """A message with a std_msgs/Header in front, not decoded.

    Attributes:
        data: the serialized message (CDR).
        message_type: its rclpy class.
        topic: where it came from.
        stamp_ns: the header's stamp, nanoseconds.
        frame_id: the header's frame, without a leading slash.
        received_ns: when it arrived, on the node's clock.
    """

    data: bytes
    message_type: Any
    topic: str
    stamp_ns: int
    frame_id: str
    received_ns: int

    @property
    def content(self) -> bytes:
        """Everything but the stamp: equal for messages that say the same at different times."""
        return self.data[_CONTENT_START:]

    def decode(self) -> Any:
        """The message as rclpy's class.

        Raises:
            SensorInputError: the bytes are no such message (reason ``malformed_message``).
        """
        try:
            return deserialize_message(self.data, self.message_type)
        except Exception as error:  # the middleware raises its own kinds, and RuntimeError
            raise _malformed(self.topic, self.message_type, f'{error}') from error


def read_header(
    data: bytes, *, message_type: Any, topic: str, received_ns: int
) -> SerializedMessage:
    """Reads stamp and frame of a serialized message.

    Args:
        data: the serialized message.
        message_type: its rclpy class, whose first field is a std_msgs/Header.
        topic: where it came from.
        received_ns: when it arrived.

    Raises:
        SensorInputError: too short for a header (reason ``malformed_message``).
    """
    if len(data) < _FRAME_START:
        raise _malformed(topic, message_type, f'{len(data)} bytes')
    order = '<' if data[1] & _LITTLE_ENDIAN_BIT else '>'
    sec, nanosec, length = struct.unpack_from(f'{order}iII', data, _HEADER_START)
    name = data[_FRAME_START : _FRAME_START + length]
    if len(name) < length:
        raise _malformed(topic, message_type, f'a frame id cut off after {len(name)} bytes')
    return SerializedMessage(
        data=data,
        message_type=message_type,
        topic=topic,
        stamp_ns=sec * 1_000_000_000 + nanosec,
        frame_id=name.rstrip(b'\0').decode('utf-8', errors='replace').lstrip('/'),
        received_ns=received_ns,
    )


def with_stamp(data: bytes, stamp_ns: int) -> bytes:
    """The same serialized message with another stamp.

    Args:
        data: a serialized message with a std_msgs/Header in front.
        stamp_ns: nanoseconds.
    """
    order = '<' if data[1] & _LITTLE_ENDIAN_BIT else '>'
    stamp = struct.pack(f'{order}iI', *divmod(stamp_ns, 1_000_000_000))
    return data[:_HEADER_START] + stamp + data[_CONTENT_START:]


def _malformed(topic: str, message_type: Any, got: str) -> SensorInputError:
    return SensorInputError(
        reason='malformed_message',
        expected=f'a serialized {message_type.__name__}',
        got=got,
        where=topic,
        remedy='check that its publisher uses the same message definition',
    )
