"""What has been scored so far: one JSON and one CSV file for each row on each input.

A file is used again while the settings of its input and the weights are the same, the row's and
those that found its masks; what was scored of other weights is scored anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import json
from pathlib import Path
import shutil
from typing import Any

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.evaluation.results.inputs import ResultInput
from mt_depth_ros.evaluation.results.rows import ResultRow, TableRow

SCORING_VERSION = 3
"""Raise it when scores change or gain figures: everything is scored anew."""


class ScoreStore:
    """The folder of scores.

    Args:
        folder: made when something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, work: ResultInput, row: TableRow) -> bool:
        """Whether a row was scored on an input as both are now."""
        found = self._read(work.name, row.row.name)
        return found is not None and found['key'] == _key(work, row)

    def keep(
        self, work: ResultInput, row: TableRow, entry: Mapping[str, Any], table: Path
    ) -> None:
        """Keeps a row's scores on an input.

        Args:
            work: the input.
            row: the row.
            entry: of ``metrics.json``, with this row as its only model.
            table: the finished ``frames.csv``; it is moved.
        """
        path = self._path(work.name, row.row.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        # To the other folder first: the JSON, written last, says that both are there.
        shutil.move(table, path.with_suffix('.csv'))
        unfinished = path.with_suffix('.unfinished')
        kept = {'key': _key(work, row), **entry}
        unfinished.write_text(json.dumps(kept, indent=1, allow_nan=False), encoding='utf-8')
        unfinished.replace(path)

    def forget(self, work: ResultInput, row: ResultRow) -> None:
        """Drops what was scored of a row on an input."""
        self._path(work.name, row.name).unlink(missing_ok=True)

    def scores(self, work: ResultInput, rows: Iterable[TableRow]) -> dict[str, dict[str, Any]]:
        """What is known of an input, by the name of the row.

        Raises:
            DataFileError: two rows were scored on different points.
        """
        found = {
            row.row.name: each
            for row in rows
            if row.is_here
            and (each := self._read(work.name, row.row.name)) is not None
            and each['key'] == _key(work, row)
        }
        hashes = {name: each['input_sha256'] for name, each in found.items()}
        if len(set(hashes.values())) > 1:
            raise DataFileError(
                expected='rows that were scored on the same points',
                got=', '.join(f'{name}: {digest[:12]}' for name, digest in hashes.items()),
                where=str(self.folder / work.name),
                remedy='the frames have changed in between: score all rows again (--again all)',
            )
        return found

    def frames_table(self, work_name: str, row_name: str) -> Path:
        """The CSV of a row's frames on an input."""
        return self._path(work_name, row_name).with_suffix('.csv')

    def _path(self, work_name: str, row_name: str) -> Path:
        return self.folder / work_name / f'{row_name}.json'

    def _read(self, work_name: str, row_name: str) -> dict[str, Any] | None:
        path = self._path(work_name, row_name)
        if not path.is_file():
            return None
        try:
            entry = json.loads(path.read_text(encoding='utf-8'))
            assert isinstance(entry['key'], dict)
        except (ValueError, KeyError, AssertionError) as error:
            raise DataFileError(
                expected='scores written by this command',
                got=f'{type(error).__name__}: {error}',
                where=str(path),
                remedy='delete this file; it is scored again',
            ) from error
        return dict(entry)


def _key(work: ResultInput, row: TableRow) -> dict[str, Any]:
    """Everything that decides a score, besides the frames themselves and the code."""
    return {
        'version': SCORING_VERSION,
        'weights_sha256': row.sha256,
        'stage': row.row.stage,
        'input': work.description,
    }
