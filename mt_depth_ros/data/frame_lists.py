"""Lists of frames as files, with a hash that tells whether two runs saw the same frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import hashlib
from pathlib import Path

from mt_depth_ros.core.errors import ConfigError, DataFileError
from mt_depth_ros.data.identity import FrameIdentity

_HASH_LINE = '# sha256 '


def frame_list_hash(identities: Iterable[FrameIdentity]) -> str:
    """sha256 of the names in their order, one a line; the same on every machine."""
    return hashlib.sha256(''.join(f'{name}\n' for name in identities).encode()).hexdigest()


def write_frame_list(path: Path, identities: Sequence[FrameIdentity], *, title: str) -> None:
    """Writes names one a line, under a title and their hash.

    Args:
        path: the file.
        identities: the frames.
        title: one line that says what list this is.
    """
    lines = [f'# {title}', f'{_HASH_LINE}{frame_list_hash(identities)}', *map(str, identities)]
    path.write_text('\n'.join(lines) + '\n', encoding='utf-8')


def read_frame_list(path: Path) -> tuple[FrameIdentity, ...]:
    """Reads a list; lines that begin with ``#`` are comments.

    Raises:
        DataFileError: the file is missing, a line is no frame name, or the names are not those
            that its hash was made from.
    """
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
        names = [line for line in map(str.strip, lines) if line and not line.startswith('#')]
        identities = tuple(FrameIdentity.parse(name) for name in names)
    except (OSError, UnicodeDecodeError, ConfigError) as error:
        raise DataFileError(
            expected='a text file with one frame name a line',
            got=str(error),
            where=str(path),
            remedy='point to a list written by mt_depth',
        ) from error
    promised = [line.removeprefix(_HASH_LINE) for line in lines if line.startswith(_HASH_LINE)]
    if promised and promised != [frame_list_hash(identities)]:
        raise DataFileError(
            expected=f'the {len(identities)} frames to have sha256 {promised[0]}',
            got=frame_list_hash(identities),
            where=str(path),
            remedy='restore the list; it was changed after it was written',
        )
    return identities
