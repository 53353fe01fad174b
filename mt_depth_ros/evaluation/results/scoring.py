"""Scores the rows that are missing on an input, all of them frame by frame on the same points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
import logging
from pathlib import Path
import tempfile

from mt_depth_ros.core.errors import DataFileError, SensorInputError
from mt_depth_ros.core.types import DepthPrediction
from mt_depth_ros.evaluation.evaluation_files import FrameTable, metrics_entry
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrame
from mt_depth_ros.evaluation.frame_scoring import FrameTruth, score_answer
from mt_depth_ros.evaluation.model_scores import ModelScores
from mt_depth_ros.evaluation.results.inputs import ResultInput
from mt_depth_ros.evaluation.results.rows import build_row, TableRow
from mt_depth_ros.evaluation.results.store import ScoreStore
from mt_depth_ros.pipeline.predictor import DepthPredictor

logger = logging.getLogger(__name__)


def missing_rows(
    store: ScoreStore, work: ResultInput, rows: Sequence[TableRow]
) -> tuple[TableRow, ...]:
    """The rows that are still to be scored on an input."""
    return tuple(
        row
        for row in rows
        if row.is_here
        and (row.row.in_mask_study or not work.masks_only)
        and not store.has(work, row)
    )


def score_rows(
    store: ScoreStore,
    work: ResultInput,
    rows: Sequence[TableRow],
    *,
    device: str,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Scores rows on an input and keeps the result.

    Args:
        store: where.
        work: the input.
        rows: which; all of them are here.
        device: where networks run.
        on_frame: called after each frame with the number done and the number of frames.

    Raises:
        DataFileError: a frame cannot be read, or none has a truth.
        CheckpointError: weights cannot be used.
    """
    predictors = {
        row.row.name: build_row(row, device=device, max_range_m=work.max_range_m) for row in rows
    }
    scores = {
        name: ModelScores(identity, max_range_m=work.max_range_m)
        for name, (_, identity) in predictors.items()
    }
    frames = work.open()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='mt_depth_results_')))
        with ExitStack() as open_tables:
            tables = {
                name: open_tables.enter_context(FrameTable(folder / f'{name}.csv'))
                for name in predictors
            }
            for done, frame in enumerate(frames, start=1):
                truth = FrameTruth.of(frame)
                for name, (predictor, _) in predictors.items():
                    answer = _answer(predictor, frame)
                    scored = score_answer(truth, answer, max_range_m=work.max_range_m)
                    scores[name].add(frame.group, scored, answer)
                    tables[name].add(frame, name, scored, answer)
                on_frame(done, len(frames))
        if not scores[rows[0].row.name].groups:
            raise DataFileError(
                expected='at least one frame with a truth',
                got=f'{len(frames)} frames without',
                where=work.title,
                remedy='check the folder of the data',
            )
        for row in rows:
            name = row.row.name
            entry = metrics_entry(frames, {name: scores[name]}, {'input': work.title})
            store.keep(work, row, entry, folder / f'{name}.csv')


def _answer(predictor: DepthPredictor, frame: EvaluationFrame) -> DepthPrediction | None:
    try:
        return predictor.predict(frame.frame, want_mask=False)
    except SensorInputError as error:
        logger.warning('%s refused %s: %s', predictor.completer.name, frame.name, error)
        return None
