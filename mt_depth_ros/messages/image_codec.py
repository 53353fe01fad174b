"""Raw colour images to and from messages."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mt_depth_ros.core.arrays import AnyArray
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.sensors import CameraImage
from mt_depth_ros.messages.header_codec import frame_id_from, stamp_ns_from
from mt_depth_ros.messages.image_pixels import view_pixels
from mt_depth_ros.messages.message_layouts import ImageLayout
from mt_depth_ros.messages.message_protocols import ImageMessage


@dataclass(frozen=True, slots=True)
class _ColourEncoding:
    """How pixels of one encoding become RGB.

    Attributes:
        channels: values a pixel.
        dtype: numpy name of one value.
        to_rgb: OpenCV conversion code, None when it is RGB already.
    """

    channels: int
    dtype: str
    to_rgb: int | None


# 8UC3 and 8UC4 name no channel order; like cv_bridge we take OpenCV's, blue first.
_COLOUR_ENCODINGS = {
    'rgb8': _ColourEncoding(3, 'u1', None),
    'bgr8': _ColourEncoding(3, 'u1', cv2.COLOR_BGR2RGB),
    'rgba8': _ColourEncoding(4, 'u1', cv2.COLOR_RGBA2RGB),
    'bgra8': _ColourEncoding(4, 'u1', cv2.COLOR_BGRA2RGB),
    'mono8': _ColourEncoding(1, 'u1', cv2.COLOR_GRAY2RGB),
    '8UC1': _ColourEncoding(1, 'u1', cv2.COLOR_GRAY2RGB),
    '8UC3': _ColourEncoding(3, 'u1', cv2.COLOR_BGR2RGB),
    '8UC4': _ColourEncoding(4, 'u1', cv2.COLOR_BGRA2RGB),
    'mono16': _ColourEncoding(1, 'u2', cv2.COLOR_GRAY2RGB),
    'rgb16': _ColourEncoding(3, 'u2', None),
    'bgr16': _ColourEncoding(3, 'u2', cv2.COLOR_BGR2RGB),
    'rgba16': _ColourEncoding(4, 'u2', cv2.COLOR_RGBA2RGB),
    'bgra16': _ColourEncoding(4, 'u2', cv2.COLOR_BGRA2RGB),
}

SUPPORTED_COLOUR_ENCODINGS = tuple(_COLOUR_ENCODINGS)
"""What :func:`decode_image` reads; cv_bridge, where installed, reads the rest."""

# encoding -> (channels, dtype) of what we publish and record.
_WRITTEN_ENCODINGS = {
    'rgb8': (3, 'u1'),
    'bgr8': (3, 'u1'),
    'mono8': (1, 'u1'),
    '16UC1': (1, 'u2'),
    '32FC1': (1, 'f4'),
}


def decode_image(message: ImageMessage, *, where: str) -> CameraImage:
    """Reads a raw colour or grey image.

    rgb8 is not copied: the result shares memory with the message. 16-bit values lose their
    lower byte, which no 8-bit network or picture would show.

    Args:
        message: a sensor_msgs/Image.
        where: the topic, for errors.

    Raises:
        SensorInputError: with reason ``unsupported_encoding``, ``empty_image``, ``bad_layout``,
            ``truncated_image`` or ``malformed_data``.
    """
    encoding = _COLOUR_ENCODINGS.get(message.encoding)
    if encoding is None:
        raise SensorInputError(
            reason='unsupported_encoding',
            expected=f'a colour encoding out of {", ".join(SUPPORTED_COLOUR_ENCODINGS)}',
            got=repr(message.encoding),
            where=where,
            remedy=_encoding_remedy(message.encoding),
        )
    pixels = view_pixels(message, dtype=encoding.dtype, channels=encoding.channels, where=where)
    if encoding.dtype == 'u2':
        pixels = (pixels >> 8).astype(np.uint8)
    if encoding.to_rgb is not None:
        pixels = cv2.cvtColor(pixels, encoding.to_rgb)
    return CameraImage(
        image_rgb=pixels,
        stamp_ns=stamp_ns_from(message.header.stamp),
        frame_id=frame_id_from(message.header),
    )


def _encoding_remedy(encoding: str) -> str:
    """What a user can do about an image that is not a colour image we read."""
    if encoding in ('16UC1', '32FC1'):
        return 'this looks like depth: give it as sparse depth, and a colour topic as the image'
    return (
        'publish one of these, or install cv_bridge, which the node uses for Bayer and YUV '
        'images where it is installed'
    )


def encode_image(pixels: AnyArray, encoding: str) -> ImageLayout:
    """Lays out an image as rgb8, bgr8, mono8, 16UC1 or 32FC1, little-endian and without padding.

    Args:
        pixels: (H, W, 3) uint8 for rgb8 and bgr8, (H, W) uint8, uint16 or float32 for the others.
            The result shares its memory where it is contiguous.
        encoding: the name to write; values and channel order are the caller's.

    Raises:
        ValueError: the encoding is none of these, or does not fit the array.
    """
    if encoding not in _WRITTEN_ENCODINGS:
        raise ValueError(f'encoding: expected one of {list(_WRITTEN_ENCODINGS)}, got {encoding!r}')
    channels, dtype = _WRITTEN_ENCODINGS[encoding]
    tail = (channels,) if channels > 1 else ()
    if pixels.dtype != np.dtype(dtype) or pixels.ndim < 2 or pixels.shape[2:] != tail:
        raise ValueError(
            f'{encoding}: expected ({", ".join(("H", "W", *map(str, tail)))}) '
            f'{np.dtype(dtype)}, got {pixels.shape} {pixels.dtype}'
        )
    little = np.ascontiguousarray(pixels, dtype=f'<{dtype}')
    height, width = pixels.shape[:2]
    return ImageLayout(
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=False,
        step=width * channels * little.itemsize,
        data=little.reshape(-1).view(np.uint8),
    )
