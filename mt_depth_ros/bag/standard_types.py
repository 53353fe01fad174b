"""The message types of a plain ROS 2 installation, as rosbags knows them."""

from __future__ import annotations

import functools

from rosbags.typesys import get_typestore, Stores
from rosbags.typesys.store import Typestore

IMAGE_TYPE = 'sensor_msgs/msg/Image'
COMPRESSED_IMAGE_TYPE = 'sensor_msgs/msg/CompressedImage'
CAMERA_INFO_TYPE = 'sensor_msgs/msg/CameraInfo'
POINT_CLOUD_TYPE = 'sensor_msgs/msg/PointCloud2'
TRANSFORMS_TYPE = 'tf2_msgs/msg/TFMessage'


@functools.cache
def standard_types() -> Typestore:
    """The types we read and write.

    Bags older than Iron carry no definitions. Those of the types above have had the same type
    hash from Foxy to the newest distribution, so one store reads them all.
    """
    return get_typestore(Stores.LATEST)
