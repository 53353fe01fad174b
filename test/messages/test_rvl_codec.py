from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.rvl_codec import decode_rvl


def nibbles_of(number: int) -> list[int]:
    nibbles = []
    while True:
        number, bits = number >> 3, number & 7
        nibbles.append(bits | (8 if number else 0))
        if not number:
            return nibbles


def encode_rvl(image: np.ndarray) -> np.ndarray:
    """The paper's encoder, number by number."""
    pixels, numbers, last, index = image.reshape(-1).tolist(), [], 0, 0
    while index < len(pixels):
        for is_zero in (True, False):
            start = index
            while index < len(pixels) and (pixels[index] == 0) == is_zero:
                index += 1
            numbers.append(index - start)
        for pixel in pixels[start:index]:
            difference = pixel - last
            numbers.append(2 * difference if difference >= 0 else -2 * difference - 1)
            last = pixel
    nibbles = [nibble for number in numbers for nibble in nibbles_of(number)]
    nibbles += [0] * (-len(nibbles) % 8)
    words = [
        int(''.join(f'{n:x}' for n in nibbles[i : i + 8]), 16) for i in range(0, len(nibbles), 8)
    ]
    return np.concatenate([[image.shape[1], image.shape[0]], words]).astype('<u4').view(np.uint8)


def test_a_run_worked_by_hand():
    # 2 zeros, 2 others: 5 = zigzag 10 (nibbles A 1), 4 = difference -1 = zigzag 1.
    # Nibbles 2 2 A 1 1, padded to 0x22A11000, with columns 4 and rows 1 before it.
    payload = np.array([4, 1, 0x22A11000], '<u4').view(np.uint8)
    np.testing.assert_array_equal(decode_rvl(payload, where='/depth'), [[0, 0, 5, 4]])


@given(
    st.integers(1, 6),
    st.integers(1, 9),
    st.data(),
)
def test_every_image_reads_back(height, width, data):
    pixel = st.one_of(st.just(0), st.integers(0, 65535))
    pixels = data.draw(st.lists(pixel, min_size=height * width, max_size=height * width))
    image = np.array(pixels, np.uint16).reshape(height, width)
    decoded = decode_rvl(encode_rvl(image), where='/depth')
    assert decoded.dtype == np.uint16
    np.testing.assert_array_equal(decoded, image)


def test_data_cut_short_is_refused():
    image = np.arange(1, 401, dtype=np.uint16).reshape(20, 20)
    payload = encode_rvl(image)
    for length in (0, 7, 8, len(payload) // 2, len(payload) - 4):
        with pytest.raises(SensorInputError, match='RVL data with') as caught:
            decode_rvl(payload[:length], where='/depth')
        assert caught.value.reason == 'truncated_image'


@pytest.mark.parametrize(
    ('words', 'text'),
    [
        ([0, 5, 0], 'between 1 and .* pixels, got 0 x 5'),
        ([2**31, 2**31, 0], 'between 1 and'),
        ([2, 1, 0x70000000], 'with 2 pixels, got runs of 7'),
        ([2, 1, 0xFFFFFFFF, 0xFFFF0000], 'numbers of at most 11 nibbles, got 13'),
    ],
)
def test_data_that_makes_no_sense_is_refused(words, text):
    with pytest.raises(SensorInputError, match=text) as caught:
        decode_rvl(np.array(words, '<u4').view(np.uint8), where='/depth')
    assert caught.value.reason == 'damaged_image'
