"""JPEG and PNG pictures inside CompressedImage messages."""

from __future__ import annotations

import re

import cv2
import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import AnyArray
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.sensors import CameraImage
from mt_depth_ros.messages.header_codec import frame_id_from, stamp_ns_from
from mt_depth_ros.messages.message_bytes import bytes_of
from mt_depth_ros.messages.message_protocols import CompressedImageMessage

JPEG_START = b'\xff\xd8'
PNG_START = b'\x89PNG\r\n\x1a\n'
# The last chunk of a PNG has no content, so length, name and checksum are always these.
_PNG_END = b'\x00\x00\x00\x00IEND\xaeB`\x82'
# A JPEG marker: FF and a byte that is neither a stuffed zero, a restart marker nor fill.
_JPEG_MARKER = re.compile(rb'\xff[^\x00\xd0-\xd7\xff]')
_JPEG_END, _JPEG_TEMPORARY, _JPEG_START_MARKER = 0xD9, 0x01, 0xD8


def decode_compressed_image(message: CompressedImageMessage, *, where: str) -> CameraImage:
    """Reads a JPEG or PNG picture, whatever its format field says it is.

    The picture's own orientation tag is ignored: calibration belongs to the sensor's rows.
    ``... compressed rgb8`` in the format field means, as in image_transport, that red and blue
    changed places inside the file.

    Args:
        message: a sensor_msgs/CompressedImage.
        where: the topic, for errors.

    Raises:
        SensorInputError: with reason ``unsupported_encoding``, ``empty_image``,
            ``truncated_image`` (the end of the picture is missing, so libjpeg would fill its
            lower part with grey), ``damaged_image`` or ``malformed_data``.
    """
    _refuse_bayer(message.format, where)
    data = bytes_of(message.data, where=where)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = decode_picture(data, flags, format_field=message.format, where=where)
    if 'compressed rgb' not in message.format:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return CameraImage(
        image_rgb=pixels,
        stamp_ns=stamp_ns_from(message.header.stamp),
        frame_id=frame_id_from(message.header),
    )


def decode_picture(
    data: NDArray[np.uint8], flags: int, *, format_field: str, where: str
) -> AnyArray:
    """Decodes a JPEG or PNG file in memory, refusing one that is cut off.

    Args:
        data: (N,) uint8, the file.
        flags: OpenCV's IMREAD flags.
        format_field: the message's format field, for errors.
        where: the topic, for errors.

    Returns:
        (H, W) or (H, W, 3) in OpenCV's channel order, blue first.

    Raises:
        SensorInputError: as :func:`decode_compressed_image`.
    """
    content = data.tobytes()
    if not content:
        raise _error('empty_image', 'a JPEG or PNG picture', 'no data', where)
    if content.startswith(JPEG_START):
        kind, is_complete = 'JPEG', _is_complete_jpeg(content)
    elif content.startswith(PNG_START):
        kind, is_complete = 'PNG', _PNG_END in content
    else:
        got = f'format {format_field!r} whose data starts with {content[:8]!r}'
        raise _error('unsupported_encoding', 'JPEG or PNG data', got, where)
    if not is_complete:
        expected, got = f'a whole {kind} picture', f'{len(content)} bytes without its end'
        raise _error('truncated_image', expected, got, where)
    try:
        pixels: AnyArray | None = cv2.imdecode(data, flags)
    except cv2.error as error:
        expected, got = f'a {kind} picture', f'one that OpenCV refuses ({error.err})'
        raise _error('damaged_image', expected, got, where) from error
    if pixels is None:
        expected, got = f'a {kind} picture', f'{len(content)} bytes that do not decode'
        raise _error('damaged_image', expected, got, where)
    return pixels


def _refuse_bayer(format_field: str, where: str) -> None:
    """Refuses a mosaic that was compressed as it is: it decodes to a grey picture.

    image_transport writes the raw image's encoding first, and last what it was converted to.
    """
    encoding, target = format_field.strip(), format_field.rpartition('compressed')[2].strip()
    if encoding.startswith('bayer_') and (not target or target.startswith('bayer_')):
        raise SensorInputError(
            reason='unsupported_encoding',
            expected='a colour or grey picture',
            got=f'a Bayer mosaic (format {format_field!r})',
            where=where,
            remedy='debayer the raw image, for example with image_proc, and compress the result',
        )


def _is_complete_jpeg(content: bytes) -> bool:
    """Whether the end-of-image marker is there, told from one inside a thumbnail.

    Walks the segments of ITU-T T.81 annex B: those with a length are skipped, the
    entropy-coded data after a scan header is searched for the next marker. Bytes that cameras
    append after the end do no harm.
    """
    position = len(JPEG_START)
    while match := _JPEG_MARKER.search(content, position):
        marker, position = content[match.end() - 1], match.end()
        if marker == _JPEG_END:
            return True
        if marker not in (_JPEG_TEMPORARY, _JPEG_START_MARKER):
            position += int.from_bytes(content[position : position + 2], 'big')
    return False


def _error(reason: str, expected: str, got: str, where: str) -> SensorInputError:
    remedy = {
        'unsupported_encoding': 'publish JPEG or PNG, or use the raw image topic; depth goes in '
        'through the sparse depth topic',
        'truncated_image': 'check the camera driver and the transport for cut messages',
    }.get(reason, 'check the camera driver')
    return SensorInputError(reason=reason, expected=expected, got=got, where=where, remedy=remedy)
