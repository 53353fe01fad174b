"""Lists of frames as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.frame_lists import frame_list_hash, read_frame_list, write_frame_list
from mt_depth_ros.data.identity import FrameIdentity

FRAMES = tuple(
    FrameIdentity(dataset='d', scene='s', condition='c', camera='k', frame=frame)
    for frame in (3, 1, 2)
)


def test_a_list_is_read_back_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / 'test.txt'
    write_frame_list(path, FRAMES, title='frozen test frames')
    assert path.read_text().splitlines() == [
        '# frozen test frames',
        f'# sha256 {frame_list_hash(FRAMES)}',
        'd/s/c/k/00003',
        'd/s/c/k/00001',
        'd/s/c/k/00002',
    ]
    assert read_frame_list(path) == FRAMES


def test_the_hash_is_sha256_of_the_names_line_by_line() -> None:
    # printf 'd/s/c/k/00003\nd/s/c/k/00001\nd/s/c/k/00002\n' | sha256sum
    assert (
        frame_list_hash(FRAMES)
        == '7fc8f10cec25ff992698043ad08846b3071bf8790a6bb9e05a6c87a20ff1e442'
    )


def test_a_list_that_was_changed_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / 'test.txt'
    write_frame_list(path, FRAMES, title='frozen')
    path.write_text(path.read_text().replace('00001', '00009'))
    with pytest.raises(DataFileError, match=r'test.txt: expected the 3 frames to have sha256'):
        read_frame_list(path)


def test_a_list_written_by_hand_needs_no_hash(tmp_path: Path) -> None:
    path = tmp_path / 'mine.txt'
    path.write_text('# mine\n\n d/s/c/k/2 \n')
    assert read_frame_list(path) == (FRAMES[2],)


@pytest.mark.parametrize('content', [b'd/s/c/k\n', b'\xff\xfe\x00'])
def test_a_file_that_is_no_list_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / 'broken.txt'
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=r'broken.txt: expected a text file'):
        read_frame_list(path)


def test_a_missing_list_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'gone.txt: expected a text file'):
        read_frame_list(tmp_path / 'gone.txt')
