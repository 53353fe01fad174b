"""Where the weights of a segmentation model are, and fetching the official ones when asked to."""

from __future__ import annotations

from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.user_cache import cache_folder
from mt_depth_ros.core.whole_files import whole_file

OFFICIAL_NAMES = tuple(f'yolo11{size}-seg.pt' for size in 'nsmlx')
RELEASE_URL = 'https://github.com/ultralytics/assets/releases/download/v8.4.0'
TIMEOUT_S = 30.0


def find_weights(weights: str) -> Path | None:
    """The file that a path or an official name means.

    Args:
        weights: a path, or an official name that was downloaded before.

    Returns:
        The file, or None where there is none.
    """
    path = Path(weights).expanduser()
    candidates = [path]
    if weights in OFFICIAL_NAMES:
        candidates.append(cache_folder() / weights)
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def download_weights(name: str, *, release_url: str = RELEASE_URL) -> Path:
    """Fetches official weights into the user's cache.

    Args:
        name: one of :data:`OFFICIAL_NAMES`.
        release_url: the folder to fetch it from.

    Raises:
        ConfigError: the name is not official, or the file cannot be had.
    """
    if name not in OFFICIAL_NAMES:
        raise ConfigError(
            expected=f'one of {", ".join(OFFICIAL_NAMES)}',
            got=repr(name),
            where='segmentation weights to download',
            remedy='name one of these, or give the path of a file that is there',
        )
    url, target = f'{release_url}/{name}', cache_folder() / name
    try:
        with urlopen(url, timeout=TIMEOUT_S) as response:
            content = response.read()
        if not content.startswith(b'PK'):
            raise HTTPException(f'{len(content)} bytes that are no torch file')
        with whole_file(target) as unfinished:  # other nodes may fetch it, too
            unfinished.write_bytes(content)
    except (OSError, HTTPException) as error:
        raise ConfigError(
            expected='to fetch the weights',
            got=str(error),
            where=url,
            remedy=f'fetch the file by other means and set weights to its path, or put it at '
            f'{target}',
        ) from error
    return target
