"""Keeping part of a LiDAR scan out of the input, to score the prediction where it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
import re

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import BoolImage
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.data.azimuth_withholding import AzimuthWithholding, ScanWithholding
from mt_depth_ros.data.lidar_lines import line_numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class RingWithholding:
    """Takes every n-th ring, or elevation band, out of a scan.

    Rings are counted by the cloud's own ring field. Without one, a point's band is
    ``floor(elevation / 0.42 degrees)`` with the elevation ``atan2(z, hypot(x, y))`` in the
    LiDAR's frame. Ring or band numbers divisible by ``every`` are withheld.

    Attributes:
        every: n, at least 2.
        keeps_them: the other way round: those rings are kept and all others withheld, which
            leaves the input of a scanner with fewer lines.
    """

    every: int
    keeps_them: bool = False

    def split(self, scan: LidarScan) -> tuple[LidarScan, LidarScan]:
        """Splits a scan.

        Returns:
            kept: what the completer may see.
            withheld: what it is scored on.
        """
        withheld = (ring_numbers(scan) % self.every == 0) != self.keeps_them
        return _part(scan, ~withheld), _part(scan, withheld)


def parse_withholding(text: str) -> ScanWithholding:
    """Reads ``rings:N``, ``keep-rings:N`` or ``azimuth:N``.

    Raises:
        ConfigError: anything else, or N < 2.
    """
    match = re.fullmatch(r'(rings|keep-rings|azimuth):(\d+)', text)
    if match is None or int(match[2]) < 2:
        raise ConfigError(
            expected="'rings:N' (every N-th ring is kept out of the input), 'keep-rings:N' (all "
            "but every N-th ring are) or 'azimuth:N' (every N-th block of 4 degrees is), N >= 2",
            got=repr(text),
            where='--withhold',
            remedy='for example --withhold rings:5',
        )
    every = int(match[2])
    if match[1] == 'azimuth':
        return AzimuthWithholding(every=every)
    return RingWithholding(every=every, keeps_them=match[1] == 'keep-rings')


def ring_numbers(scan: LidarScan) -> NDArray[np.int64]:
    """(N,) the ring of each point, or its elevation band where the scan has no rings."""
    return line_numbers(scan)


def _part(scan: LidarScan, chosen: BoolImage) -> LidarScan:
    ring = None if scan.ring is None else scan.ring[chosen]
    return replace(scan, points_m=scan.points_m[chosen], ring=ring)
