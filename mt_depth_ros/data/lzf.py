"""LibLZF's compressed format, decoded.

A control byte below 32 is followed by that many plus one literal bytes. Any other starts a copy of
earlier output: its upper 3 bits are the length less 2 (7: another byte adds to it), its lower 5
bits and the next byte the distance less 1.
"""

from __future__ import annotations


def decompress_lzf(compressed: bytes, size: int) -> bytes:
    """Decodes a block.

    Args:
        compressed: the block.
        size: bytes it decodes to.

    Raises:
        ValueError: the block is damaged, or does not decode to ``size`` bytes.
    """
    output = bytearray()
    position, end = 0, len(compressed)
    try:
        while position < end:
            control = compressed[position]
            position += 1
            if control < 32:
                position = _copy_literals(compressed, position, control + 1, output)
                continue
            length = (control >> 5) + 2
            if length == 9:
                length += compressed[position]
                position += 1
            distance = ((control & 31) << 8) + compressed[position] + 1
            position += 1
            _repeat_output(output, distance, length)
    except IndexError:
        raise ValueError('LZF block ends inside a token') from None
    if len(output) != size:
        raise ValueError(f'LZF block decodes to {len(output)} bytes, {size} were announced')
    return bytes(output)


def _copy_literals(compressed: bytes, position: int, count: int, output: bytearray) -> int:
    if position + count > len(compressed):
        raise IndexError
    output += compressed[position : position + count]
    return position + count


def _repeat_output(output: bytearray, distance: int, length: int) -> None:
    """Appends what stands ``distance`` bytes back; the copy may run into itself."""
    start = len(output) - distance
    if start < 0:
        raise ValueError('LZF block refers to before its beginning')
    pattern = output[start : start + length]
    repeats = -(-length // len(pattern))
    output += (pattern * repeats)[:length]
