"""Simulated scenes that are kept for testing, and the guard that keeps them out of training."""

from __future__ import annotations

from collections.abc import Iterable
import json
from pathlib import Path

from mt_depth_ros.core.errors import ConfigError, DataFileError

TEST_SEED, TEST_SCENES = 20261120, 12
"""The frozen test list: scenes 1 to 12 of this seed. No other seed gives any of them, and the
simulator refuses it unless asked for by ``for_testing``."""

SIMULATION_RECORD = 'simulation.json'
"""Written by the simulator into every dataset: all settings that decide its contents."""


def refuse_frames_kept_for_testing(roots: Iterable[Path]) -> None:
    """Call before training on datasets.

    Args:
        roots: folders that datasets are opened by: their own, the one they lie in, or one that
            lies in theirs. One without :data:`SIMULATION_RECORD` near is not simulated.

    Raises:
        ConfigError: one of them was simulated from the seed that is kept for testing.
        DataFileError: the record of a simulation is damaged.
    """
    for root in roots:
        for record in _records_near(root):
            if _seed(record) == TEST_SEED:
                raise ConfigError(
                    expected=f'scenes to train on, of any seed but {TEST_SEED}',
                    got='the scenes that are kept for testing',
                    where=str(record.parent),
                    remedy='simulate others with another --seed',
                )


def _records_near(root: Path) -> list[Path]:
    """Those of a folder, of the folders in it and of what all of these lie in, links followed."""
    within = [each for each in root.iterdir() if each.is_dir()] if root.is_dir() else []
    folders = [root, *sorted(within)]
    folders += [folder.resolve().parent for folder in folders]
    records = [folder / SIMULATION_RECORD for folder in dict.fromkeys(folders)]
    return [record for record in records if record.is_file()]


def _seed(record: Path) -> int:
    try:
        return int(json.loads(record.read_text())['seed'])
    except (ValueError, KeyError, TypeError) as error:
        raise DataFileError(
            expected='the settings of a simulation, its seed among them',
            got=f'{type(error).__name__}: {error}',
            where=str(record),
            remedy='simulate the dataset again',
        ) from error
