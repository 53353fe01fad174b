"""Text files of numbers under a header line, read by the names in it and not by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.errors import DataFileError


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextTable:
    """Rows of words under column names.

    Attributes:
        path: where it was read from.
        columns: the header, in order; a name may stand twice (Virtual KITTI 2 heads the last row
            of a matrix with ``0 0 0 1``).
        words: (rows, columns) strings.
    """

    path: Path
    columns: tuple[str, ...]
    words: NDArray[np.str_]

    def texts(self, column: str) -> list[str]:
        """The words of one column."""
        found: list[str] = self.words[:, self._place(column)].tolist()
        return found

    def numbers(self, columns: Sequence[str]) -> Matrix:
        """Several columns as numbers.

        Returns:
            (rows, columns) float64, finite.

        Raises:
            DataFileError: a column is missing or a word is not a finite number.
        """
        words = self.words[:, [self._place(column) for column in columns]]
        try:
            values = words.astype(np.float64)
        except ValueError as error:
            raise self._refused('numbers', str(error)) from error
        if not np.isfinite(values).all():
            raise self._refused(f'finite numbers in {", ".join(columns)}', 'inf or nan')
        return values

    def _place(self, column: str) -> int:
        if self.columns.count(column) != 1:
            found = 'twice' if column in self.columns else 'not'
            raise self._refused(
                f'a column {column!r}', f'it {found} in the header {" ".join(self.columns)!r}'
            )
        return self.columns.index(column)

    def _refused(self, expected: str, got: str) -> DataFileError:
        return DataFileError(
            expected=expected,
            got=got,
            where=str(self.path),
            remedy='restore the file from its source',
        )


def read_text_table(path: Path) -> TextTable:
    """Reads a table of words separated by blanks, with a header line.

    Raises:
        DataFileError: the file is missing, empty or not text, or a row is cut short.
    """
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(
            expected='a text table with a header line',
            got=f'{type(error).__name__}: {error}',
            where=str(path),
            remedy='restore the file from its source',
        ) from error
    rows = [line.split() for line in lines if line.strip()]
    if not rows:
        raise DataFileError(
            expected='a header line and rows of words',
            got='an empty file',
            where=str(path),
            remedy='restore the file from its source',
        )
    header, body = rows[0], rows[1:]
    for number, row in enumerate(body, start=2):
        if len(row) != len(header):
            raise DataFileError(
                expected=f'{len(header)} words as the header has',
                got=f'{len(row)} in row {number}',
                where=str(path),
                remedy='restore the file from its source',
            )
    words = np.array(body, dtype=np.str_).reshape(len(body), len(header))
    return TextTable(path=path, columns=tuple(header), words=words)
