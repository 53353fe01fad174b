from __future__ import annotations

from mt_depth_ros.evaluation.robust_slope import robust_slope


def test_one_outlier_does_not_tilt_the_slope() -> None:
    assert robust_slope([1.0, 3.0, 5.0, 7.0, 100.0], [0.0, 1.0, 2.0, 3.0, 4.0]) == 2.0
