from __future__ import annotations

from typing import Any, cast

import pytest

from mt_depth_ros.evaluation.results.result_set import ResultSet
from mt_depth_ros.evaluation.results.tables import taken_for_sky


class Scored:
    """One model's figures, in place of a whole set of results."""

    def __init__(self, figures: dict[str, Any] | None) -> None:
        self._figures = figures

    def model(self, work: str, row: str) -> dict[str, Any] | None:
        return self._figures


def lines(figures: dict[str, Any] | None) -> list[str]:
    return list(taken_for_sky(cast(ResultSet, Scored(figures)), 'real'))


def test_points_answered_with_sky_are_those_without_an_uncertainty() -> None:
    figures = {
        'sets': {'cap_80': {'count': 1200}},
        'uncertainty': {
            'pixels': 1190,
            'most_certain': [{'share': 1.0, 'rmse_m': 3.5}, {'share': 0.9, 'rmse_m': 2.0}],
        },
    }
    assert lines(figures) == [
        'Of the 1,200 points up to 80 m `mt_depth_plus` answers 10 with sky; on the others its '
        'RMSE is 3.500 m.'
    ]


@pytest.mark.parametrize('figures', [None, {'sets': {}, 'uncertainty': {}}])
def test_nothing_is_said_of_a_row_without_figures(figures: dict[str, Any] | None) -> None:
    assert lines(figures) == []
