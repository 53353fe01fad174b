"""RVL, the lossless run and variable-length code of 16-bit depth images.

A. D. Wilson, "Fast Lossless Depth Image Compression", ISS 2017. The image is a chain of runs:
a number of zero pixels, a number of others, then for each of those the difference to the last one
before it, zigzag coded. Every number is a chain of nibbles, least significant three bits first,
whose top bit says that more follow; eight nibbles to a 32-bit word, the first on top.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.errors import SensorInputError

_MAX_PIXELS = 2**26
_MAX_NIBBLES = 11
_SIZE_BYTES = 8


def decode_rvl(payload: NDArray[np.uint8], *, where: str) -> NDArray[np.uint16]:
    """Decodes an image as compressedDepth stores it: columns, rows, then the words.

    Only the walk over the runs is a Python loop; a dense image has few of them.

    Args:
        payload: (N,) uint8, what follows the header of 12 bytes.
        where: the topic, for errors.

    Returns:
        (H, W) uint16.

    Raises:
        SensorInputError: the data ends too early (reason ``truncated_image``) or makes no sense
            (``damaged_image``).
    """
    if len(payload) < _SIZE_BYTES:
        raise _error('truncated_image', 'the image size', f'{len(payload)} bytes', where)
    columns, rows = (int(n) for n in np.frombuffer(payload[:_SIZE_BYTES].tobytes(), '<u4'))
    if not 0 < columns * rows <= _MAX_PIXELS:
        expected = f'between 1 and {_MAX_PIXELS} pixels'
        raise _error('damaged_image', expected, f'{columns} x {rows}', where)
    numbers = _read_numbers(payload[_SIZE_BYTES:], where)
    first_number, first_pixel, counts = _walk_runs(numbers, columns * rows, where)
    # For every non-zero pixel: its place within its run, then its number and its pixel.
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    zigzag = numbers[np.repeat(first_number, counts) + place]
    differences = (zigzag >> 1) ^ -(zigzag & 1)
    image = np.zeros(columns * rows, np.uint16)
    image[np.repeat(first_pixel, counts) + place] = np.cumsum(differences) & 0xFFFF
    return image.reshape(rows, columns)


def _read_numbers(payload: NDArray[np.uint8], where: str) -> NDArray[np.int64]:
    """(M,) int64, every number in the nibbles; a few zeros of padding at the end."""
    whole_words = payload[: len(payload) // 4 * 4].tobytes()
    in_order = np.frombuffer(whole_words, '<u4').astype('>u4').view(np.uint8)
    nibbles = np.column_stack([in_order >> 4, in_order & 0xF]).reshape(-1)
    ends = np.flatnonzero(nibbles < 8)
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64)[: len(ends)]
    lengths = ends - starts + 1
    longest = int(lengths.max(initial=0))
    if longest > _MAX_NIBBLES:
        expected = f'numbers of at most {_MAX_NIBBLES} nibbles'
        raise _error('damaged_image', expected, str(longest), where)
    numbers = np.zeros(len(ends), np.int64)
    for index in range(longest):
        has_nibble = lengths > index
        bits = nibbles[starts[has_nibble] + index].astype(np.int64) & 7
        numbers[has_nibble] |= bits << (3 * index)
    return numbers


def _walk_runs(
    numbers: NDArray[np.int64], num_pixels: int, where: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For every run of non-zero pixels: its first number, its first pixel, its length."""
    runs: list[tuple[int, int, int]] = []
    number = pixel = 0
    while pixel < num_pixels:
        if number + 2 > len(numbers):
            expected = f'{num_pixels} pixels'
            raise _error('truncated_image', expected, f'data that ends after {pixel}', where)
        num_zeros, num_others = int(numbers[number]), int(numbers[number + 1])
        runs.append((number + 2, pixel + num_zeros, num_others))
        pixel += num_zeros + num_others
        number += 2 + num_others
    if pixel > num_pixels:
        raise _error('damaged_image', f'{num_pixels} pixels', f'runs of {pixel}', where)
    if number > len(numbers):
        expected = f'{number} numbers'
        raise _error('truncated_image', expected, str(len(numbers)), where)
    first_number, first_pixel, counts = np.array(runs, np.int64).T
    return first_number, first_pixel, counts


def _error(reason: str, expected: str, got: str, where: str) -> SensorInputError:
    return SensorInputError(
        reason=reason,
        expected=f'RVL data with {expected}',
        got=got,
        where=where,
        remedy='check the publisher of this topic, or give the raw depth topic',
    )
