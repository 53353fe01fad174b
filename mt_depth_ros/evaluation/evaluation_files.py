"""``metrics.json`` and ``frames.csv``: what an evaluation found, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
import csv
from dataclasses import asdict
import json
import math
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from mt_depth_ros.core.types import DepthPrediction
from mt_depth_ros.evaluation.error_metrics import METRIC_NAMES
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrame, EvaluationFrames
from mt_depth_ros.evaluation.frame_scoring import CALIBRATION_SET, Scores
from mt_depth_ros.evaluation.model_scores import ModelScores
from mt_depth_ros.evaluation.pixel_sets import SET_NAMES
from mt_depth_ros.evaluation.replay_summary import latency_entry
from mt_depth_ros.evaluation.uncertainty_calibration import area_under_sparsification_error

KEPT_SHARES = (1.0, 0.95, 0.9, 0.8, 0.5)
"""Shares of the most certain pixels that errors are told for."""

DEFINITIONS = {
    'pixels': 'Only pixels whose true depth is known and finite. Sky and unknown pixels never '
    'enter. An answer of sky counts as a depth of max_range; NaN is no answer: see answered.',
    'pooled': 'over all pixels of all images at once',
    'mean_over_images': "the mean of the images' own values, as KITTI reports them",
    'cap_N': 'true depth up to N metres',
    'range_A_B': 'true depth above A and up to B metres',
    'regions': 'instances, bands, holes, hull: true depth up to 80 m',
    'instance_band_R': 'another instance id within R pixels of the evaluated grid',
    'edge_band': 'within 2 pixels of neighbours with |ln(z1 / z2)| > 0.1; dense truth only',
    'holes, input_pixels': 'pixels without and with a measurement in the input',
    'inside_hull': 'in the convex hull of the measured pixels',
    'flying': 'answers at depth edges that are on neither side by more than 10 % of the gap',
    'coverage_50, coverage_90': 'share of errors within b ln 2 and b ln 10 of Laplace scale b',
    'ause': 'area between sparsification curve and oracle, relative to the error of all pixels, '
    'truth up to 80 m; by_distance ranks by the distance to the nearest measurement',
    'most_certain, least_wrong': 'errors of what is left without the least certain pixels, and '
    'without those that are most wrong: no uncertainty could do better',
    'sky': 'answered +Inf against true sky; surfaces beyond max_range, to which that is the '
    'answer, too, count apart (beyond)',
}
"""What the names in ``metrics.json`` mean; printed in it and in the report."""

_FIRST_COLUMNS = ('frame', 'group', 'model', 'measurements', 'milliseconds', 'pixels')


class FrameTable:
    """Writes ``frames.csv``: a line for every frame, model and set of pixels that is not empty.

    A context manager.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open('w', newline='', encoding='utf-8')
        self._writer = csv.writer(self._file)
        self._writer.writerow([*_FIRST_COLUMNS, 'count', 'answered', *METRIC_NAMES])

    def __enter__(self) -> FrameTable:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(
        self,
        frame: EvaluationFrame,
        model: str,
        scores: Scores,
        prediction: DepthPrediction | None,
    ) -> None:
        """Writes the lines of one answer."""
        spent = '' if prediction is None else f'{sum(prediction.stage_ms.values()):.3f}'
        first = [frame.name, frame.group, model, len(frame.frame.measurements), spent]
        errors = scores.errors
        for index, values in enumerate(errors.values):
            if errors.counts[index]:
                cells = ['' if math.isnan(value) else f'{value:.6g}' for value in values]
                counted = [SET_NAMES[index], errors.counts[index], errors.answered[index]]
                self._writer.writerow([*first, *counted, *cells])


def metrics_entry(
    frames: EvaluationFrames, scores: Mapping[str, ModelScores], about: Mapping[str, Any]
) -> dict[str, Any]:
    """What ``metrics.json`` holds."""
    any_model = next(iter(scores.values()))
    return {
        'about': dict(about),
        'frames': any_model.overall().images,
        'groups': {group: each.images for group, each in any_model.groups.items()},
        'input_sha256': frames.input_sha256,
        'without_truth': frames.without_truth,
        'broken': frames.broken,
        'definitions': DEFINITIONS,
        'models': {
            name: {
                'model': asdict(each.identity),
                'max_range_m': each.max_range_m,
                'refused_frames': each.refused,
                'latency_ms': latency_entry(each.stage_ms),
                **scores_entry(each.overall()),
                'by_group': {group: scores_entry(part) for group, part in each.groups.items()},
            }
            for name, each in scores.items()
        },
    }


def scores_entry(scores: Scores) -> dict[str, Any]:
    """The figures of one predictor; null where there are none."""
    flying, sky = scores.flying, scores.sky
    return {
        'sets': _sets_entry(scores),
        'flying': {
            'scored': flying.scored, 'flying': flying.flying, 'share': _number(flying.share)
        },
        'uncertainty': _uncertainty_entry(scores),
        'sky': {
            **asdict(sky),
            'precision': _number(sky.precision),
            'recall': _number(sky.recall),
            'f1': _number(sky.f1),
            'recall_beyond': _number(sky.recall_beyond),
        },
    }  # fmt: skip


def write_metrics(path: Path, entry: Mapping[str, Any]) -> None:
    """Writes ``metrics.json``."""
    path.write_text(json.dumps(entry, indent=1, allow_nan=False) + '\n', encoding='utf-8')


def _sets_entry(scores: Scores) -> dict[str, Any]:
    pooled, by_image = scores.errors.values, scores.image_means.values
    counts, answered = scores.errors.counts, scores.errors.answered
    return {
        name: {
            'count': int(counts[index]),
            'answered': int(answered[index]),
            'pooled': _named(pooled[index]),
            'mean_over_images': _named(by_image[index]),
        }
        for index, name in enumerate(SET_NAMES)
        if counts[index]
    }


def _uncertainty_entry(scores: Scores) -> dict[str, Any]:
    pooled = {
        'by_uncertainty': scores.by_uncertainty,
        'by_distance': scores.by_distance,
    }
    dropped = 1.0 - np.array(KEPT_SHARES)
    images = max(1, scores.images_with_area)
    entry: dict[str, Any] = {'set': CALIBRATION_SET, 'pixels': scores.by_error.num_pixels}
    for place, (name, ranking) in enumerate(pooled.items()):
        area = area_under_sparsification_error(ranking, scores.by_error)
        mean = scores.image_areas[place] / images if scores.images_with_area else [math.nan] * 2
        entry[f'ause_{name}'] = {
            'pooled': {'mae': _number(area.mae), 'rmse': _number(area.rmse)},
            'mean_over_images': {'mae': _number(mean[0]), 'rmse': _number(mean[1])},
        }
    for name, ranking in (
        ('most_certain', scores.by_uncertainty),
        ('least_wrong', scores.by_error),
    ):
        mae_m, rmse_m = ranking.remaining(dropped)
        entry[name] = [
            {'share': share, 'mae_m': _number(mae), 'rmse_m': _number(rmse)}
            for share, mae, rmse in zip(KEPT_SHARES, mae_m, rmse_m, strict=True)
        ]
    return entry


def _named(values: Any) -> dict[str, float | None]:
    return {name: _number(value) for name, value in zip(METRIC_NAMES, values, strict=True)}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
