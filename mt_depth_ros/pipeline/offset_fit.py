"""The offset of the projection that fits a set of samples best, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.pipeline.edge_alignment import EdgeAlignment, SECTORS

_TURN_STEP = np.radians(0.3)
_ROLL_STEP = np.radians(0.8)
_TURN_SEARCH = np.radians(1.0)
_ROLL_STARTS = np.radians([-2.5, 0.0, 2.5])
_ROLL_SEARCH = np.radians([-1.2, 0.0, 1.2])
_LONGEST_TIME_S = 0.16
_MAX_TIMES_EACH_WAY = 12
_ROLL_FINER = np.radians(np.linspace(-1.0, 1.0, 5))
_EVERY_IN_SEARCH = 3
_TIME_STEP_RANGE_S = (0.01, 0.06)
_NEWTON_STEPS = 6
_WHOLE_STEP = np.array([1.0])
_SHARES_OF_STEP = np.array([1.0, 0.5, 0.25, 0.0])
_CLOSE_ENOUGH = 0.05
_LONGEST_MOVE = 1.5
# Samples that follow each other see the same things, so they are one witness.
_SAMPLES_PER_WITNESS = 4
_AROUND = np.radians(2.0)
# An offset this far from the calibration as given must fit clearly better than the best near it.
_FAR_STEPS = 2.5
_MIN_ADVANTAGE = 1.5


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OffsetFit:
    """The best offset.

    Attributes:
        offset: (4,) float64 as :class:`EdgeAlignment` defines it.
        deviation: (4,) float64, its standard deviation; +Inf where nothing pins it down.
        score: mean edge response under the depth edges there.
        score_as_given: the same without offset.
        distinctness: by how many standard errors the best offset beats those 2 degrees around
            it; the best of pure chance reaches about 3.
    """

    offset: Matrix
    deviation: Matrix
    score: float
    score_as_given: float
    distinctness: float


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """How the score runs around an offset, in units of steps along the k free axes.

    Attributes:
        slopes: (B, k) of every witness.
        hessian: (k, k) of their sum.
    """

    slopes: Matrix
    hessian: Matrix


def fit_offset(alignment: EdgeAlignment, *, with_time: bool) -> OffsetFit:
    """Climbs to the highest score; the deviation is that of an M-estimator (Huber 1967).

    With the slope g_b of every witness b and the Hessian H of the sum, the covariance is
    ``inv(H) (sum of g_b g_b^T) inv(H)``: it needs no model of what edges look like. A far offset
    is only taken where it fits better than the nearest peak by 1.5 standard errors, and so is one
    that fits worse than the calibration as given.

    Args:
        alignment: at least one sample.
        with_time: whether the time offset is free; otherwise it is 0 and its deviation infinite.
    """
    free = slice(4 if with_time else 3)
    steps = np.array([_TURN_STEP, _TURN_STEP, _ROLL_STEP, _time_step(alignment)])
    offset = _climb(alignment, _coarse(alignment, with_time=with_time), steps, free)
    score, score_as_given = alignment.scores(np.stack([offset, np.zeros(4)])).sum(axis=0)
    if score < score_as_given or np.abs(offset / steps).max() > _FAR_STEPS:
        near = _climb(alignment, np.zeros(4), steps, free)
        if _advantage(alignment, offset, near[None]) < _MIN_ADVANTAGE:
            offset = near
    deviation = np.full(4, np.inf)
    deviation[free] = _deviation(_shape(alignment, offset, steps, free)) * steps[free]
    scores = alignment.scores(np.stack([offset, np.zeros(4)])).sum(axis=0)
    score, score_as_given = scores / max(alignment.num_edges, 1)
    return OffsetFit(
        offset=offset,
        deviation=deviation,
        score=float(score),
        score_as_given=float(score_as_given),
        distinctness=_advantage(alignment, offset, offset + _around()),
    )


def _climb(alignment: EdgeAlignment, start: Matrix, steps: Matrix, free: slice) -> Matrix:
    """Newton's steps as they are, as they look past single pixels; shorter if they lead down."""
    end = _newton(alignment, start, steps, free, _WHOLE_STEP)
    if _advantage(alignment, start, end[None]) < _MIN_ADVANTAGE:
        return end
    return _newton(alignment, start, steps, free, _SHARES_OF_STEP)


def _newton(
    alignment: EdgeAlignment, start: Matrix, steps: Matrix, free: slice, shares: Matrix
) -> Matrix:
    """Takes of each step the share that leads highest."""
    offset = start
    for _ in range(_NEWTON_STEPS):
        move = np.zeros(4)
        move[free] = _uphill(_shape(alignment, offset, steps, free)) * steps[free]
        ahead = offset + shares[:, None] * move
        best = 0 if len(shares) == 1 else int(alignment.scores(ahead).sum(axis=0).argmax())
        offset = ahead[best]
        if np.abs(shares[best] * move / steps).max() < _CLOSE_ENOUGH:
            break
    return offset


def _time_step(alignment: EdgeAlignment) -> float:
    flow = max(alignment.effect_of_time(), 1e-6)
    return float(np.clip(_TURN_STEP / flow, *_TIME_STEP_RANGE_S))


