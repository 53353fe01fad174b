from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.image_codec import decode_image, encode_image

# Two pixels: one orange, one blue.
ORANGE_BLUE_RGB = [[[250, 120, 10], [1, 2, 200]]]


@pytest.mark.parametrize(
    ('encoding', 'content'),
    [
        ('rgb8', [250, 120, 10, 1, 2, 200]),
        ('bgr8', [10, 120, 250, 200, 2, 1]),
        ('8UC3', [10, 120, 250, 200, 2, 1]),
        ('rgba8', [250, 120, 10, 99, 1, 2, 200, 99]),
        ('bgra8', [10, 120, 250, 99, 200, 2, 1, 99]),
        ('8UC4', [10, 120, 250, 99, 200, 2, 1, 99]),
    ],
)
def test_eight_bit_colours_come_out_red_first(messages, encoding, content, stamp_ns):
    message = messages.image(
        bytes(content), width=2, height=1, encoding=encoding, step=len(content)
    )
    image = decode_image(message, where='/image')
    np.testing.assert_array_equal(image.image_rgb, ORANGE_BLUE_RGB)
    assert (image.stamp_ns, image.frame_id) == (stamp_ns, 'camera')


@pytest.mark.parametrize('encoding', ['mono8', '8UC1'])
def test_grey_becomes_three_equal_channels(messages, encoding):
    message = messages.image(bytes([7, 8]), width=2, height=1, encoding=encoding, step=2)
    image = decode_image(message, where='/image')
    np.testing.assert_array_equal(image.image_rgb, [[[7] * 3, [8] * 3]])


@pytest.mark.parametrize(
    ('encoding', 'values', 'expected'),
    [
        ('mono16', [0x1234, 0xFF00], [[[0x12] * 3, [0xFF] * 3]]),
        ('rgb16', [0x0102, 0x0304, 0xA506, 0, 0, 0], [[[1, 3, 0xA5], [0, 0, 0]]]),
        ('bgr16', [0x0102, 0x0304, 0xA506, 0, 0, 0], [[[0xA5, 3, 1], [0, 0, 0]]]),
    ],
)
@pytest.mark.parametrize('order', ['<', '>'])
def test_sixteen_bits_keep_their_high_byte_in_both_byte_orders(
    messages, encoding, values, expected, order
):
    content = np.array(values, f'{order}u2').tobytes()
    message = messages.image(
        content,
        width=2,
        height=1,
        encoding=encoding,
        step=len(content),
        is_bigendian=order == '>',
    )
    np.testing.assert_array_equal(decode_image(message, where='/image').image_rgb, expected)


@pytest.mark.parametrize('encoding', ['rgb8', 'bgr8'])
def test_row_padding_is_skipped(messages, encoding):
    rows = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    padded = np.full((2, 16), 255, np.uint8)
    padded[:, :9] = rows.reshape(2, 9)
    # The padding of the last row may be missing.
    for content in (padded.tobytes(), padded.tobytes()[:-7]):
        message = messages.image(content, width=3, height=2, encoding=encoding, step=16)
        image_rgb = decode_image(message, where='/image').image_rgb
        np.testing.assert_array_equal(image_rgb, rows if encoding == 'rgb8' else rows[..., ::-1])


def test_rgb8_shares_memory_with_the_message(messages):
    message = messages.image(bytes(12), width=2, height=2, encoding='rgb8', step=6)
    image = decode_image(message, where='/image')
    assert np.shares_memory(image.image_rgb, np.frombuffer(message.data, np.uint8))


@pytest.mark.parametrize('encoding', ['bayer_rggb8', 'yuv422_yuy2', 'nv21', '64FC1', '', 'RGB8'])
def test_other_encodings_are_refused_naming_the_readable_ones(messages, encoding):
    message = messages.image(bytes(12), width=2, height=2, encoding=encoding, step=6)
    with pytest.raises(SensorInputError, match=r'rgb8, bgr8, .*got .*cv_bridge') as caught:
        decode_image(message, where='/image')
    assert caught.value.reason == 'unsupported_encoding'
    assert repr(encoding) in str(caught.value)


