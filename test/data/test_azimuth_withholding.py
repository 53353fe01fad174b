"""Whole directions of a scan are kept back."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.data.azimuth_withholding import AzimuthWithholding


def ring_of_points(number: int = 360) -> LidarScan:
    """One point in the middle of every degree, 10 m away; the ring field numbers them."""
    azimuth = np.radians(np.arange(number) * 360 / number + 180 / number)
    points = np.stack([10 * np.cos(azimuth), 10 * np.sin(azimuth), np.zeros(number)], axis=1)
    return LidarScan(
        points_m=points.astype(np.float32),
        stamp_ns=0,
        frame_id='lidar',
        ring=np.arange(number, dtype=np.int32),
    )


def test_blocks_of_the_chosen_width_are_withheld() -> None:
    kept, withheld = AzimuthWithholding(every=5, block_deg=4.0).split(ring_of_points())
    assert withheld.ring is not None
    # Blocks 0, 5, 10, ... : degrees 0 to 3, 20 to 23, 40 to 43, ...
    assert withheld.ring.tolist() == [d for d in range(360) if d % 20 < 4]
    assert len(kept.points_m) + len(withheld.points_m) == 360


def test_another_first_block_withholds_other_directions() -> None:
    _, first = AzimuthWithholding(every=3, block_deg=10.0, first=0).split(ring_of_points())
    _, second = AzimuthWithholding(every=3, block_deg=10.0, first=1).split(ring_of_points())
    assert first.ring is not None
    assert second.ring is not None
    assert not set(first.ring.tolist()) & set(second.ring.tolist())


@given(every=st.integers(2, 9), block_deg=st.floats(0.5, 180.0))
def test_every_point_is_either_kept_or_withheld(every: int, block_deg: float) -> None:
    kept, withheld = AzimuthWithholding(every=every, block_deg=block_deg).split(ring_of_points())
    assert kept.ring is not None
    assert withheld.ring is not None
    assert sorted([*kept.ring.tolist(), *withheld.ring.tolist()]) == list(range(360))


def test_a_scan_without_rings_is_split_too() -> None:
    scan = LidarScan(points_m=ring_of_points().points_m, stamp_ns=0, frame_id='lidar')
    kept, withheld = AzimuthWithholding().split(scan)
    assert kept.ring is None
    assert len(withheld.points_m) == 72


@pytest.mark.parametrize(
    'build',
    [
        lambda: AzimuthWithholding(every=1),
        lambda: AzimuthWithholding(every=3, first=3),
        lambda: AzimuthWithholding(block_deg=0.0),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(build: Callable[[], object]) -> None:
    with pytest.raises(ConfigError, match='AzimuthWithholding'):
        build()
