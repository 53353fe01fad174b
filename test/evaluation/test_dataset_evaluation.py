from __future__ import annotations

from collections.abc import Callable
import csv
from dataclasses import replace
from html.parser import HTMLParser
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mt_depth_ros.core.completion import CompletedDepth, CompletionInput
from mt_depth_ros.core.errors import DataFileError, SensorInputError
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.evaluation.dataset_evaluation import evaluate, OUTPUT_FILES
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrames, FrameConfig
from mt_depth_ros.evaluation.given_masks import KnownMasks
from mt_depth_ros.evaluation.sampling_choice import parse_sampling
from mt_depth_ros.pipeline.build import build_predictor, ModelIdentity, PredictorConfig
from mt_depth_ros.pipeline.postprocessing import RangeConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.no_mask import NoMask

TENTH = FrameConfig(sampling=parse_sampling('bernoulli:0.1'))


class ConstantDepth:
    """Answers one depth everywhere, and sky where it is told to; remembers what it was given."""

    name = 'constant'

    def grid_size(self, camera_size: tuple[int, int]) -> tuple[int, int]:
        return camera_size

    def __init__(self, depth_m: float = 20.0, *, sky_rows: int = 0, refuses: bool = False) -> None:
        self.depth_m, self.sky_rows, self.refuses = depth_m, sky_rows, refuses
        self.given: list[CompletionInput] = []

    def complete(self, given: CompletionInput) -> CompletedDepth:
        self.given.append(given)
        if self.refuses:
            raise SensorInputError(
                reason='test', expected='nothing', got='a frame', where='here', remedy='none'
            )
        depth_m = np.full(given.sparse_depth_m.shape, self.depth_m, np.float32)
        sky = np.zeros(depth_m.shape, np.bool_)
        sky[: self.sky_rows] = True
        return CompletedDepth(depth_m=depth_m, uncertainty_m=np.full_like(depth_m, 1.0), sky=sky)


def predictor(completer: ConstantDepth) -> tuple[DepthPredictor, ModelIdentity]:
    identity = ModelIdentity(name='constant', kind='test', sha256='', device='cpu')
    built = DepthPredictor(completer, NoMask(), RangeConfig(), completer_needs_mask=True)
    return built, identity


def classical(name: str) -> tuple[DepthPredictor, ModelIdentity]:
    segmentation = SegmentationConfig(backend='none')
    return build_predictor(PredictorConfig(model=name, segmentation=segmentation))


def frames(dataset: DepthDataset, config: FrameConfig = TENTH, **reading: Any) -> EvaluationFrames:
    return EvaluationFrames(ReadableFrames(dataset, **reading), config)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline='') as file:
        return list(csv.DictReader(file))


MakeDataset = Callable[..., DepthDataset]


