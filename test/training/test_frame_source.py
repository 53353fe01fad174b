from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.kept_for_testing import SIMULATION_RECORD, TEST_SEED
from mt_depth_ros.training.frame_source import open_frames

NO_OBJECTS = {'object_weight': 0.0, 'mask_weight': 0.0}
HOLES = {'kind': 'object_holes', 'share': 0.3}


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


@pytest.mark.parametrize(
    ('changes', 'has_instances'),
    [
        ({}, False),
        ({'loss': {**NO_OBJECTS, 'boundary_weight': 3.0}}, True),
        ({'sparse': {'degradations': [HOLES]}}, True),
        (
            {'sparse': {'degradations': [{'kind': 'sometimes', 'degradation': HOLES}]}},
            True,
        ),
    ],
)
def test_instances_are_read_where_anything_needs_them(
    make_config, changes: dict[str, Any], has_instances: bool
) -> None:
    masks = {'ground_truth': 0.0, 'none': 1.0, 'validation': 'none'}
    config = make_config(**{'masks': masks, 'loss': NO_OBJECTS, **changes})
    sample = next(iter(open_frames(config).train))
    assert (sample.instance_ids is not None) == has_instances
