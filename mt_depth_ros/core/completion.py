"""What every way of completing depth looks like, learned or classical."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mt_depth_ros.core.arrays import BoolImage, ByteImage, FloatImage
from mt_depth_ros.core.checks import check_array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CompletionInput:
    """What a completer sees, all on one grid of h x w pixels.

    Attributes:
        image_rgb: (h, w, 3) uint8.
        sparse_depth_m: (h, w) float32 metres, 0 = no measurement.
        mask: (h, w) float32 in [0, 1], foreground.
    """

    image_rgb: ByteImage
    sparse_depth_m: FloatImage
    mask: FloatImage

    def __post_init__(self) -> None:
        size = self.sparse_depth_m.shape
        check_array(self.sparse_depth_m, name='sparse_depth_m', shape=(None, None), dtype='f4')
        check_array(self.image_rgb, name='image_rgb', shape=(*size, 3), dtype='u1')
        check_array(self.mask, name='mask', shape=size, dtype='f4')


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CompletedDepth:
    """What a completer answers, on the grid it was asked on.

    Attributes:
        depth_m: (h, w) float32 metres, NaN = no answer.
        uncertainty_m: (h, w) float32 metres, Laplace scale b, NaN where depth is.
        sky: (h, w) bool, or None when the completer does not tell sky.
    """

    depth_m: FloatImage
    uncertainty_m: FloatImage
    sky: BoolImage | None = None


class DepthCompleter(Protocol):
    """Completes sparse depth. Not safe for use by two threads at once."""

    @property
    def name(self) -> str:
        """The name it is selected and reported by."""

    def grid_size(self, camera_size: tuple[int, int]) -> tuple[int, int]:
        """The (h, w) of the grid it runs on, for a camera of (H, W)."""

    def complete(self, given: CompletionInput) -> CompletedDepth:
        """Completes one frame.

        Args:
            given: the frame on a grid of ``grid_size``.

        Returns:
            Depth and uncertainty on the same grid.

        Raises:
            SensorInputError: the frame cannot be completed (for example: no measurement at all).
        """
