from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.completion import CompletedDepth
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.pipeline.postprocessing import answer_within_range, RangeConfig, SkyOutput

DEPTH = np.array([[10.0, 130.0, np.nan, 0.0, 50.0]], np.float32)
SKY = np.array([[False, False, False, False, True]])


def answer(sky_output: SkyOutput) -> tuple[list[float], list[float]]:
    completed = CompletedDepth(depth_m=DEPTH, uncertainty_m=np.full_like(DEPTH, 0.5), sky=SKY)
    limits = RangeConfig(max_range_m=120.0, sky_output=sky_output)
    depth_m, uncertainty_m = answer_within_range(completed, limits)
    return depth_m[0].tolist(), uncertainty_m[0].tolist()


@pytest.mark.parametrize(
    ('sky_output', 'expected'),
    [
        ('inf', [10.0, np.inf, np.nan, np.nan, np.inf]),
        ('nan', [10.0, np.nan, np.nan, np.nan, np.nan]),
        ('max_range', [10.0, 120.0, np.nan, np.nan, 120.0]),
        ('keep', [10.0, 130.0, np.nan, np.nan, 50.0]),
    ],
)
def test_sky_and_beyond_range_become_what_was_asked_for(
    sky_output: SkyOutput, expected: list[float]
) -> None:
    depth_m, _ = answer(sky_output)
    np.testing.assert_array_equal(depth_m, expected)


def test_only_answers_have_an_uncertainty() -> None:
    _, uncertainty_m = answer('max_range')
    np.testing.assert_array_equal(uncertainty_m, [0.5, np.nan, np.nan, np.nan, np.nan])


def test_a_range_that_is_empty_is_refused() -> None:
    with pytest.raises(ConfigError, match=r'0 <= min_depth < max_range.*min_depth 5'):
        RangeConfig(min_depth_m=5.0, max_range_m=2.0)
