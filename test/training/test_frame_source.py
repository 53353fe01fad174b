from __future__ import annotations

import json
from pathlib import Path

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.kept_for_testing import SIMULATION_RECORD, TEST_SEED
from mt_depth_ros.training.frame_source import open_frames


def test_the_scenes_kept_for_testing_are_never_trained_on(make_config, dataset_root: Path) -> None:
    record = dataset_root / SIMULATION_RECORD
    before = record.read_text() if record.exists() else None
    record.write_text(json.dumps({'seed': TEST_SEED}))
    try:
        with pytest.raises(ConfigError, match='the scenes that are kept for testing'):
            open_frames(make_config())
    finally:
        if before is None:
            record.unlink()
        else:
            record.write_text(before)
