from __future__ import annotations

from pathlib import Path
import subprocess
import sys

import pytest

from mt_depth_ros.core.whole_files import whole_file


def test_a_file_is_moved_in_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / 'new' / 'file'
    with whole_file(path) as unfinished:
        unfinished.write_text('all of it')
        assert not path.exists()
    assert path.read_text() == 'all of it'
    assert list(path.parent.iterdir()) == [path]


def test_what_was_there_stays_where_writing_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / 'file'
    path.write_text('before')
    with pytest.raises(OSError, match='full'), whole_file(path) as unfinished:
        unfinished.write_text('half of')
        raise OSError('full')
    assert path.read_text() == 'before'
    assert list(tmp_path.iterdir()) == [path]


def test_processes_that_write_the_same_file_do_not_spoil_it(tmp_path: Path) -> None:
    path = tmp_path / 'file'
    other = (
        'from pathlib import Path; from mt_depth_ros.core.whole_files import whole_file\n'
        f'with whole_file(Path({str(path)!r})) as unfinished: unfinished.write_text("the other")'
    )
    with whole_file(path) as unfinished:
        unfinished.write_text('this ')
        subprocess.run([sys.executable, '-c', other], check=True)
        assert path.read_text() == 'the other'
        with unfinished.open('a') as file:
            file.write('one')
    assert path.read_text() == 'this one'
    assert list(tmp_path.iterdir()) == [path]