def test_the_figures_of_a_constant_answer_are_those_worked_by_hand(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    models = {'constant': predictor(ConstantDepth(20.0, sky_rows=6))}
    entry = evaluate(frames(make_dataset()), models, tmp_path / 'out', about={})
    model = entry['models']['constant']
    # Of 18 x 48 = 864 pixels, the 8 x 16 = 128 of the car are 12 m off.
    everything = model['sets']['uncapped']
    assert everything['count'] == 4 * 864
    assert everything['pooled']['mae_m'] == pytest.approx(128 * 12 / 864)
    assert everything['pooled']['rmse_m'] == pytest.approx(np.sqrt(128 * 144 / 864))
    assert everything['mean_over_images']['mae_m'] == pytest.approx(128 * 12 / 864)
    assert model['sets']['instances']['pooled']['mae_m'] == pytest.approx(12.0)
    assert model['sets']['range_0_10']['count'] == 4 * 128
    assert 'range_20_40' not in model['sets']
    # b = 1 m everywhere: right on the wall, 12 m off on the car.
    assert everything['pooled']['coverage_90'] == pytest.approx((864 - 128) / 864)
    certain, right = (
        {each['share']: each['rmse_m'] for each in model['uncertainty'][name]}
        for name in ('most_certain', 'least_wrong')
    )
    assert certain[0.95] == pytest.approx(certain[1.0])
    # Of the 128 that are wrong, 5 % of 864 are dropped, or all.
    assert right[0.95] == pytest.approx(np.sqrt((128 - 0.05 * 864) * 144 / (0.95 * 864)))
    assert right[0.8] == 0.0
    assert model['sky'] == {
        'found': 4 * 6 * 48, 'missed': 0, 'invented': 0, 'beyond_found': 0, 'beyond_missed': 0,
        'precision': 1.0, 'recall': 1.0, 'f1': 1.0, 'recall_beyond': None,
    }  # fmt: skip
    assert entry['groups'] == {'clone': 2, 'fog': 2}
    assert model['by_group']['fog']['sets']['uncapped']['count'] == 2 * 864


def test_every_model_gets_the_same_points_and_mask(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    first, second = ConstantDepth(), ConstantDepth()
    config = replace(TENTH, masks=KnownMasks('truth'))
    models = {'first': predictor(first), 'second': predictor(second)}
    evaluate(frames(make_dataset(), config), models, tmp_path / 'out', about={})
    assert len(first.given) == 4
    for one, other in zip(first.given, second.given, strict=True):
        np.testing.assert_array_equal(one.sparse_depth_m, other.sparse_depth_m)
        np.testing.assert_array_equal(one.mask, other.mask)
        assert one.mask.sum() == 128
    # Frames have points of their own.
    assert (first.given[0].sparse_depth_m != first.given[1].sparse_depth_m).any()


def test_runs_on_the_same_work_have_the_same_hash_and_others_another(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    def digest(name: str, config: FrameConfig, *samples: DepthSample) -> str:
        models = {'constant': predictor(ConstantDepth(5.0))}
        entry = evaluate(frames(make_dataset(*samples), config), models, tmp_path / name, about={})
        return str(entry['input_sha256'])

    again = digest('a', TENTH)
    assert again == digest('b', TENTH)
    assert again != digest('c', FrameConfig(sampling=parse_sampling('bernoulli:0.2')))


def test_calling_far_surfaces_sky_does_not_hide_their_error(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    models = {'sky': predictor(ConstantDepth(20.0, sky_rows=24))}
    entry = evaluate(frames(make_dataset()), models, tmp_path / 'out', about={})
    scored = entry['models']['sky']['sets']['uncapped']
    # 120 m is answered where 20 m (736 pixels) and 8 m (128 pixels) are.
    assert scored['answered'] == scored['count']
    assert scored['pooled']['mae_m'] == pytest.approx((736 * 100 + 128 * 112) / 864)
    assert entry['models']['sky']['sky']['invented'] == 4 * 864


def test_a_refused_frame_counts_as_one_without_any_answer(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    models = {'refuses': predictor(ConstantDepth(refuses=True)), 'nearest': classical('nearest')}
    entry = evaluate(frames(make_dataset()), models, tmp_path / 'out', about={})
    refuses = entry['models']['refuses']
    assert refuses['refused_frames'] == 4
    assert refuses['sets']['uncapped']['count'] == 4 * 864
    assert refuses['sets']['uncapped']['answered'] == 0
    assert refuses['sets']['uncapped']['pooled']['mae_m'] is None
    assert entry['models']['nearest']['sets']['uncapped']['answered'] == 4 * 864


def test_frames_csv_gives_back_the_figures_of_metrics_json(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    models = {name: classical(name) for name in ('nearest', 'linear')}
    entry = evaluate(frames(make_dataset()), models, tmp_path / 'out', about={})
    table = rows(tmp_path / 'out/frames.csv')
    for name in models:
        of_model = [row for row in table if (row['model'], row['pixels']) == (name, 'cap_80')]
        assert len(of_model) == 4
        absolute = sum(float(row['mae_m']) * int(row['answered']) for row in of_model)
        scored = entry['models'][name]['sets']['cap_80']
        assert absolute / scored['answered'] == pytest.approx(scored['pooled']['mae_m'], rel=1e-4)
        by_image = np.mean([float(row['rmse_m']) for row in of_model])
        assert by_image == pytest.approx(scored['mean_over_images']['rmse_m'], rel=1e-4)
    assert json.loads((tmp_path / 'out/metrics.json').read_text()) == json.loads(json.dumps(entry))


def test_frames_are_resized_before_they_are_sampled(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    completer = ConstantDepth()
    config = replace(TENTH, size=(12, 20))
    evaluate(
        frames(make_dataset(), config), {'c': predictor(completer)}, tmp_path / 'out', about={}
    )
    assert completer.given[0].sparse_depth_m.shape == (12, 20)


def test_a_frame_that_breaks_off_an_evaluation_leaves_the_folder_to_the_next_one(
    make_dataset: Callable[..., DepthDataset], car_frame: DepthSample, tmp_path: Path
) -> None:
    broken = DataFileError(expected='a file', got='none', where='x.png', remedy='restore it')
    dataset, models = make_dataset(car_frame, car_frame, broken), {'a': predictor(ConstantDepth())}
    output = tmp_path / 'out'
    with pytest.raises(DataFileError, match=r'x\.png'):
        evaluate(frames(dataset), models, output, about={})
    assert list(output.iterdir()) == []
    evaluate(frames(dataset, on_broken='skip'), models, output, about={})
    assert sorted(path.name for path in output.iterdir()) == sorted(OUTPUT_FILES)


def test_frames_without_truth_or_that_are_broken_are_named(
    make_dataset: MakeDataset, car_frame: DepthSample, tmp_path: Path
) -> None:
    unknown = replace(car_frame, truth_m=np.zeros_like(car_frame.truth_m))
    broken = DataFileError(expected='a file', got='none', where='x.png', remedy='restore it')
    dataset = make_dataset(car_frame, unknown, broken)
    models = {'nearest': classical('nearest')}
    entry = evaluate(frames(dataset, on_broken='skip'), models, tmp_path / 'out', about={})
    assert entry['frames'] == 1
    assert entry['without_truth'] == ['test/Scene01/fog/Camera_0/00001']
    assert list(entry['broken']) == ['test/Scene01/clone/Camera_0/00002']


def test_nothing_to_score_on_is_an_error_that_says_how_to_get_it(
    make_dataset: MakeDataset, car_frame: DepthSample, tmp_path: Path
) -> None:
    unknown = replace(car_frame, truth_m=np.zeros_like(car_frame.truth_m))
    models = {'nearest': classical('nearest')}
    with pytest.raises(DataFileError, match=r'at least one frame with true depth.*--withhold'):
        evaluate(frames(make_dataset(unknown)), models, tmp_path / 'out', about={})
    assert not (tmp_path / 'out').exists()


def test_results_are_never_overwritten(make_dataset: MakeDataset, tmp_path: Path) -> None:
    (tmp_path / 'kept.txt').write_text('mine')
    with pytest.raises(DataFileError, match='nothing is overwritten'):
        evaluate(frames(make_dataset()), {'n': classical('nearest')}, tmp_path, about={})


class References(HTMLParser):
    """Collects what a page refers to, and its table cells."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tables += tag == 'table'
        self.sources += [value or '' for name, value in attrs if name in {'src', 'href'}]


def test_the_report_is_one_file_that_needs_no_other(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    models = {'a<b>': predictor(ConstantDepth()), 'nearest': classical('nearest')}
    evaluate(frames(make_dataset()), models, tmp_path / 'out', about={'data': 'here & there'})
    page = (tmp_path / 'out/report.html').read_text(encoding='utf-8')
    found = References()
    found.feed(page)
    # Image, points and truth, then depth and error of two models, of four frames.
    assert len(found.sources) == 4 * (3 + 2 * 2)
    assert all(source.startswith('data:image/png;base64,iVBOR') for source in found.sources)
    assert found.tables >= 8
    assert 'here &amp; there' in page
    assert 'a&lt;b&gt;' in page
    assert 'a<b>' not in page
