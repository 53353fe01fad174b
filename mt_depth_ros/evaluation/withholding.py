"""Keeping part of a LiDAR scan out of the input, to score the prediction where it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
import re

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import BoolImage
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.sensors import LidarScan

ELEVATION_BAND_DEG = 0.42
"""Height of a band standing in for a ring where the cloud does not tell rings: about the
spacing of a 64-beam scanner (26.8 degrees / 64)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RingWithholding:
    """Takes every n-th ring, or elevation band, out of a scan.

    Rings are counted by the cloud's own ring field. Without one, a point's band is
    ``floor(elevation / 0.42 degrees)`` with the elevation ``atan2(z, hypot(x, y))`` in the
    LiDAR's frame. Ring or band numbers divisible by ``every`` are withheld.

    Attributes:
        every: n, at least 2.
    """

    every: int

    def split(self, scan: LidarScan) -> tuple[LidarScan, LidarScan]:
        """Splits a scan.

        Returns:
            kept: what the completer may see.
            withheld: what it is scored on.
        """
        withheld = ring_numbers(scan) % self.every == 0
        return _part(scan, ~withheld), _part(scan, withheld)


def parse_withholding(text: str) -> RingWithholding:
    """Reads ``rings:N``.

    Raises:
        ConfigError: anything else, or N < 2.
    """
    match = re.fullmatch(r'rings:(\d+)', text)
    if match is None or int(match[1]) < 2:
        raise ConfigError(
            expected="'rings:N' with N >= 2 (every N-th ring is kept out of the input)",
            got=repr(text),
            where='--withhold',
            remedy='for example --withhold rings:5',
        )
    return RingWithholding(every=int(match[1]))


def ring_numbers(scan: LidarScan) -> NDArray[np.int64]:
    """(N,) the ring of each point, or its elevation band where the scan has no rings."""
    if scan.ring is not None:
        return scan.ring.astype(np.int64)
    x, y, z = scan.points_m.astype(np.float64).T
    elevation_deg = np.degrees(np.arctan2(z, np.hypot(x, y)))
    band: NDArray[np.int64] = np.floor(elevation_deg / ELEVATION_BAND_DEG).astype(np.int64)
    return band


def _part(scan: LidarScan, chosen: BoolImage) -> LidarScan:
    ring = None if scan.ring is None else scan.ring[chosen]
    return replace(scan, points_m=scan.points_m[chosen], ring=ring)
