"""What the name of an image topic tells by convention."""

from __future__ import annotations

from typing import Literal, TypeAlias

RectifiedSetting: TypeAlias = Literal['auto', 'true', 'false']


def images_are_rectified(setting: str, image_topic: str) -> bool:
    """Whether a topic carries undistorted images.

    Args:
        setting: ``true``, ``false``, or ``auto``, which goes by the topic's last name: the ROS
            convention for rectified images is ``image_rect``, ``image_rect_color``, ...
        image_topic: resolved name, with or without ``/compressed``.
    """
    if setting != 'auto':
        return setting == 'true'
    name = image_topic.removesuffix('/compressed').rpartition('/')[2]
    return any(word.startswith('rect') for word in name.split('_'))
