"""The absence of a mask, behind the same interface."""

from __future__ import annotations

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.segmentation.segmenter import merge_instances, Segmentation


class NoMask:
    """Finds nothing in any image."""

    name = 'none'

    def segment(self, image_rgb: ByteImage) -> Segmentation:
        """Gives an empty mask; see :class:`segmenter.Segmenter`."""
        return merge_instances((), height=image_rgb.shape[0], width=image_rgb.shape[1])
