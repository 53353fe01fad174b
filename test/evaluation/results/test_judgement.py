from __future__ import annotations

from typing import cast

import pytest

from mt_depth_ros.evaluation.results.judgement import judge_below, State
from mt_depth_ros.evaluation.results.result_set import ResultSet


class Errors:
    """Errors of rows, in place of a whole set of results."""

    rows = ()

    def __init__(self, **errors_m: float) -> None:
        self._errors_m = errors_m

    def error(self, work: str, row: str, pixels: str, metric: str) -> float | None:
        return self._errors_m.get(row)


@pytest.mark.parametrize(
    ('ours_m', 'share', 'state'),
    [
        (0.54, 0.45, State.REACHED),
        (0.56, 0.45, State.NOT_REACHED),
        (1.00, 0.0, State.NOT_REACHED),
        (0.99, 0.0, State.REACHED),
    ],
)
def test_ours_is_compared_with_the_best_of_the_others(
    ours_m: float, share: float, state: State
) -> None:
    errors = cast(ResultSet, Errors(ours=ours_m, linear=1.0, nearest=2.0))
    found = judge_below(
        errors, 'input', 'ours', ['nearest', 'linear'], metric='mae_m', pixels='cap_80',
        share=share, where='here',
    )  # fmt: skip
    assert found.state is state
    assert f'linear 1.000 m: {100 * (1 - ours_m):.1f} % below' in found.found


def test_nothing_is_judged_before_all_rows_are_there() -> None:
    errors = cast(ResultSet, Errors(ours=0.1, linear=1.0))
    found = judge_below(
        errors, 'input', 'ours', ['nearest', 'linear'], metric='mae_m', pixels='cap_80',
        share=0.0, where='here',
    )  # fmt: skip
    assert found.state is State.OPEN
