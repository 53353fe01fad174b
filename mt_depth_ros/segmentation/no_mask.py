"""The absence of a mask, behind the same interface."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.segmentation.segmenter import Segmentation


class NoMask:
    """Finds nothing in any image."""

    name = 'none'

    def segment(self, image_rgb: ByteImage) -> Segmentation:
        """Gives an empty mask; see :class:`segmenter.Segmenter`."""
        return Segmentation(mask=np.zeros(image_rgb.shape[:2], dtype=np.bool_))
