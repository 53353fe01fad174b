from __future__ import annotations

from collections.abc import Callable
import json
from pathlib import Path

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.run_folder import METRICS_FILE, PROVENANCE_FILE, RunFolder

WHOLE = """\
epoch,step,name,value
1,4,loss,0.5
"""


@pytest.mark.parametrize(
    ('left', 'kept'),
    [
        ('', 'epoch,step,name,value\n'),
        ('epoch,st', 'epoch,step,name,value\n'),
        (f'{WHOLE}2,8,loss,0.25\n2,8,lo', WHOLE),
    ],
)
def test_a_table_that_a_full_disk_cut_short_is_gone_on_with(
    tmp_path: Path, left: str, kept: str
) -> None:
    folder, table = RunFolder(tmp_path), tmp_path / METRICS_FILE
    table.write_text(left)
    folder.forget_after(4)
    assert table.read_text() == kept
    folder.log(2, 8, {'loss': 0.25})
    assert table.read_text() == f'{kept}2,8,loss,0.25\n'


@pytest.mark.parametrize('resume', [False, True])
def test_an_output_that_is_a_file_is_refused(
    make_config: Callable[..., TrainingConfig], tmp_path: Path, resume: bool
) -> None:
    (tmp_path / 'run').write_text('mine')
    with pytest.raises(ConfigError, match=r'run: expected a folder, got a file'):
        RunFolder(tmp_path / 'run').claim(make_config(), {}, resume=resume)


def test_a_run_that_goes_on_elsewhere_tells_both_machines(
    make_config: Callable[..., TrainingConfig], tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / 'run')
    folder.begin(make_config(), {'train': 'aa'}, split='scene', machine='fast', bfloat16=True)
    folder.note_resumption(machine='old', bfloat16=False)
    facts = json.loads((tmp_path / 'run' / PROVENANCE_FILE).read_text())
    assert (facts['machine'], facts['bfloat16']) == ('fast', True)
    ((machine, bfloat16),) = [(each['machine'], each['bfloat16']) for each in facts['resumed']]
    assert (machine, bfloat16) == ('old', False)
    assert facts['frame_list_sha256'] == {'train': 'aa'}
