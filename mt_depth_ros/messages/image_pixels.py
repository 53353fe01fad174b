"""The pixels inside a raw Image message, seen as an array without copying them."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.core.arrays import AnyArray
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.message_bytes import bytes_of
from mt_depth_ros.messages.message_protocols import ImageMessage


def view_pixels(message: ImageMessage, *, dtype: str, channels: int, where: str) -> AnyArray:
    """Lays the message's height, width, step and byte order over its data.

    Args:
        message: a raw image.
        dtype: numpy name of one value without byte order, e.g. ``'u2'``.
        channels: values a pixel.
        where: the topic, for errors.

    Returns:
        (H, W) for one channel, else (H, W, channels); a view of the message's data in the
        message's byte order, whose rows may lie apart (``step``).

    Raises:
        SensorInputError: the image has no pixels (reason ``empty_image``), a row does not fit
            into its step (``bad_layout``) or the data ends too early (``truncated_image``).
    """
    height, width, step = int(message.height), int(message.width), int(message.step)
    value_bytes = np.dtype(dtype).itemsize
    row_bytes = width * channels * value_bytes
    data = bytes_of(message.data, where=where)
    if height == 0 or width == 0:
        raise SensorInputError(
            reason='empty_image',
            expected='an image with pixels',
            got=f'{width} x {height}',
            where=where,
            remedy='check the camera driver',
        )
    if step < row_bytes:
        raise SensorInputError(
            reason='bad_layout',
            expected=f'step of at least {row_bytes} bytes for {width} pixels of '
            f'{message.encoding}',
            got=f'step {step}',
            where=where,
            remedy='check width, encoding and step in the camera driver',
        )
    # Some drivers leave the padding of the last row away.
    needed_bytes = (height - 1) * step + row_bytes
    if len(data) < needed_bytes:
        raise SensorInputError(
            reason='truncated_image',
            expected=f'{needed_bytes} bytes for {width} x {height} {message.encoding}, '
            f'step {step}',
            got=f'{len(data)} bytes',
            where=where,
            remedy='check the camera driver and the transport for cut messages',
        )
    order = '>' if message.is_bigendian else '<'
    shape: tuple[int, ...] = (height, width, channels)
    strides: tuple[int, ...] = (step, channels * value_bytes, value_bytes)
    if channels == 1:
        shape, strides = shape[:2], strides[:2]
    return np.ndarray(shape, np.dtype(f'{order}{dtype}'), buffer=data, strides=strides)
