"""Sizes of the images that commands make."""

from __future__ import annotations

from mt_depth_ros.core.errors import ConfigError

FOCAL_PER_WIDTH = 721.5 / 1242
"""KITTI's focal length, by the width of its images: the same view at any size."""


def parsed_size(size: str) -> tuple[int, int]:
    """Width and height, pixels.

    Raises:
        ConfigError: not two whole numbers above 0 with an x between them.
    """
    width, _, height = size.partition('x')
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise ConfigError(
            expected='width and height in pixels, such as 1242x375',
            got=repr(size),
            where='--size',
            remedy='write both, with an x between them',
        )
    return int(width), int(height)
