"""Whether one row beats another on the same frames: a paired bootstrap over frames."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.errors import DataFileError

Metric: TypeAlias = Literal['mae_m', 'rmse_m']

RESAMPLES = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class FrameErrors:
    """The errors of the frames of one row in one set of pixels.

    Attributes:
        names: (F,) of the frames.
        answered: (F,) float64 pixels.
        absolute_m: (F,) float64 mean absolute error of each frame, metres.
        squared_m2: (F,) float64 mean squared error of each frame.
    """

    names: tuple[str, ...]
    answered: Matrix
    absolute_m: Matrix
    squared_m2: Matrix

    @classmethod
    def read(cls, table: Path, pixels: str) -> FrameErrors:
        """Reads them from ``frames.csv``; a frame without an answer in the set is left out.

        Args:
            table: the file.
            pixels: name of the set of pixels.

        Raises:
            DataFileError: the file cannot be read.
        """
        try:
            with table.open(newline='', encoding='utf-8') as file:
                rows = [row for row in csv.DictReader(file) if row['pixels'] == pixels]
            answered = [row for row in rows if int(row['answered'])]
            numbers = [
                (int(row['answered']), float(row['mae_m']), float(row['rmse_m']) ** 2)
                for row in answered
            ]
        except (OSError, KeyError, ValueError) as error:
            raise DataFileError(
                expected='the scores of frames',
                got=f'{type(error).__name__}: {error}',
                where=str(table),
                remedy='score this row again (--again)',
            ) from error
        columns = np.array(numbers, np.float64).reshape(-1, 3).T
        return cls(tuple(row['frame'] for row in answered), *columns)

    def pooled(self, metric: Metric, frames: Matrix) -> Matrix:
        """(R,) the metric over all pixels of the frames of each resample.

        Args:
            metric: which.
            frames: (R, F) how often each frame is in each resample.
        """
        values = self.absolute_m if metric == 'mae_m' else self.squared_m2
        mean = (frames @ (self.answered * values)) / (frames @ self.answered)
        return np.asarray(mean if metric == 'mae_m' else np.sqrt(mean), np.float64)


@dataclass(frozen=True, kw_only=True, slots=True)
class RelativeChange:
    """How much lower (negative) or higher an error is than the one it is compared with.

    Attributes:
        change: of the pooled error, relative: -0.03 is 3 % lower.
        low, high: the middle 95 % of the resamples.
        frames: compared.
    """

    change: float
    low: float
    high: float
    frames: int

    @property
    def text(self) -> str:
        """As it is printed."""
        return (
            f'{100 * self.change:+.1f} % '
            f'(95 % interval {100 * self.low:+.1f} to {100 * self.high:+.1f})'
        )


def compare(
    tried: FrameErrors, reference: FrameErrors, metric: Metric, *, seed: int = 0
) -> RelativeChange | None:
    """Compares two rows on the frames that both have; None where there is none.

    Frames are drawn with replacement, the same ones for both rows, :data:`RESAMPLES` times.

    Args:
        tried: what is judged.
        reference: what it is judged against.
        metric: pooled over all pixels.
        seed: of the draws.
    """
    common = [name for name in tried.names if name in set(reference.names)]
    if not common:
        return None
    one, other = _only(tried, common), _only(reference, common)
    count = len(common)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES)
    frames = np.concatenate([np.ones((1, count)), drawn.astype(np.float64)])
    with np.errstate(invalid='ignore', divide='ignore'):
        changes = one.pooled(metric, frames) / other.pooled(metric, frames) - 1.0
    low, high = np.nanpercentile(changes[1:], (2.5, 97.5))
    return RelativeChange(change=float(changes[0]), low=float(low), high=float(high), frames=count)


def _only(errors: FrameErrors, names: list[str]) -> FrameErrors:
    place = {name: index for index, name in enumerate(errors.names)}
    chosen = [place[name] for name in names]
    return FrameErrors(
        tuple(names),
        errors.answered[chosen],
        errors.absolute_m[chosen],
        errors.squared_m2[chosen],
    )
