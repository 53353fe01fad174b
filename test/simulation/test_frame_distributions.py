from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.simulation.frame_distributions import (
    depth_shares,
    genuine_distributions,
    instance_sizes,
)


def test_every_pixel_counts_in_one_interval() -> None:
    depth_m = np.array([[4.99, 5.0, 7.0, 249.0], [250.5, 600.0, np.inf, np.inf]], np.float32)
    shares = depth_shares(depth_m)
    assert shares['0 .. 5 m'] == 1 / 8
    assert shares['5 .. 10 m'] == 2 / 8
    assert shares['120 .. 250 m'] == 1 / 8
    assert shares['beyond 250 m'] == 2 / 8
    assert shares['sky'] == 2 / 8
    assert sum(shares.values()) == 1.0


def test_sizes_are_of_instances_not_of_the_background() -> None:
    ids = np.zeros((10, 10), np.uint8)
    ids[0, :2], ids[1, :6], ids[2] = 1, 4, 7
    figures = instance_sizes(ids)
    assert figures['instances'] == 3
    assert figures['pixels in instances'] == 0.18
    # Of 2, 6 and 10 pixels; the quarter lies half way from 2 to 6.
    assert figures['instance size, 25 % (pixels)'] == 4
    assert figures['instance size, 50 % (pixels)'] == 6


def test_a_frame_without_instances_has_no_sizes() -> None:
    figures = instance_sizes(np.zeros((4, 4), np.uint8))
    assert figures['instances'] == 0
    assert np.isnan(figures['instance size, 50 % (pixels)'])


def test_the_genuine_frame_is_read_as_counted_by_hand(shared_data) -> None:
    figures = genuine_distributions(shared_data / 'vkitti2_format')
    assert figures['sky'] == pytest.approx(0.139008, abs=1e-6)
    assert figures['5 .. 10 m'] == pytest.approx(0.2356, abs=1e-4)
    assert figures['instances'] == 39
    assert figures['instance size, 50 % (pixels)'] == 22
