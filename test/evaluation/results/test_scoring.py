from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.evaluation.evaluation_frame import FrameConfig
from mt_depth_ros.evaluation.given_masks import KnownMasks
from mt_depth_ros.evaluation.results.document import results_document
from mt_depth_ros.evaluation.results.inputs import ResultInput, simulated_name
from mt_depth_ros.evaluation.results.result_set import ResultSet, RowTimes, Timings
from mt_depth_ros.evaluation.results.rows import table_rows, TableRow
from mt_depth_ros.evaluation.results.scoring import missing_rows, score_rows
from mt_depth_ros.evaluation.results.store import ScoreStore
from mt_depth_ros.evaluation.results.timing_file import read_timings, write_timings
from mt_depth_ros.evaluation.sampling_choice import parse_sampling

MakeDataset = Callable[..., DepthDataset]
NAME = simulated_name('256x512', 'random5')


def work_on(dataset: DepthDataset, sampling: str = 'bernoulli:0.1') -> ResultInput:
    config = FrameConfig(sampling=parse_sampling(sampling), masks=KnownMasks('truth'))
    return ResultInput(
        name=NAME, title='a test', kind='simulated', frames=lambda: dataset, config=config
    )


def rows_named(*names: str) -> list[TableRow]:
    return [row for row in table_rows({}) if row.row.name in names]


def test_rows_that_are_scored_one_by_one_saw_the_same_points(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    store, work = ScoreStore(tmp_path), work_on(make_dataset())
    rows = rows_named('nearest', 'linear')
    for row in rows:
        assert missing_rows(store, work, rows)[0] == row
        score_rows(store, work, [row], device='cpu')
    assert missing_rows(store, work, rows) == ()
    found = store.scores(work, rows)
    assert found['nearest']['input_sha256'] == found['linear']['input_sha256']
    assert found['nearest']['frames'] == 4


def test_other_points_or_another_sampling_are_noticed(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    store = ScoreStore(tmp_path)
    whole, part = make_dataset(), work_on(make_dataset())
    rows = rows_named('nearest', 'linear')
    score_rows(store, work_on(whole), rows[:1], device='cpu')
    assert missing_rows(store, work_on(whole, 'bernoulli:0.2'), rows) == tuple(rows)
    fewer = work_on(make_dataset(*[part.frames()[0]] * 2))
    score_rows(store, fewer, rows[1:], device='cpu')
    with pytest.raises(DataFileError, match='the same points'):
        store.scores(fewer, rows)


def test_networks_without_weights_stand_in_the_document(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    store, work, rows = ScoreStore(tmp_path), work_on(make_dataset()), table_rows({})
    score_rows(store, work, rows_named('nearest', 'linear', 'adaptive'), device='cpu')
    results = ResultSet(store, [work], rows, Timings(rows={}))
    text = results_document(results, left_out=['real frames: no folder'], pictures=[])
    assert '* Left out: real frames: no folder.' in text
    assert '| unet | not trained here yet |' in text
    assert '| IP-Basic, Gaussian | not scored yet |' in text
    error = results.error(NAME, 'linear', 'cap_80', 'mae_m')
    assert error is not None and f'{error:.3f} ({100 * error:.1f})' in text
    asked = '| 256x512, 5 % random, ≤ 80 m: MAE at least 45 % below linear |'
    assert f'{asked} mt_depth_plus: not trained here yet | open |' in text


def test_timings_of_other_weights_are_left_out(tmp_path: Path) -> None:
    rows = {row.row.name: row for row in table_rows({})}
    path = tmp_path / 'timings.json'
    assert read_timings(path, rows).rows == {}
    times = {'nearest': RowTimes(torch=1.5), 'gone': RowTimes(torch=2.0)}
    write_timings(path, Timings(machine='m', rows=times), {**rows, 'gone': rows['unet']})
    assert read_timings(path, rows) == Timings(machine='m', rows={'nearest': times['nearest']})


def test_the_best_runtime_is_named_with_its_time() -> None:
    assert RowTimes(torch=1.0).best_runtime is None
    assert RowTimes(onnxruntime=3.0, openvino=4.0).best_runtime == (3.0, 'ONNX Runtime')
    times = RowTimes(onnxruntime=3.0, openvino=4.0, openvino_bfloat16=2.0)
    assert times.best_runtime == (2.0, 'OpenVINO in bfloat16')
