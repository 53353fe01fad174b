from __future__ import annotations

from pathlib import Path

import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.kitti_labels import KittiLabel, read_kitti_labels

CAR = 'Car 0.00 0 1.85 387.63 181.54 423.81 203.12 1.67 1.87 3.69 -16.53 2.39 58.49 1.57'
IGNORED = 'DontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10'


def test_objects_are_read_and_unlabelled_regions_left_out(tmp_path: Path) -> None:
    (tmp_path / 'a.txt').write_text(f'{CAR}\n{IGNORED}\n')
    assert read_kitti_labels(tmp_path / 'a.txt') == (
        KittiLabel(name='Car', box_px=(387.63, 181.54, 423.81, 203.12)),
    )


@pytest.mark.parametrize('line', ['Car 0 0 0 1 2 3', 'Car 0 0 0 a b c d', 'Car 0 0 0 1 2 3 4'])
def test_a_line_that_is_no_label_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / 'a.txt').write_text(f'{CAR}\n{line}\n')
    with pytest.raises(DataFileError, match=r'a\.txt, line 2: expected lines of 15 fields'):
        read_kitti_labels(tmp_path / 'a.txt')


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'gone\.txt'):
        read_kitti_labels(tmp_path / 'gone.txt')
