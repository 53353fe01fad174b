"""What one predictor came to, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add

from mt_depth_ros.core.types import DepthPrediction
from mt_depth_ros.evaluation.frame_scoring import Scores
from mt_depth_ros.pipeline.build import ModelIdentity


class ModelScores:
    """Adds up the scores of one predictor; its size does not grow with the pixels.

    Args:
        identity: what exactly answered.
        max_range_m: its range, metres.
    """

    def __init__(self, identity: ModelIdentity, *, max_range_m: float) -> None:
        self.identity = identity
        self.max_range_m = max_range_m
        self.refused = 0
        self._groups: dict[str, Scores] = {}
        self._stage_ms: dict[str, list[float]] = {}

    @property
    def groups(self) -> Mapping[str, Scores]:
        """Scores by group, in the order the groups first came."""
        return self._groups

    @property
    def stage_ms(self) -> Mapping[str, list[float]]:
        """Milliseconds of each stage, one per answered frame."""
        return self._stage_ms

    def add(self, group: str, scores: Scores, prediction: DepthPrediction | None) -> None:
        """Adds one answer.

        Args:
            group: of its frame.
            scores: what it came to.
            prediction: the answer, for its times; None: the frame was refused.
        """
        self._groups[group] = self._groups.get(group, Scores.zero()) + scores
        if prediction is None:
            self.refused += 1
            return
        for stage, milliseconds in prediction.stage_ms.items():
            self._stage_ms.setdefault(stage, []).append(milliseconds)

    def overall(self) -> Scores:
        """All groups together."""
        return reduce(add, self._groups.values(), Scores.zero())
