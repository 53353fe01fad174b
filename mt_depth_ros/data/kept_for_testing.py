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
        roots: folders of datasets; one without :data:`SIMULATION_RECORD` is not simulated.

    Raises:
        ConfigError: one of them was simulated from the seed that is kept for testing.
        DataFileError: the record of a simulation is damaged.
    """
    for root in roots:
        record = root / SIMULATION_RECORD
        if record.is_file() and _seed(record) == TEST_SEED:
            raise ConfigError(
                expected=f'scenes to train on, of any seed but {TEST_SEED}',
                got='the scenes that are kept for testing',
                where=str(root),
                remedy='simulate others with another --seed',
            )


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
