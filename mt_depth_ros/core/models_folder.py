"""Where the models that ship with the package are."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import sys

from mt_depth_ros.core.errors import CheckpointError

MANIFEST = 'manifest.yaml'


def find_models_folder() -> Path:
    """The ``models`` folder of the source tree, or of the installed package's ``share``.

    Raises:
        CheckpointError: there is none.
    """
    candidates = list(_candidate_folders())
    for folder in candidates:
        if (folder / MANIFEST).is_file():
            return folder
    raise CheckpointError(
        expected=f'{MANIFEST} in one of {", ".join(map(str, candidates))}',
        got='none',
        where='installation',
        remedy='correct it or install the package again',
    )


def _candidate_folders() -> Iterator[Path]:
    package = Path(__file__).resolve().parents[1]
    if (package.parent / 'package.xml').is_file():
        yield package.parent / 'models'
    # <prefix>/lib/pythonX.Y/site-packages/mt_depth_ros, and flatter layouts.
    prefixes = list(package.parents[:4])
    prefixes += [
        Path(entry) for entry in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if entry
    ]
    prefixes.append(Path(sys.prefix))
    for prefix in dict.fromkeys(prefixes):
        yield prefix / 'share' / package.name / 'models'
