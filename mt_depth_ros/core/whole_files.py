"""Files that are written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Has a file written beside its place, then moves it in; what was there stays until then.

    Processes may write the same file at the same time: the last one to end wins.

    Args:
        path: the file; missing folders are made.

    Yields:
        Where to write. Nothing stays there where writing breaks off.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f'unfinished-{os.getpid()}-{path.name}')
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
