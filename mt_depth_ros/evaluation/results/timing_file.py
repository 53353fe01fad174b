"""``timings.json``: milliseconds of the rows, kept beside the scores."""

from __future__ import annotations

from dataclasses import asdict
import json
from pathlib import Path

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.evaluation.results.result_set import RowTimes, Timings
from mt_depth_ros.evaluation.results.rows import TableRow


def write_timings(path: Path, timings: Timings, rows: dict[str, TableRow]) -> None:
    """Writes the file.

    Args:
        path: the file.
        timings: what was measured.
        rows: the rows it was measured of, by name; their weights are written down.
    """
    entry = {
        'machine': timings.machine,
        'rows': {
            name: {'weights_sha256': rows[name].sha256, **asdict(times)}
            for name, times in timings.rows.items()
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entry, indent=1) + '\n', encoding='utf-8')


def read_timings(path: Path, rows: dict[str, TableRow]) -> Timings:
    """Reads the file; rows with other weights by now are left out.

    Args:
        path: the file; it need not be there.
        rows: of the table, by name.

    Raises:
        DataFileError: the file is damaged.
    """
    if not path.is_file():
        return Timings(rows={})
    try:
        entry = json.loads(path.read_text(encoding='utf-8'))
        found = {
            name: RowTimes(
                **{key: value for key, value in times.items() if key != 'weights_sha256'}
            )
            for name, times in entry['rows'].items()
            if name in rows and times['weights_sha256'] == rows[name].sha256
        }
        return Timings(machine=str(entry['machine']), rows=found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataFileError(
            expected='timings written by this command',
            got=f'{type(error).__name__}: {error}',
            where=str(path),
            remedy='delete the file and measure again',
        ) from error
