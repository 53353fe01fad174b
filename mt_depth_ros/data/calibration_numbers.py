"""Lines of ``name: numbers``, which KITTI and OpenCalib write their calibrations in."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.errors import DataFileError


def parse_named_numbers(text: str) -> dict[str, Matrix]:
    """Reads every line that is a name, a colon and numbers; other lines are left out.

    Returns:
        Name to (n,) float64.
    """
    found = {}
    for line in text.splitlines():
        name, colon, words = line.partition(':')
        numbers = parse_numbers(words)
        if colon and numbers is not None and len(numbers) > 0:
            found[name.strip()] = numbers
    return found


def parse_numbers(text: str) -> Matrix | None:
    """Reads numbers between white space.

    Returns:
        (n,) float64, or None when a word is no number.
    """
    try:
        return np.array([float(word) for word in text.split()], np.float64)
    except ValueError:
        return None


def take_matrix(
    numbers: dict[str, Matrix], name: str, shape: tuple[int, int], where: Path
) -> Matrix:
    """A named matrix, row by row.

    Returns:
        float64 of that shape, all finite.

    Raises:
        DataFileError: it has another number of entries, or one is not finite.
    """
    entries = numbers[name]
    if entries.size != shape[0] * shape[1] or not np.isfinite(entries).all():
        raise DataFileError(
            expected=f'{shape[0] * shape[1]} finite numbers after {name}:',
            got=f'{entries.size} numbers',
            where=str(where),
            remedy='restore the file from its source',
        )
    return entries.reshape(shape)
