from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.simulation.realism import linear_fill_errors


def test_linear_fill_is_exact_on_a_plane_of_linear_depth() -> None:
    depth = np.broadcast_to(np.linspace(5.0, 60.0, 512, dtype=np.float32), (256, 512)).copy()
    mae, rmse = linear_fill_errors(depth, seed=0)
    # Only what lies outside the given pixels' hull takes the nearest, a few columns off.
    assert mae < 0.01
    assert rmse < 0.05


def test_sky_and_what_lies_beyond_the_cap_is_not_scored() -> None:
    depth = np.full((256, 512), 10.0, dtype=np.float32)
    depth[:60], depth[60:80] = np.inf, 200.0
    mae, _ = linear_fill_errors(depth, seed=0)
    # The one edge between 10 m and 200 m (capped to 80 m) spoils a few rows of 176.
    assert mae == pytest.approx(0.0, abs=3.0)
    flat = np.where(np.isfinite(depth) & (depth < 80), depth, np.inf).astype(np.float32)
    assert linear_fill_errors(flat, seed=0) == pytest.approx((0.0, 0.0), abs=1e-9)
