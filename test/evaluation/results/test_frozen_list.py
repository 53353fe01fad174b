from __future__ import annotations

from collections import Counter
import json
from pathlib import Path

import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.frame_lists import frame_list_hash
from mt_depth_ros.evaluation.results.frozen_list import frozen_test_list, open_test_frames


def test_every_scene_gives_every_condition_one_frame_and_no_moment_twice() -> None:
    names = frozen_test_list()
    assert len(names) == 84
    assert set(Counter((name.scene, name.condition) for name in names).values()) == {1}
    assert len({(name.scene, name.frame) for name in names}) == 84
    assert {name.frame for name in names} <= set(range(20))
    assert str(names[0]) == 'vkitti2/Scene01/clone/Camera_0/00000'
    assert str(names[-1]) == 'vkitti2/Scene12/night/Camera_0/00010'


def test_the_list_stays_as_it_is() -> None:
    names = frozen_test_list()
    # Position (s + c) mod 7, three frames apart, from 0 in even and 1 in odd scenes.
    assert [name.frame for name in names[:7]] == [0, 3, 6, 9, 12, 15, 18]
    assert [name.frame for name in names[7:14]] == [4, 7, 10, 13, 16, 19, 1]
    assert len(frame_list_hash(names)) == 64


def test_frames_of_another_simulation_are_refused(tmp_path: Path) -> None:
    record = tmp_path / 'simulation.json'
    with pytest.raises(DataFileError, match='make test-data'):
        open_test_frames(tmp_path)
    record.write_text(json.dumps({'seed': 1, 'frames': 20, 'format': 'vkitti2'}))
    with pytest.raises(DataFileError, match="'seed': 1"):
        open_test_frames(tmp_path)
