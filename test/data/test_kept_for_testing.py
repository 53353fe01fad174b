from __future__ import annotations

from pathlib import Path

import pytest

from mt_depth_ros.core.errors import ConfigError, DataFileError
from mt_depth_ros.data.kept_for_testing import refuse_frames_kept_for_testing, TEST_SEED


def dataset(folder: Path, record: str | None) -> Path:
    folder.mkdir()
    if record is not None:
        (folder / 'simulation.json').write_text(record)
    return folder


def test_training_on_the_frozen_scenes_is_refused_by_folder(tmp_path: Path) -> None:
    other = dataset(tmp_path / 'other', '{"seed": 7}')
    kept = dataset(tmp_path / 'kept', f'{{"seed": {TEST_SEED}, "scenes": 12}}')
    with pytest.raises(ConfigError, match=r'kept: expected .* any seed but 20261120, got the sc'):
        refuse_frames_kept_for_testing([other, kept])


def test_the_frozen_scenes_are_known_by_a_folder_above_and_below_theirs(tmp_path: Path) -> None:
    all_data = tmp_path / 'data'
    dataset(all_data, None)
    dataset(all_data / 'training', '{"seed": 7}')
    kept = dataset(all_data / 'testing', f'{{"seed": {TEST_SEED}}}')
    linked = dataset(tmp_path / 'linked', None)
    (kept / 'Scene01').mkdir()
    (linked / 'Scene01').symlink_to(kept / 'Scene01')
    for root in (all_data, kept / 'Scene01', linked):
        with pytest.raises(ConfigError, match=r'testing: expected .* any seed but 20261120'):
            refuse_frames_kept_for_testing([root])
    refuse_frames_kept_for_testing([all_data / 'training'])


def test_other_seeds_and_genuine_data_are_welcome(tmp_path: Path) -> None:
    simulated = dataset(tmp_path / 'simulated', '{"seed": 0}')
    refuse_frames_kept_for_testing([simulated, dataset(tmp_path / 'genuine', None)])


@pytest.mark.parametrize('record', ['{"seed"', '{}', '[]', '{"seed": null}'])
def test_a_damaged_record_is_not_taken_for_permission(tmp_path: Path, record: str) -> None:
    with pytest.raises(DataFileError, match=r'simulation.json: expected the settings'):
        refuse_frames_kept_for_testing([dataset(tmp_path / 'damaged', record)])
