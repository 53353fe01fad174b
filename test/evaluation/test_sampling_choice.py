from __future__ import annotations

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.see_through_points import SeeThrough
from mt_depth_ros.data.sparse_degradations import Outliers
from mt_depth_ros.data.sparse_patterns import (
    BernoulliPattern,
    GridPattern,
    LidarLinesPattern,
    MeasuredPattern,
    PointCountPattern,
    SparsePattern,
)
from mt_depth_ros.evaluation.sampling_choice import parse_sampling


@pytest.mark.parametrize(
    ('text', 'pattern'),
    [
        ('bernoulli:0.2', BernoulliPattern(keep_probability=0.2)),
        ('bernoulli', BernoulliPattern(keep_probability=0.05)),
        ('lines:16', LidarLinesPattern(lines=16)),
        ('points:100', PointCountPattern(count=100)),
        ('grid:4x6', GridPattern(rows=4, columns=6)),
        ('measured', MeasuredPattern(keep_every=1)),
        ('measured:4', MeasuredPattern(keep_every=4)),
    ],
)
def test_a_pattern_is_read(text: str, pattern: SparsePattern) -> None:
    assert parse_sampling(text).pattern == pattern


def test_what_goes_wrong_is_applied_in_the_order_it_is_written() -> None:
    sampling = parse_sampling('lines:16+outliers:0.02+see-through')
    assert sampling.degradations == (Outliers(share=0.02), SeeThrough(share=0.5))


@pytest.mark.parametrize('text', ['', 'random:3', 'lines:x', 'grid:4', 'lines:16+fog'])
def test_a_wrong_option_says_what_is_expected(text: str) -> None:
    with pytest.raises(ConfigError, match=r'--sampling .*for example --sampling bernoulli:0.05'):
        parse_sampling(text)


def test_a_number_out_of_range_is_refused_by_the_pattern() -> None:
    with pytest.raises(ConfigError, match=r'keep_probability.*got 7'):
        parse_sampling('bernoulli:7')
