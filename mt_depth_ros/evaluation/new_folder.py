"""Folders for results: never overwritten."""

from __future__ import annotations

from pathlib import Path

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
