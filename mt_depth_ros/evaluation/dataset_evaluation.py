"""Several predictors on one data set: every row of the result is of the same work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
import logging
from pathlib import Path
from typing import Any

from mt_depth_ros.core.errors import DataFileError, SensorInputError
from mt_depth_ros.core.types import DepthPrediction
from mt_depth_ros.evaluation.evaluation_files import (
    FrameTable,
    metrics_entry,
    write_metrics,
)
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrame, EvaluationFrames
from mt_depth_ros.evaluation.evaluation_report import write_report
from mt_depth_ros.evaluation.frame_scoring import FrameTruth, score_answer
from mt_depth_ros.evaluation.model_scores import ModelScores
from mt_depth_ros.evaluation.new_folder import filled_folder
from mt_depth_ros.evaluation.report_pictures import frame_pictures, FramePictures
from mt_depth_ros.pipeline.build import ModelIdentity
from mt_depth_ros.pipeline.predictor import DepthPredictor

logger = logging.getLogger(__name__)

OUTPUT_FILES = ('frames.csv', 'metrics.json', 'report.html')
"""What an evaluation leaves in its folder."""


def evaluate(
    frames: EvaluationFrames,
    predictors: Mapping[str, tuple[DepthPredictor, ModelIdentity]],
    output: Path,
    *,
    about: Mapping[str, Any],
    max_pictures: int = 4,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Scores predictors and writes ``metrics.json``, ``frames.csv`` and ``report.html``.

    Every frame is read and sampled once and given to each predictor. A frame that a predictor
    refuses counts as one without any answer.

    Args:
        frames: the work.
        predictors: the rows of the result, by name.
        output: a folder that does not exist yet, or is empty.
        about: what was chosen, for ``metrics.json`` and the head of the report.
        max_pictures: frames shown in the report, evenly spread.
        on_frame: called after each frame with the number done and the number of frames.

    Returns:
        What ``metrics.json`` holds.

    Raises:
        DataFileError: a frame cannot be read, or none has a truth; the folder stays empty.
    """
    waiting = iter(frames)
    first = next(waiting, None)
    if first is None:
        raise _no_truth(frames)
    with filled_folder(output) as folder:
        return _evaluate(
            frames, chain([first], waiting), predictors, folder, about, max_pictures, on_frame
        )


def _evaluate(
    frames: EvaluationFrames,
    waiting: Iterable[EvaluationFrame],
    predictors: Mapping[str, tuple[DepthPredictor, ModelIdentity]],
    folder: Path,
    about: Mapping[str, Any],
    max_pictures: int,
    on_frame: Callable[[int, int], None],
) -> dict[str, Any]:
    scores = {
        name: ModelScores(identity, max_range_m=predictor.limits.max_range_m)
        for name, (predictor, identity) in predictors.items()
    }
    pictures: list[FramePictures] = []
    every = max(1, -(-len(frames) // max(1, max_pictures)))
    with FrameTable(folder / 'frames.csv') as table:
        for done, frame in enumerate(waiting):
            truth = FrameTruth.of(frame)
            answers = {
                name: _answer(predictor, frame) for name, (predictor, _) in predictors.items()
            }
            for name, answer in answers.items():
                of_model = scores[name]
                scored = score_answer(truth, answer, max_range_m=of_model.max_range_m)
                of_model.add(frame.group, scored, answer)
                table.add(frame, name, scored, answer)
            if done % every == 0 and len(pictures) < max_pictures:
                pictures.append(frame_pictures(frame, answers))
            on_frame(done + 1, len(frames))
    entry = metrics_entry(frames, scores, about)
    write_metrics(folder / 'metrics.json', entry)
    write_report(folder / 'report.html', entry, scores, pictures)
    return entry


def _answer(predictor: DepthPredictor, frame: EvaluationFrame) -> DepthPrediction | None:
    try:
        return predictor.predict(frame.frame, want_mask=False)
    except SensorInputError as error:
        logger.warning('%s refused %s: %s', predictor.completer.name, frame.name, error)
        return None


def _no_truth(frames: EvaluationFrames) -> DataFileError:
    return DataFileError(
        expected='at least one frame with true depth',
        got=f'{len(frames.without_truth)} frames without, {len(frames.broken)} broken ones',
        where=next(iter([*frames.without_truth, *frames.broken]), 'an empty selection'),
        remedy='keep part of each LiDAR scan back with --withhold, or choose other frames',
    )
