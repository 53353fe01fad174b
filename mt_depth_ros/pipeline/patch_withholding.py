"""Choosing the measurements that are kept out of a frame's input, in patches of the image.

Single points would be no test: their neighbours on the same scan line are two pixels away, and
all that would be measured is interpolation along the line. A patch as large as the gap between
the lines leaves a hole of the kind a completer has to fill everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import AnyArray, BoolImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.types import DepthMeasurements
from mt_depth_ros.pipeline.ring_gap import ring_gap_px

LARGEST_LOSS = 0.25
"""A frame whose patches would take more of its measurements than this gives none away."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Patches:
    """Which measurements of a frame are kept out.

    Attributes:
        withheld: (N,) bool.
        patch: (N,) int64, the patch each measurement lies in, withheld or not.
        gap_px: between the measured lines.
        size_px: height and width of a patch.
    """

    withheld: BoolImage
    patch: NDArray[np.int64]
    gap_px: float
    size_px: float


def choose_patches(
    measurements: DepthMeasurements, camera: RectifiedCamera, *, stamp_ns: int, share: float
) -> Patches | None:
    """Chooses patches by a hash of stamp and place, so that the same frame gives the same.

    The image is divided into squares as large as the gap between its measured lines; where the
    division begins is drawn from the stamp. Each square is kept out with probability ``share``,
    whatever the others are.

    Args:
        measurements: of the frame.
        camera: the grid they are measured on.
        stamp_ns: of the image.
        share: of the image to keep out, in [0, 1).

    Returns:
        The patches; None where there are no lines to tell a gap by, or too few measurements to
        give any away.
    """
    gap_px = ring_gap_px(measurements, camera)
    if not gap_px < min(camera.height, camera.width) / 2:
        return None
    size_px = gap_px
    seed = _mixed(np.array([stamp_ns % (1 << 64)], np.uint64))
    begin_u, begin_v = _fraction(_mixed(seed + _GOLDEN))[0], _fraction(_mixed(seed))[0]
    column = _square(measurements.u_px, size_px, begin_u)
    row = _square(measurements.v_px, size_px, begin_v)
    num_columns = int(camera.width / size_px) + 3
    patch = row * num_columns + column
    num_patches = (int(camera.height / size_px) + 3) * num_columns
    number = np.arange(num_patches, dtype=np.uint64)
    is_withheld = _fraction(_mixed(seed ^ _mixed(number + _GOLDEN))) < share
    withheld = is_withheld[patch]
    if withheld.mean() > LARGEST_LOSS:
        return None
    return Patches(withheld=withheld, patch=patch, gap_px=gap_px, size_px=size_px)


def _square(position_px: AnyArray, size_px: float, begin: float) -> NDArray[np.int64]:
    # Positions begin at -0.5, hence 1 more, so that truncating is flooring.
    return (position_px / np.float32(size_px) + np.float32(begin + 1)).astype(np.int64)


def _mixed(number: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014); wraps on purpose."""
    mixed = number.copy()
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _fraction(number: NDArray[np.uint64]) -> NDArray[np.float64]:
    """In [0, 1), of the upper 53 bits."""
    return (number >> np.uint64(11)).astype(np.float64) / (1 << 53)
