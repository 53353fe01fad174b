"""What the camera's grid knows that a coarser one does not."""

from __future__ import annotations

from dataclasses import dataclass

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatImage
from mt_depth_ros.core.checks import check_array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CameraEvidence:
    """What depth from a coarser grid is brought back with.

    Attributes:
        image_rgb: (H, W, 3) uint8.
        sparse_depth_m: (H, W) float32 metres, 0 = no measurement; None: not to be used.
        mask: (H, W) bool, foreground up to its edge; None: there is none that exact.

    Raises:
        ValueError: the arrays are of different sizes or of a wrong dtype.
    """

    image_rgb: ByteImage
    sparse_depth_m: FloatImage | None = None
    mask: BoolImage | None = None

    def __post_init__(self) -> None:
        check_array(self.image_rgb, name='image_rgb', shape=(None, None, 3), dtype='u1')
        size = self.image_rgb.shape[:2]
        if self.sparse_depth_m is not None:
            check_array(self.sparse_depth_m, name='sparse_depth_m', shape=size, dtype='f4')
        if self.mask is not None:
            check_array(self.mask, name='mask', shape=size, dtype='?')
