"""Where the files that ship beside the code are, in each way of installing it."""

from __future__ import annotations

from pathlib import Path

import mt_depth_ros
from mt_depth_ros.core.errors import DataFileError

SHARE = Path('share') / 'mt_depth_ros'


def shipped_config(name: str) -> Path:
    """The path of a file of ``config/``.

    Looked for in the ``share/mt_depth_ros`` of the prefix the package is installed in (a colcon
    workspace, a virtual environment), then beside the package in a source tree.

    Args:
        name: file name, e.g. ``'depth_completion.yaml'``.

    Raises:
        DataFileError: it is in neither place.
    """
    package = Path(mt_depth_ros.__file__).resolve().parent
    candidates = [
        *(prefix / SHARE / 'config' / name for prefix in package.parents),
        package.parent / 'config' / name,
    ]
    for path in candidates:
        if path.is_file():
            return path
    raise DataFileError(
        expected=f'the file {name} of the installed package',
        got='no such file',
        where=f'{SHARE / "config"} above {package}',
        remedy='install the package again; its data files are missing',
    )
