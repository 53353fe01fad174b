"""Text tables are read by the names in their header."""

from __future__ import annotations

from pathlib import Path

import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.text_tables import read_text_table


@pytest.fixture
def table_path(tmp_path: Path) -> Path:
    path = tmp_path / 'extrinsic.txt'
    path.write_text('frame name t1 0 0 1\n0 car 1.5 0 0 1\n\n3 van -2e-1 0 0 1\n')
    return path


def test_columns_are_found_by_name_in_any_order(table_path: Path) -> None:
    table = read_text_table(table_path)
    assert table.numbers(['t1', 'frame']).tolist() == [[1.5, 0.0], [-0.2, 3.0]]
    assert table.texts('name') == ['car', 'van']


@pytest.mark.parametrize(
    ('column', 'message'),
    [
        ('t2', "a column 't2', got it not in the header 'frame name t1 0 0 1'"),
        ('0', "a column '0', got it twice"),
        ('name', 'expected numbers, got could not convert'),
    ],
)
def test_a_column_that_cannot_be_used_is_an_error(
    table_path: Path, column: str, message: str
) -> None:
    with pytest.raises(DataFileError, match=rf'extrinsic.txt: expected .*{message}|{message}'):
        read_text_table(table_path).numbers([column])


def test_a_row_that_is_cut_short_is_named(table_path: Path) -> None:
    table_path.write_text(table_path.read_text() + '4 car 1')
    with pytest.raises(DataFileError, match=r'extrinsic.txt: expected 6 words .*got 3 in row 4'):
        read_text_table(table_path)


def test_not_a_number_is_refused(table_path: Path) -> None:
    table_path.write_text('frame\nnan\n')
    with pytest.raises(DataFileError, match='expected finite numbers in frame, got inf or nan'):
        read_text_table(table_path).numbers(['frame'])


@pytest.mark.parametrize(
    ('content', 'message'),
    [(b'', 'got an empty file'), (b'\xff\xfe\xfa', 'UnicodeDecodeError')],
)
def test_no_text_is_an_error(table_path: Path, content: bytes, message: str) -> None:
    table_path.write_bytes(content)
    with pytest.raises(DataFileError, match=message):
        read_text_table(table_path)


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'pose.txt: .*FileNotFoundError'):
        read_text_table(tmp_path / 'pose.txt')
