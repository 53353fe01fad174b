"""One criterion with its figure, and whether it is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from mt_depth_ros.evaluation.results.result_set import ResultSet
from mt_depth_ros.evaluation.results.rows import NOT_TRAINED


class State(Enum):
    """How a criterion stands."""

    REACHED = 'reached'
    NOT_REACHED = '**not reached**'
    OPEN = 'open'

    @classmethod
    def of(cls, holds: bool) -> State:
        """Reached or not."""
        return cls.REACHED if holds else cls.NOT_REACHED


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """One criterion.

    Attributes:
        claim: what is asked.
        found: the figures.
        state: whether they are what is asked.
    """

    claim: str
    found: str
    state: State


WORDS = {'mae_m': 'MAE', 'rmse_m': 'RMSE'}


def open_judgement(results: ResultSet, claim: str, *rows: str) -> Judgement:
    """A criterion that cannot be judged yet, with the reason."""
    named = {row.row.name: row for row in results.rows}
    absent = [name for name in rows if name in named and not named[name].is_here]
    reason = f'{", ".join(absent)}: {NOT_TRAINED}' if absent else 'not scored yet'
    return Judgement(claim=claim, found=reason, state=State.OPEN)


def judge_below(
    results: ResultSet,
    work: str,
    ours: str,
    others: Sequence[str],
    *,
    metric: str,
    pixels: str,
    share: float,
    where: str,
) -> Judgement:
    """Whether a row's error is at least a share below the lowest of others.

    Args:
        results: the scores.
        work: the input.
        ours: the row.
        others: the rows it is compared with.
        metric: ``mae_m`` or ``rmse_m``.
        pixels: the set of pixels.
        share: 0.45 for 45 % below; 0 for merely below.
        where: the input and the pixels in words.
    """
    errors = {name: results.error(work, name, pixels, metric) for name in others}
    known = {name: error for name, error in errors.items() if error is not None}
    names = ' and '.join(others) if len(others) < 4 else 'every other row'
    least = f'at least {100 * share:.0f} % below' if share else 'below'
    claim = f'{where}: {WORDS[metric]} {least} {names}'
    own = results.error(work, ours, pixels, metric)
    if own is None or len(known) < len(errors):
        return open_judgement(results, claim, ours, *others)
    best = min(known, key=lambda name: known[name])
    lower = 1.0 - own / known[best]
    found = f'{own:.3f} m, {best} {known[best]:.3f} m: {_signed_below(lower)}'
    return Judgement(claim=claim, found=found, state=State.of(lower > 0 and lower >= share))


def _signed_below(lower: float) -> str:
    return f'{100 * lower:.1f} % below' if lower >= 0 else f'{-100 * lower:.1f} % above'
