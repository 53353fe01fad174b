from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.data.azimuth_withholding import AzimuthWithholding
from mt_depth_ros.evaluation.withholding import (
    parse_withholding,
    ring_numbers,
    RingWithholding,
)


def scan(points: list[tuple[float, float, float]], ring: list[int] | None = None) -> LidarScan:
    return LidarScan(
        points_m=np.array(points, np.float32).reshape(-1, 3),
        stamp_ns=1,
        frame_id='lidar',
        ring=None if ring is None else np.array(ring, np.int32),
    )


def test_every_fifth_ring_of_the_ring_field_is_withheld() -> None:
    rings = list(range(12))
    kept, withheld = RingWithholding(every=5).split(scan([(1, 0, 0)] * 12, rings))
    assert withheld.ring is not None
    assert withheld.ring.tolist() == [0, 5, 10]
    assert len(kept.points_m) == 9


def test_without_rings_bands_of_042_degrees_stand_in() -> None:
    # Elevations 0.1, 0.5, -0.1, -2.2 degrees: floor(e / 0.42) = 0, 1, -1, -6.
    elevations = np.radians([0.1, 0.5, -0.1, -2.2])
    points = [(10 * np.cos(e), 0.0, 10 * np.sin(e)) for e in elevations]
    assert ring_numbers(scan(points)).tolist() == [0, 1, -1, -6]


def test_nothing_is_lost_or_invented_by_the_split() -> None:
    rng = np.random.default_rng(0)
    whole = scan([tuple(p) for p in rng.normal(size=(500, 3)) * 10])
    kept, withheld = RingWithholding(every=4).split(whole)
    assert len(kept.points_m) + len(withheld.points_m) == 500
    together = np.concatenate([kept.points_m, withheld.points_m])
    assert sorted(map(tuple, together.tolist())) == sorted(map(tuple, whole.points_m.tolist()))


@pytest.mark.parametrize(
    'text', ['rings:1', 'rings', 'azimuth:1', 'keep-rings', 'points:5', 'rings:x', '']
)
def test_a_wrong_option_says_what_is_expected(text: str) -> None:
    with pytest.raises(ConfigError, match=r'rings:N.*for example --withhold rings:5'):
        parse_withholding(text)


def test_the_option_is_read() -> None:
    assert parse_withholding('rings:5') == RingWithholding(every=5)


def test_the_other_way_round_only_every_fourth_ring_is_kept() -> None:
    withholding = parse_withholding('keep-rings:4')
    kept, withheld = withholding.split(scan([(1, 0, 0)] * 9, list(range(9))))
    assert kept.ring is not None
    assert kept.ring.tolist() == [0, 4, 8]
    assert len(withheld.points_m) == 6


def test_blocks_of_directions_are_withheld_by_name() -> None:
    assert parse_withholding('azimuth:5') == AzimuthWithholding(every=5)
