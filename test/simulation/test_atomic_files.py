from __future__ import annotations

from mt_depth_ros.simulation.atomic_files import remove_unfinished, write_atomically


def test_a_file_is_there_whole_and_nothing_beside_it(tmp_path) -> None:
    path = tmp_path / 'new/folder/file.bin'
    write_atomically(path, b'first')
    write_atomically(path, b'second')
    assert path.read_bytes() == b'second'
    assert list(path.parent.iterdir()) == [path]


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path) -> None:
    (tmp_path / 'deep').mkdir()
    (tmp_path / 'deep/.depth_00000.png.123.part').write_bytes(b'half')
    (tmp_path / 'deep/depth_00001.png').write_bytes(b'whole')
    remove_unfinished(tmp_path)
    assert [path.name for path in (tmp_path / 'deep').iterdir()] == ['depth_00001.png']