def _coarse(alignment: EdgeAlignment, *, with_time: bool) -> Matrix:
    """The best of ever finer grids: roll and time wherever the turn may be, then both again."""
    times_s = _times_to_search_s(alignment) if with_time else np.zeros(1)
    starts = np.zeros((1 + len(_ROLL_STARTS), 4))
    for start, roll in zip(starts[1:], _ROLL_STARTS, strict=True):
        start[:3] = *alignment.coarse_turn(roll), roll
    wide = _grid(np.zeros(1), np.zeros(1), _ROLL_SEARCH, times_s)
    offset = _best(alignment, np.concatenate([start + wide for start in starts]))
    time_step_s = np.diff(times_s).max(initial=0.0)
    for finer in (1.0, 0.5):
        near = np.linspace(-1, 1, 7) * _TURN_SEARCH * finer
        offset = _best(alignment, offset + _grid(near, near, np.zeros(1), np.zeros(1)))
        rolls = _ROLL_FINER * finer
        times_s = np.linspace(-1, 1, 5 if with_time else 1) * time_step_s * finer
        offset = _best(alignment, offset + _grid(np.zeros(1), np.zeros(1), rolls, times_s))
    return offset


def _times_to_search_s(alignment: EdgeAlignment) -> Matrix:
    """As far apart as moves the edges by two steps of a turn."""
    each_way = int(_LONGEST_TIME_S * alignment.effect_of_time() / (2 * _TURN_STEP)) + 1
    each_way = min(max(each_way, 3), _MAX_TIMES_EACH_WAY)
    return np.linspace(-_LONGEST_TIME_S, _LONGEST_TIME_S, 2 * each_way + 1)


def _grid(*axes: Matrix) -> Matrix:
    """(M, 4) every combination."""
    return np.stack([each.ravel() for each in np.meshgrid(*axes, indexing='ij')], axis=1)


def _best(alignment: EdgeAlignment, offsets: Matrix) -> Matrix:
    scores = alignment.scores(offsets, every=_EVERY_IN_SEARCH).sum(axis=0)
    return np.asarray(offsets[int(scores.argmax())])


def _shape(alignment: EdgeAlignment, offset: Matrix, steps: Matrix, free: slice) -> _Shape:
    """Differences over whole steps, which look past single pixels."""
    unit = np.eye(4)[free] * steps
    count = len(unit)
    pairs = list(combinations(range(count), 2))
    both = np.array([unit[i] + unit[j] for i, j in pairs])
    scores = alignment.scores(
        offset + np.concatenate([np.zeros((1, 4)), unit, -unit, both, -both])
    )
    plus, minus = scores[:, 1 : count + 1], scores[:, count + 1 : 2 * count + 1]
    total = scores.sum(axis=0)
    bend = (plus + minus).sum(axis=0) - 2 * total[0]
    hessian = np.diag(bend)
    of_pairs = (total[2 * count + 1 :].reshape(2, -1).sum(axis=0) - 2 * total[0]) / 2
    for (i, j), value in zip(pairs, of_pairs, strict=True):
        hessian[i, j] = hessian[j, i] = value - (bend[i] + bend[j]) / 2
    return _Shape((plus - minus) / 2, hessian)


def _uphill(shape: _Shape) -> Matrix:
    """(k,) Newton's step; where the score is not bent downward, one that only leads up."""
    slope = shape.slopes.sum(axis=0)
    values, vectors = np.linalg.eigh(shape.hessian)
    least = 0.02 * max(float(np.abs(values).max()), 1e-9)
    move = vectors @ ((vectors.T @ slope) / np.maximum(-values, least))
    return np.asarray(np.clip(move, -_LONGEST_MOVE, _LONGEST_MOVE))


def _deviation(shape: _Shape) -> Matrix:
    """(k,) in steps."""
    values = np.linalg.eigvalsh(shape.hessian)
    if values.max() > -1e-3 * np.abs(values).max() or not values.any():
        return np.full(len(values), np.inf)
    slopes = _witnesses(shape.slopes)
    spread = slopes.T @ slopes * len(slopes) / max(len(slopes) - 1, 1)
    inverse = np.linalg.inv(shape.hessian)
    return np.asarray(np.sqrt(np.diag(inverse @ spread @ inverse)))


def _advantage(alignment: EdgeAlignment, offset: Matrix, others: Matrix) -> float:
    """By how many standard errors an offset beats the mean of (M, 4) others."""
    scores = alignment.scores(np.concatenate([offset[None], others]))
    gain = scores[:, 0] - scores[:, 1:].mean(axis=1)
    table = _witnesses(np.stack([gain, alignment.num_edges_of_witnesses()], axis=1))
    gain, num_edges = table[table[:, 1] > 0].T
    if len(gain) < 2:
        return 0.0
    scatter = gain - gain.sum() / num_edges.sum() * num_edges
    error = float(np.sqrt(np.sum(scatter**2) * len(gain) / (len(gain) - 1)))
    return float(gain.sum()) / error if error > 0 else 0.0


def _around() -> Matrix:
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    around = np.zeros((8, 4))
    around[:, :2] = _AROUND * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return around


def _witnesses(slopes: Matrix) -> Matrix:
    """Joins the strips of neighbouring samples."""
    by_sample = slopes.reshape(-1, SECTORS, slopes.shape[1])
    starts = np.arange(0, len(by_sample), _SAMPLES_PER_WITNESS)
    return np.add.reduceat(by_sample, starts, axis=0).reshape(-1, slopes.shape[1])
