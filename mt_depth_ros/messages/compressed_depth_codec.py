"""Depth images as image_transport's compressedDepth plugin sends them.

The data is a header of 12 bytes, then a PNG or RVL image of uint16 codes. The header holds a
format number (int32) and the two parameters A and B (float32) of the inverse-depth quantisation
that 32FC1 goes through: a code c > 0 stands for ``A / (c - B)`` metres, 0 for no measurement. A
16UC1 image is not quantised; its codes are millimetres.
"""

from __future__ import annotations

import struct
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import AnyArray, FloatImage
from mt_depth_ros.core.depth_units import (
    clean_sparse_depth,
    LARGEST_CODE,
    metres_from_millimetres,
    millimetres_from_metres,
)
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.sensors import SparseDepthImage
from mt_depth_ros.messages.compressed_image_codec import decode_picture, PNG_START
from mt_depth_ros.messages.depth_codec import METRES_ENCODING, MILLIMETRE_ENCODINGS
from mt_depth_ros.messages.header_codec import frame_id_from, stamp_ns_from
from mt_depth_ros.messages.message_bytes import bytes_of
from mt_depth_ros.messages.message_layouts import CompressedImageLayout
from mt_depth_ros.messages.message_protocols import CompressedImageMessage
from mt_depth_ros.messages.rvl_codec import decode_rvl

_HEADER = struct.Struct('<iff')
_INVERSE_DEPTH_FORMAT = 0


def decode_compressed_depth(message: CompressedImageMessage, *, where: str) -> SparseDepthImage:
    """Reads compressedDepth (PNG or RVL) and plain 16-bit PNG.

    Args:
        message: a sensor_msgs/CompressedImage whose format is like ``'16UC1; compressedDepth'``,
            ``'32FC1; compressedDepth png'``, ``'16UC1; compressedDepth rvl'`` or, for a PNG
            without the header of 12 bytes, ``'png'`` or ``'16UC1; png compressed'``.
        where: the topic, for errors.

    Raises:
        SensorInputError: with reason ``unsupported_encoding``, ``empty_image``,
            ``truncated_image``, ``damaged_image`` or ``malformed_data``.
    """
    data = bytes_of(message.data, where=where)
    is_plain_png = data[: len(PNG_START)].tobytes() == PNG_START
    encoding = _encoding_of(message.format, is_plain_png, where)
    payload = data if is_plain_png else data[_HEADER.size :]
    if len(payload) == 0:
        expected = f'more than the {_HEADER.size} bytes of the header'
        raise _error('empty_image', expected, f'{len(data)} bytes', where)
    codes = _decode_codes(payload, message.format, where)
    if encoding == METRES_ENCODING:
        depth_m = _metres_from_inverse(codes, data, where)
    else:
        depth_m = metres_from_millimetres(codes)
    return SparseDepthImage(
        depth_m=depth_m,
        stamp_ns=stamp_ns_from(message.header.stamp),
        frame_id=frame_id_from(message.header),
    )


def _encoding_of(format_field: str, is_plain_png: bool, where: str) -> str:
    """What the codes mean, from the part of the format before the semicolon."""
    encoding = format_field.split(';')[0].strip()
    if is_plain_png and encoding in (*MILLIMETRE_ENCODINGS, 'png', ''):
        return MILLIMETRE_ENCODINGS[0]
    if not is_plain_png and encoding in (*MILLIMETRE_ENCODINGS, METRES_ENCODING):
        return encoding
    expected = "'16UC1; compressedDepth', '32FC1; compressedDepth' or a PNG of 16UC1"
    raise _error('unsupported_encoding', expected, f'format {format_field!r}', where)


def _decode_codes(payload: NDArray[np.uint8], format_field: str, where: str) -> NDArray[np.uint16]:
    """(H, W) uint16."""
    if 'rvl' in format_field:
        return decode_rvl(payload, where=where)
    codes: AnyArray = decode_picture(
        payload, cv2.IMREAD_UNCHANGED, format_field=format_field, where=where
    )
    if codes.ndim != 2 or codes.dtype != np.uint16:
        got = f'shape {codes.shape} of {codes.dtype}'
        raise _error('unsupported_encoding', 'a PNG of one 16-bit channel', got, where)
    return codes


def _metres_from_inverse(
    codes: NDArray[np.uint16], data: NDArray[np.uint8], where: str
) -> FloatImage:
    """(H, W) float32 metres, 0 = no measurement, through a table of all 65,536 codes."""
    _, a, b = _HEADER.unpack(data[: _HEADER.size].tobytes())
    if not (np.isfinite(a) and np.isfinite(b) and a > 0):
        expected = 'finite quantisation parameters, the first one positive'
        raise _error('damaged_image', expected, f'{a} and {b}', where)
    all_codes = np.arange(LARGEST_CODE + 1, dtype=np.float64)
    with np.errstate(divide='ignore', over='ignore'):
        table = (a / (all_codes - b)).astype(np.float32)
    table[0] = 0.0
    return clean_sparse_depth(table[codes])


def encode_compressed_depth(
    depth_m: FloatImage,
    encoding: Literal['16UC1', '32FC1'],
    *,
    max_depth_m: float = 100.0,
    quantization: float = 100.0,
) -> CompressedImageLayout:
    """Compresses depth to a PNG as the compressedDepth plugin does.

    Args:
        depth_m: (H, W) float32 metres; NaN, zero and negative mean no measurement.
        encoding: 16UC1 keeps millimetres; 32FC1 quantises the inverse of the depth.
        max_depth_m: only for 32FC1: where the codes end. Farther is saturated to it.
        quantization: only for 32FC1: the plugin's ``depth_quantization``; steps near depth z are
            ``z**2 / (quantization * (quantization + 1))`` metres.
    """
    if encoding == METRES_ENCODING:
        a = quantization * (quantization + 1.0)
        b = 1.0 - a / max_depth_m
        codes = _inverse_from_metres(depth_m, a, b)
        header = _HEADER.pack(_INVERSE_DEPTH_FORMAT, a, b)
    else:
        codes = millimetres_from_metres(depth_m)
        header = _HEADER.pack(_INVERSE_DEPTH_FORMAT, 0.0, 0.0)
    _, png = cv2.imencode('.png', codes)
    return CompressedImageLayout(
        format=f'{encoding}; compressedDepth png',
        data=np.concatenate([np.frombuffer(header, np.uint8), png.reshape(-1)]),
    )


def _inverse_from_metres(depth_m: FloatImage, a: float, b: float) -> NDArray[np.uint16]:
    """(H, W) uint16; saturated at both ends, as a wrapped code would be a false obstacle."""
    is_valid = depth_m > 0
    codes = a / np.where(is_valid, depth_m, 1.0) + b
    codes = np.clip(np.rint(codes), 1.0, LARGEST_CODE)
    return np.where(is_valid, codes, 0.0).astype(np.uint16)


def _error(reason: str, expected: str, got: str, where: str) -> SensorInputError:
    return SensorInputError(
        reason=reason,
        expected=expected,
        got=got,
        where=where,
        remedy='check the publisher of this topic, or give the raw depth topic',
    )
