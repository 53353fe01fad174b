"""What a replay found, as numbers: per frame, per camera and overall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
import math
from typing import Any

import numpy as np

from mt_depth_ros.core.matching_statistics import MatchStatistics, StreamStatistics
from mt_depth_ros.evaluation.camera_replay import ReplayedFrame
from mt_depth_ros.evaluation.matched_recording import InputProblems
from mt_depth_ros.evaluation.metrics import depth_errors, DepthPairs
from mt_depth_ros.pipeline.patch_errors import PatchErrors
from mt_depth_ros.pipeline.self_check_report import pooled_report


class CameraSummary:
    """Collects the figures of one camera.

    Args:
        max_range_m: truth beyond this is not scored; an answer of +Inf counts as this depth.
    """

    def __init__(self, *, max_range_m: float) -> None:
        self._max_range_m = max_range_m
        self._frames: list[dict[str, Any]] = []
        self._stage_ms: dict[str, list[float]] = {}
        self._degraded: Counter[str] = Counter()
        self._first_degradation: dict[str, str] = {}
        self._self_checks: list[PatchErrors] = []
        self.pairs: list[DepthPairs] = []

    @property
    def num_frames(self) -> int:
        """Frames added so far."""
        return len(self._frames)

    @property
    def stage_ms(self) -> Mapping[str, list[float]]:
        """Milliseconds of each stage, one per frame."""
        return self._stage_ms

    def add(self, replayed: ReplayedFrame) -> None:
        """Adds a frame."""
        prediction = replayed.prediction
        entry: dict[str, Any] = {
            'stamp_ns': prediction.stamp_ns,
            'frame_id': prediction.frame_id,
            'width': prediction.camera.width,
            'height': prediction.camera.height,
            'measurements': len(replayed.frame.measurements),
            'depth_stamp_ns': replayed.frame.measurement_stamp_ns,
            'difference_ms': replayed.difference_ns / 1e6,
            'answered_share': float(np.isfinite(prediction.depth_m).mean()),
            'completer': prediction.completer,
        }
        if prediction.degradation is not None:
            reason = entry['degraded'] = prediction.degradation.reason
            self._degraded[reason] += 1
            self._first_degradation.setdefault(reason, prediction.degradation.text)
        if replayed.known is not None:
            pairs = replayed.known.pairs(prediction.depth_m, max_range_m=self._max_range_m)
            self.pairs.append(pairs)
            entry['errors'] = {'scored_on': replayed.known.source, **errors_entry(pairs)}
        if replayed.self_check is not None:
            self._self_checks.append(replayed.self_check)
        self._frames.append(entry)
        for stage, milliseconds in prediction.stage_ms.items():
            self._stage_ms.setdefault(stage, []).append(milliseconds)

    def entry(self, statistics: MatchStatistics, problems: InputProblems) -> dict[str, Any]:
        """The camera's part of ``summary.json``."""
        return {
            'frames': self._frames,
            'overall': errors_entry(DepthPairs.joined(self.pairs)) if self.pairs else None,
            'matching': {
                'images': _stream_entry(statistics.images),
                'depth': _stream_entry(statistics.clouds),
                'resets': statistics.resets,
            },
            'not_used': dict(problems.counts),
            'first_problem': dict(problems.first),
            'degraded': dict(self._degraded),
            'first_degradation': self._first_degradation,
            'latency_ms': latency_entry(self._stage_ms),
            'self_check': self_check_entry(self._self_checks),
        }


def errors_entry(pairs: DepthPairs) -> dict[str, Any]:
    """Errors over one pool of pixels; null where there are none."""
    values = asdict(depth_errors(pairs))
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in values.items()
    }


def self_check_entry(frames: Sequence[PatchErrors]) -> dict[str, Any] | None:
    """What the self-check tells over all frames; null where it kept nothing out."""
    if not frames:
        return None
    report = pooled_report(frames, span_s=0.0)
    return {
        'live_mae_m': _or_null(report.live_mae_m),
        'patch_mae_m': _or_null(report.patch_mae_m),
        'coverage_of_90_percent': _or_null(report.coverage),
        'answered_share': _or_null(report.answered_share),
        'points': report.num_points,
        'patches': report.num_patches,
        'rmse_by_distance': [
            {
                'above_px': each.above_px,
                'up_to_px': _or_null(each.up_to_px),
                'points': each.num_points,
                'rmse_m': _or_null(each.rmse_m),
            }
            for each in report.rmse_by_distance
        ],
    }


def _or_null(value: float) -> float | None:
    return value if math.isfinite(value) else None


def latency_entry(stage_ms: Mapping[str, list[float]]) -> dict[str, dict[str, float]]:
    """Median, 95th percentile and maximum of each stage and of their sum, milliseconds."""
    columns = dict(stage_ms)
    if columns and len({len(values) for values in columns.values()}) == 1:
        columns['total'] = np.sum(list(columns.values()), axis=0).tolist()
    return {
        stage: {
            'p50': float(np.percentile(values, 50)),
            'p95': float(np.percentile(values, 95)),
            'max': float(max(values)),
        }
        for stage, values in columns.items()
    }


def _stream_entry(stream: StreamStatistics) -> dict[str, Any]:
    return {
        'received': stream.received,
        'matched': stream.matched,
        'dropped': {reason.value: count for reason, count in stream.dropped.items() if count},
        'period_ms': None if stream.period_ns is None else stream.period_ns / 1e6,
    }
