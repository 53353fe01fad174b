"""Images in encodings that our codec does not read (Bayer, YUV), through cv_bridge."""

from __future__ import annotations

from typing import Any

import numpy as np

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.sensors import CameraImage
from mt_depth_ros.messages.header_codec import frame_id_from, stamp_ns_from
from mt_depth_ros.messages.image_codec import decode_image, SUPPORTED_COLOUR_ENCODINGS
from mt_depth_ros.ros.home import optional_package


def decode_any_image(message: Any, *, where: str) -> CameraImage:
    """Reads a raw image: with our codec if it can, else with cv_bridge where installed.

    Args:
        message: a sensor_msgs/Image.
        where: the topic, for errors.

    Raises:
        SensorInputError: neither reads it (reason ``unsupported_encoding``), or as
            :func:`~mt_depth_ros.messages.image_codec.decode_image`.
    """
    if message.encoding in SUPPORTED_COLOUR_ENCODINGS or not message.encoding:
        return decode_image(message, where=where)
    cv_bridge = optional_package('cv_bridge')
    if cv_bridge is None:
        return decode_image(message, where=where)
    try:
        pixels = cv_bridge.CvBridge().imgmsg_to_cv2(message, desired_encoding='rgb8')
    except Exception as error:  # compiled code: its own error, TypeError, KeyError, cv2.error
        raise SensorInputError(
            reason='unsupported_encoding',
            expected='an encoding that our codec or cv_bridge reads',
            got=f'{message.encoding!r} ({error})',
            where=where,
            remedy='publish rgb8 or bgr8',
        ) from error
    return CameraImage(
        image_rgb=np.ascontiguousarray(pixels, dtype=np.uint8),
        stamp_ns=stamp_ns_from(message.header.stamp),
        frame_id=frame_id_from(message.header),
    )
