import contextlib

from hypothesis import given
from hypothesis import strategies as st
import pytest

from mt_depth_ros.data.lzf import decompress_lzf


def test_literals_are_copied() -> None:
    # 3 - 1 = 2 announces three literal bytes.
    assert decompress_lzf(b'\x02abc', 3) == b'abc'


def test_a_short_copy_repeats_earlier_output() -> None:
    # Length 4 is (4 - 2) << 5 = 0x40, distance 4 is 3.
    assert decompress_lzf(b'\x03abcd\x40\x03', 8) == b'abcdabcd'


def test_a_copy_may_run_into_itself() -> None:
    assert decompress_lzf(b'\x01ab\x80\x01', 8) == b'abababab'


def test_a_long_copy_has_a_byte_more_for_its_length() -> None:
    # 0xe0 is a length of 7 + 2, the next byte adds 91; distance 1 is 0.
    assert decompress_lzf(b'\x00x\xe0\x5b\x00', 101) == b'x' * 101


def test_a_far_copy_takes_its_distance_from_both_bytes() -> None:
    # 300 bytes in literal runs of up to 32; distance 300 is 299 = 1 * 256 + 43.
    plain = bytes(index % 251 for index in range(300))
    assert decompress_lzf(literals(plain) + b'\x21\x2b', 303) == plain + plain[:3]


@pytest.mark.parametrize('compressed', [b'\x05abc', b'\x00a\x40', b'\x00a\xe0\x01'])
def test_a_block_that_ends_inside_a_token_is_refused(compressed: bytes) -> None:
    with pytest.raises(ValueError, match='ends inside a token'):
        decompress_lzf(compressed, 10)


def test_a_reference_before_the_beginning_is_refused() -> None:
    with pytest.raises(ValueError, match='before its beginning'):
        decompress_lzf(b'\x00a\x40\x05', 5)


def test_another_size_than_announced_is_refused() -> None:
    with pytest.raises(ValueError, match='decodes to 3 bytes, 4 were announced'):
        decompress_lzf(b'\x02abc', 4)


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_bytes_decode_or_are_refused(block: bytes, size: int) -> None:
    with contextlib.suppress(ValueError):
        assert len(decompress_lzf(block, size)) == size


def literals(plain: bytes) -> bytes:
    runs = [plain[start : start + 32] for start in range(0, len(plain), 32)]
    return b''.join(bytes([len(run) - 1]) + run for run in runs)
