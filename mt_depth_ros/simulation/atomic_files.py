"""Files that are either complete or not there, so that a killed run leaves nothing broken."""

from __future__ import annotations

import os
from pathlib import Path

_SUFFIX = '.part'


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file under a temporary name beside its own, then renames it.

    Args:
        path: the file; missing folders are made.
        data: its contents.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}{_SUFFIX}')
    temporary.write_bytes(data)
    temporary.replace(path)


def remove_unfinished(folder: Path) -> None:
    """Deletes the temporary files that killed runs left in a folder and below."""
    for path in folder.rglob(f'.*{_SUFFIX}'):
        path.unlink()
