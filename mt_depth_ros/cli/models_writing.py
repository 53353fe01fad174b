"""Commands that write into a models folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Says where a folder cannot be written to, as that of an installation often cannot.

    Args:
        folder: with a manifest.

    Raises:
        DataFileError: something could not be written.
    """
    from mt_depth_ros.core.errors import DataFileError

    try:
        yield
    except OSError as error:
        raise DataFileError(
            expected='a models folder that can be written to',
            got=error.strerror or str(error),
            where=str(error.filename or folder),
            remedy='make it writable, or select the file itself by its path, without adding it',
        ) from error
