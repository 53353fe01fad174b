"""Reports in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from mt_depth_ros.data.inspection import inspect_dataset
from mt_depth_ros.data.inspection_text import report_lines, report_values


def test_a_report_reads_line_by_line(simulated_root: Path) -> None:
    lines = report_lines(inspect_dataset(simulated_root))
    assert lines[1] == 'frames: 6 (6 looked at, 0 broken)'
    assert '  Scene01/fog/Camera_0: 3' in lines
    assert 'image sizes: 124x37 (6)' in lines
    assert any(line.startswith('split scene: train 6 (sha256 ') for line in lines)
    assert 'instance sizes, pixels, 10/25/50/75/90 %: 220, 220, 220, 220, 220' in lines
    assert sum('#' * 40 in line for line in lines) == 1, 'the longest bar of the histogram'


def test_broken_files_are_named_up_to_a_number(simulated_root: Path) -> None:
    for path in (simulated_root / 'Scene01/fog/frames/depth/Camera_0').glob('*.png'):
        path.write_bytes(b'broken')
    lines = report_lines(inspect_dataset(simulated_root), max_broken=2)
    named = [line for line in lines if line.startswith('broken: ')]
    assert len(named) == 3
    assert 'depth_00000.png' in named[0]
    assert named[2] == 'broken: 1 more'


def test_values_are_plain_json(simulated_root: Path, shared_data: Path) -> None:
    values = json.loads(
        json.dumps(report_values(inspect_dataset(simulated_root)), allow_nan=False)
    )
    assert values['kind'] == 'virtual_kitti2'
    assert values['splits']['random80']['sizes'] == [5, 0, 1]
    assert values['image_sizes'] == {'124x37': 6}
    empty = report_values(inspect_dataset(shared_data / 'vkitti2_format'))
    assert json.dumps(empty, allow_nan=False)
    assert empty['sky_share']['mean'] is None
    assert len(empty['broken']) == 2
    assert empty['missing'] == ['text files (intrinsics, poses)']
