"""Keeping whole directions of a LiDAR scan out of the input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from mt_depth_ros.core.arrays import BoolImage
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.data.sampling_checks import refused


class ScanWithholding(Protocol):
    """Splits a scan into input and supervision."""

    def split(self, scan: LidarScan) -> tuple[LidarScan, LidarScan]:
        """Splits a scan.

        Returns:
            kept: what a completer may see.
            withheld: what it learns from or is scored on.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class AzimuthWithholding:
    """Takes every n-th block of directions out of a scan.

    A point's block is ``floor(azimuth / block_deg)`` with the azimuth ``atan2(y, x)`` in the
    LiDAR's frame, from 0 to 360 degrees. Blocks whose number leaves ``first`` when divided by
    ``every`` are withheld. Unlike rings, a block leaves a gap as high as the field of view.

    Attributes:
        every: n, at least 2.
        block_deg: width of a block, above 0 and at most 180.
        first: which of n blocks; at least 0 and below n.

    Raises:
        ConfigError: a value out of range.
    """

    every: int = 5
    block_deg: float = 4.0
    first: int = 0

    def __post_init__(self) -> None:
        if self.every < 2 or not 0 <= self.first < self.every:
            raise refused('AzimuthWithholding', 'every >= 2 and 0 <= first < every', self)
        if not 0.0 < self.block_deg <= 180.0:
            raise refused('AzimuthWithholding, block_deg', 'in (0, 180]', self.block_deg)

    def split(self, scan: LidarScan) -> tuple[LidarScan, LidarScan]:
        """Splits a scan.

        Returns:
            kept: what a completer may see.
            withheld: what it learns from or is scored on.
        """
        x, y, _ = scan.points_m.astype(np.float64).T
        block = np.floor(np.degrees(np.arctan2(y, x)) % 360.0 / self.block_deg)
        withheld = block.astype(np.int64) % self.every == self.first
        return _part(scan, ~withheld), _part(scan, withheld)


def _part(scan: LidarScan, chosen: BoolImage) -> LidarScan:
    ring = None if scan.ring is None else scan.ring[chosen]
    return replace(scan, points_m=scan.points_m[chosen], ring=ring)
