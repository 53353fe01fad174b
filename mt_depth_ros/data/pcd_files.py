"""Point Cloud Library files (PCD 0.7): ascii, binary and binary_compressed, fields by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mt_depth_ros.core.arrays import AnyArray
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.lzf import decompress_lzf

_TYPE_LETTERS = {'F': 'f', 'I': 'i', 'U': 'u'}
_ALLOWED_SIZES = {'F': {4, 8}, 'I': {1, 2, 4, 8}, 'U': {1, 2, 4, 8}}
_LARGEST_HEADER_BYTES = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layout:
    """What the header says of the points.

    Attributes:
        record: one point as a structured dtype, packed, little-endian.
        point_count: number of points.
        storage: ``ascii``, ``binary`` or ``binary_compressed``.
    """

    record: np.dtype[np.void]
    point_count: int
    storage: str


def read_pcd(path: Path) -> dict[str, AnyArray]:
    """Reads every field of a PCD file.

    Returns:
        Field name to (N,) array of the file's type; (N, COUNT) where a field has several values.

    Raises:
        DataFileError: the file is missing, damaged or no PCD.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise _refused(path, 'no such file') from error
    try:
        header, body = _split(content)
        layout = _layout(header)
        return _DECODERS[layout.storage](body, layout)
    except (ValueError, KeyError, IndexError, UnicodeDecodeError) as error:
        raise _refused(path, f'{error} ({len(content)} bytes)') from error


def _split(content: bytes) -> tuple[dict[str, list[str]], bytes]:
    """The header as words by keyword, and what follows its DATA line."""
    at = content.find(b'\nDATA ', 0, _LARGEST_HEADER_BYTES)
    end = content.find(b'\n', at + 1)
    if at < 0 or end < 0:
        raise ValueError('no DATA line')
    lines = content[:end].decode('ascii').splitlines()
    words = (line.split() for line in lines if line.strip() and not line.startswith('#'))
    return {first: rest for first, *rest in words}, content[end + 1 :]


def _layout(header: dict[str, list[str]]) -> _Layout:
    missing = [key for key in ('FIELDS', 'SIZE', 'TYPE', 'POINTS', 'DATA') if not header.get(key)]
    if missing:
        raise ValueError(f'header without {", ".join(missing)}')
    names = header['FIELDS']
    counts = [int(count) for count in header.get('COUNT', ['1'] * len(names))]
    sizes = [int(size) for size in header['SIZE']]
    columns = []
    for index, (name, letter, size, count) in enumerate(
        zip(names, header['TYPE'], sizes, counts, strict=True)
    ):
        if size not in _ALLOWED_SIZES.get(letter, set()) or count < 1:
            raise ValueError(f'field {name} of type {letter}, size {size}, count {count}')
        # PCL calls padding "_", any number of times; numpy wants names to differ.
        unique = f'_{index}' if name == '_' else name
        columns.append((unique, f'<{_TYPE_LETTERS[letter]}{size}', (count,) if count > 1 else ()))
    storage = header['DATA'][0]
    if storage not in _DECODERS:
        raise ValueError(f'DATA {storage}, supported are {", ".join(_DECODERS)}')
    return _Layout(record=np.dtype(columns), point_count=int(header['POINTS'][0]), storage=storage)


def _decode_ascii(body: bytes, layout: _Layout) -> dict[str, AnyArray]:
    values = np.array(body.split(), np.float64)
    column_counts = [_value_count(layout.record[name]) for name in _names(layout)]
    wanted = layout.point_count * sum(column_counts)
    if len(values) != wanted:
        raise ValueError(f'{len(values)} numbers where {wanted} were announced')
    table = values.reshape(layout.point_count, sum(column_counts))
    starts = np.cumsum([0, *column_counts])
    return {
        name: _shaped(
            table[:, start : start + count].astype(layout.record[name].base), layout.record[name]
        )
        for name, start, count in zip(_names(layout), starts, column_counts, strict=False)
    }


def _decode_binary(body: bytes, layout: _Layout) -> dict[str, AnyArray]:
    wanted = layout.point_count * layout.record.itemsize
    if len(body) < wanted:
        raise ValueError(f'{len(body)} bytes of points where {wanted} were announced')
    records = np.frombuffer(body, layout.record, layout.point_count)
    return {name: np.ascontiguousarray(records[name]) for name in _names(layout)}


def _decode_compressed(body: bytes, layout: _Layout) -> dict[str, AnyArray]:
    """Two uint32 sizes, then one LZF block with the fields one after the other."""
    if len(body) < 8:
        raise ValueError('compressed points without their sizes')
    packed_size, size = np.frombuffer(body, '<u4', 2).tolist()
    wanted = layout.point_count * layout.record.itemsize
    if size != wanted:
        raise ValueError(f'{size} bytes of points where the header announces {wanted}')
    if len(body) < 8 + packed_size:
        raise ValueError(f'{len(body) - 8} compressed bytes where {packed_size} were announced')
    plain = decompress_lzf(body[8 : 8 + packed_size], size)
    fields, offset = {}, 0
    for name in _names(layout):
        kind = layout.record[name]
        count = layout.point_count * _value_count(kind)
        values = np.frombuffer(plain, kind.base, count, offset)
        fields[name] = _shaped(values.reshape(layout.point_count, -1), kind)
        offset += values.nbytes
    return fields


_DECODERS = {
    'ascii': _decode_ascii,
    'binary': _decode_binary,
    'binary_compressed': _decode_compressed,
}


def _names(layout: _Layout) -> tuple[str, ...]:
    return layout.record.names or ()


def _value_count(kind: np.dtype[np.void]) -> int:
    return int(np.prod(kind.shape, dtype=int))


def _shaped(values: AnyArray, kind: np.dtype[np.void]) -> AnyArray:
    return values if kind.shape else values[:, 0]


def _refused(path: Path, got: str) -> DataFileError:
    return DataFileError(
        expected='a PCD file (version 0.7: ascii, binary or binary_compressed)',
        got=got,
        where=str(path),
        remedy='check the path, or write the cloud again',
    )