def test_a_depth_image_in_place_of_the_colour_image_is_told_apart(messages):
    message = messages.image(bytes(16), width=2, height=2, encoding='32FC1', step=8)
    with pytest.raises(SensorInputError, match='looks like depth'):
        decode_image(message, where='/image')


@pytest.mark.parametrize(
    ('changes', 'reason', 'text'),
    [
        ({'content': bytes(11)}, 'truncated_image', 'expected 12 bytes for 2 x 2 rgb8.*got 11'),
        ({'content': b''}, 'truncated_image', 'got 0 bytes'),
        ({'step': 5}, 'bad_layout', 'step of at least 6 bytes.*got step 5'),
        ({'step': 0}, 'bad_layout', 'got step 0'),
        ({'height': 0}, 'empty_image', 'got 2 x 0'),
        ({'width': 0}, 'empty_image', 'got 0 x 2'),
        ({'height': 2**32 - 1, 'step': 2**32 - 1}, 'truncated_image', 'got 12 bytes'),
    ],
)
def test_images_that_do_not_hold_together_are_refused(messages, changes, reason, text):
    values = {'content': bytes(12), 'width': 2, 'height': 2, 'encoding': 'rgb8', 'step': 6}
    values.update(changes)
    message = messages.image(values.pop('content'), **values)
    with pytest.raises(SensorInputError, match=f'^/camera/image: .*{text}') as caught:
        decode_image(message, where='/camera/image')
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ('encoding', 'pixels'),
    [
        ('rgb8', np.arange(12, dtype=np.uint8).reshape(2, 2, 3)),
        ('bgr8', np.arange(12, dtype=np.uint8).reshape(2, 2, 3)),
        ('mono8', np.arange(4, dtype=np.uint8).reshape(2, 2)),
    ],
)
def test_encoded_images_decode_to_the_same_pixels(rosbags_messages, encoding, pixels):
    layout = encode_image(pixels, encoding)
    message = rosbags_messages.image(
        layout.data.tobytes(),
        width=layout.width,
        height=layout.height,
        encoding=layout.encoding,
        step=layout.step,
    )
    image_rgb = decode_image(message, where='/image').image_rgb
    expected = {'rgb8': pixels, 'bgr8': pixels[..., ::-1]}.get(encoding)
    np.testing.assert_array_equal(
        image_rgb, np.dstack([pixels] * 3) if expected is None else expected
    )


def test_encoding_copies_nothing_that_is_contiguous():
    depth_m = np.zeros((4, 5), np.float32)
    layout = encode_image(depth_m, '32FC1')
    assert np.shares_memory(layout.data, depth_m)
    assert (layout.height, layout.width, layout.step, layout.is_bigendian) == (4, 5, 20, False)


def test_encoding_closes_the_gaps_of_a_view():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)[:, :2]
    assert encode_image(pixels, 'rgb8').data.tolist() == [0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16, 17]


@pytest.mark.parametrize(
    ('pixels', 'encoding', 'text'),
    [
        (np.zeros((2, 2), np.uint8), 'rgb8', r'rgb8: expected \(H, W, 3\) uint8, got \(2, 2\)'),
        (np.zeros((2, 2), np.float64), '32FC1', r'expected \(H, W\) float32'),
        (np.zeros((2, 2, 1), np.uint16), '16UC1', r'expected \(H, W\) uint16'),
        (np.zeros(2, np.uint8), 'mono8', r'expected \(H, W\) uint8'),
        (np.zeros((2, 2), np.uint8), 'yuv422', "got 'yuv422'"),
    ],
)
def test_arrays_that_do_not_fit_the_encoding_are_a_programming_error(pixels, encoding, text):
    with pytest.raises(ValueError, match=text):
        encode_image(pixels, encoding)
