from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from mt_depth_ros.evaluation.results.judgement import judge_below, State
from mt_depth_ros.evaluation.results.result_set import ResultSet, RowTimes, Timings
from mt_depth_ros.evaluation.results.store import ScoreStore
from mt_depth_ros.evaluation.results.trust_criteria import speed


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


@pytest.mark.parametrize(
    ('ours_ms', 'in_ms', 'share', 'as_share'),
    [
        (24.9, State.REACHED, 53, State.REACHED),
        (25.1, State.NOT_REACHED, 53, State.REACHED),
        (39.3, State.NOT_REACHED, 84, State.NOT_REACHED),
    ],
)
def test_the_budget_is_judged_in_milliseconds_and_beside_the_papers_network(
    ours_ms: float, in_ms: State, share: int, as_share: State, tmp_path: Path
) -> None:
    times = {
        'mt_depth_plus': RowTimes(torch=5.0, onnxruntime=80.0, openvino=ours_ms),
        'mt_depth': RowTimes(torch=9.0, openvino=90.0, openvino_bfloat16=47.0),
    }
    results = ResultSet(ScoreStore(tmp_path), (), (), timings=Timings(rows=times))
    absolute, relative = speed(results)
    assert absolute.state is in_ms
    assert absolute.found == (
        f"{ours_ms:.1f} ms, OpenVINO; the paper's network 47.0 ms, OpenVINO in bfloat16"
    )
    assert (relative.found, relative.state) == (f'{share} %', as_share)


def test_the_budget_is_open_before_both_are_measured(tmp_path: Path) -> None:
    for row in ('mt_depth_plus', 'mt_depth'):
        timings = Timings(rows={row: RowTimes(openvino=20.0)})
        found = speed(ResultSet(ScoreStore(tmp_path), (), (), timings=timings))
        assert [each.state for each in found] == [State.OPEN, State.OPEN]
