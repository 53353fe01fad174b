"""Raw depth images to and from messages, as REP-118 defines them."""

from __future__ import annotations

from typing import Literal

import numpy as np

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.depth_units import (
    clean_sparse_depth,
    metres_from_millimetres,
    millimetres_from_metres,
)
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.sensors import SparseDepthImage
from mt_depth_ros.messages.header_codec import frame_id_from, stamp_ns_from
from mt_depth_ros.messages.image_codec import encode_image
from mt_depth_ros.messages.image_pixels import view_pixels
from mt_depth_ros.messages.message_layouts import ImageLayout
from mt_depth_ros.messages.message_protocols import ImageMessage

METRES_ENCODING = '32FC1'
# mono16 is a grey picture by name, but drivers write it for depth and depth_image_proc reads it;
# who gives a topic as sparse depth has said what its values mean.
MILLIMETRE_ENCODINGS = ('16UC1', 'mono16')
DEPTH_ENCODINGS = (METRES_ENCODING, *MILLIMETRE_ENCODINGS)
"""What :func:`decode_depth_image` reads."""


def decode_depth_image(message: ImageMessage, *, where: str) -> SparseDepthImage:
    """Reads a depth image: 32FC1 metres or 16UC1 (also named mono16) millimetres.

    Args:
        message: a sensor_msgs/Image. NaN, infinite, zero and negative mean no measurement.
        where: the topic, for errors.

    Raises:
        SensorInputError: with reason ``unsupported_encoding``, ``empty_image``, ``bad_layout``,
            ``truncated_image`` or ``malformed_data``.
    """
    if message.encoding not in DEPTH_ENCODINGS:
        raise SensorInputError(
            reason='unsupported_encoding',
            expected='depth as 32FC1 metres or 16UC1 millimetres',
            got=repr(message.encoding),
            where=where,
            remedy='give a depth topic here, and the colour topic as the image',
        )
    if message.encoding == METRES_ENCODING:
        values = view_pixels(message, dtype='f4', channels=1, where=where)
        depth_m = clean_sparse_depth(values.astype(np.float32, copy=False))
    else:
        values = view_pixels(message, dtype='u2', channels=1, where=where)
        depth_m = metres_from_millimetres(values.astype(np.uint16, copy=False))
    return SparseDepthImage(
        depth_m=depth_m,
        stamp_ns=stamp_ns_from(message.header.stamp),
        frame_id=frame_id_from(message.header),
    )


def encode_depth_image(
    depth_m: FloatImage, encoding: Literal['32FC1', '16UC1'] = '32FC1'
) -> ImageLayout:
    """Lays out depth as REP-118 wants it.

    Args:
        depth_m: (H, W) float32 metres, NaN = no answer, +Inf = beyond range (REP-117).
        encoding: 32FC1 keeps every value as it is; 16UC1 is saturated, see
            :func:`~mt_depth_ros.core.depth_units.millimetres_from_metres`.
    """
    if encoding == METRES_ENCODING:
        return encode_image(depth_m, encoding)
    return encode_image(millimetres_from_metres(depth_m), encoding)
