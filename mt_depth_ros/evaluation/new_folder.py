"""Folders for results: never overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import tempfile

from mt_depth_ros.core.errors import DataFileError


def make_new_folder(path: Path) -> None:
    """Makes a folder, with its parents; one that is there must be empty.

    Raises:
        DataFileError: something is there already, or it cannot be made.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DataFileError(
            expected='an output folder that does not exist yet or is empty',
            got='something there already',
            where=str(path),
            remedy='choose another --output, or delete it; nothing is overwritten',
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataFileError(
            expected='a folder that can be made',
            got=str(error.strerror),
            where=str(path),
            remedy='choose an --output where you may write',
        ) from error


@contextmanager
def filled_folder(path: Path) -> Iterator[Path]:
    """Makes a folder as :func:`make_new_folder` does and fills it with all results, or with none.

    Left by an exception it is empty, so that a part does not look like the whole, and the next
    attempt may use it.

    Args:
        path: the folder.

    Yields:
        Where to write: a hidden folder in it, whose contents move up in the end.

    Raises:
        DataFileError: as :func:`make_new_folder`.
    """
    make_new_folder(path)
    with tempfile.TemporaryDirectory(prefix='.unfinished-', dir=path) as name:
        yield Path(name)
        for each in sorted(Path(name).iterdir()):
            each.replace(path / each.name)
