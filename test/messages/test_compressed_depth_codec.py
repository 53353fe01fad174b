from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.compressed_depth_codec import (
    decode_compressed_depth,
    encode_compressed_depth,
)

HEADER = struct.pack('<iff', 0, 0.0, 0.0)
CODES = np.array([[0, 1500, 65535], [1, 2, 3]], np.uint16)
METRES = np.array([[0, 1.5, 65.535], [0.001, 0.002, 0.003]], np.float32)


def png(codes: np.ndarray) -> bytes:
    return cv2.imencode('.png', codes)[1].tobytes()


@pytest.mark.parametrize(
    'image_format',
    ['16UC1; compressedDepth', '16UC1; compressedDepth png', 'mono16; compressedDepth png'],
)
def test_millimetres_behind_a_header(messages, image_format, stamp_ns):
    message = messages.compressed(HEADER + png(CODES), image_format)
    depth = decode_compressed_depth(message, where='/depth')
    np.testing.assert_array_equal(depth.depth_m, METRES)
    assert (depth.stamp_ns, depth.frame_id) == (stamp_ns, 'camera')


@pytest.mark.parametrize('image_format', ['png', '16UC1; png compressed ', '16UC1', ''])
def test_millimetres_in_a_plain_png(messages, image_format):
    message = messages.compressed(png(CODES), image_format)
    depth = decode_compressed_depth(message, where='/depth')
    np.testing.assert_array_equal(depth.depth_m, METRES)


def test_inverse_depth_by_hand(messages):
    # A = 10100, B = -1009 are the plugin's own (quantization 100, 10 m): code 1 is
    # 10100 / 1010 = 10 m, code 4041 is 10100 / 5050 = 2 m, code 0 is no measurement.
    codes = np.array([[0, 1, 4041]], np.uint16)
    content = struct.pack('<iff', 0, 10100.0, -1009.0) + png(codes)
    message = messages.compressed(content, '32FC1; compressedDepth png')
    depth = decode_compressed_depth(message, where='/depth')
    np.testing.assert_allclose(depth.depth_m, [[0, 10, 2]], rtol=1e-6)


def test_codes_at_and_below_the_pole_are_no_measurement(messages):
    content = struct.pack('<iff', 0, 10.0, 5.0) + png(np.array([[4, 5, 6]], np.uint16))
    message = messages.compressed(content, '32FC1; compressedDepth')
    depth = decode_compressed_depth(message, where='/depth')
    np.testing.assert_array_equal(depth.depth_m, [[0, 0, 10]])


def test_rvl_codes_are_read_too(messages):
    # Columns 4, rows 1, then 2 zeros and 2 others, 5 and 4 (see test_rvl_codec).
    rvl = np.array([4, 1, 0x22A11000], '<u4').tobytes()
    message = messages.compressed(HEADER + rvl, '16UC1; compressedDepth rvl')
    depth = decode_compressed_depth(message, where='/depth')
    np.testing.assert_array_equal(depth.depth_m, np.float32([[0, 0, 0.005, 0.004]]))


def test_encoded_millimetres_read_back_to_the_millimetre(rosbags_messages):
    depth_m = np.array([[0, 0.0004, 1.2344], [np.nan, 80.0, np.inf]], np.float32)
    layout = encode_compressed_depth(depth_m, '16UC1')
    assert layout.format == '16UC1; compressedDepth png'
    message = rosbags_messages.compressed(layout.data.tobytes(), layout.format)
    decoded_m = decode_compressed_depth(message, where='/depth').depth_m
    expected_m = [[0, 0.001, 1.234], [0, 65.535, 65.535]]
    np.testing.assert_array_equal(decoded_m, np.array(expected_m, np.float32))


def test_encoded_inverse_depth_reads_back_within_half_a_step(rosbags_messages):
    depth_m = np.linspace(0.5, 100, 1000, dtype=np.float32).reshape(20, 50)
    layout = encode_compressed_depth(depth_m, '32FC1', max_depth_m=100.0, quantization=100.0)
    message = rosbags_messages.compressed(layout.data.tobytes(), layout.format)
    decoded_m = decode_compressed_depth(message, where='/depth').depth_m
    half_step_m = depth_m**2 / 10100 / 2
    assert (np.abs(decoded_m - depth_m) <= half_step_m * 1.02 + 1e-5).all()


def test_inverse_depth_is_saturated_and_never_wraps(rosbags_messages):
    depth_m = np.array([[0.0, np.nan, -1.0, 1e-3, 500.0, np.inf]], np.float32)
    layout = encode_compressed_depth(depth_m, '32FC1', max_depth_m=100.0)
    message = rosbags_messages.compressed(layout.data.tobytes(), layout.format)
    decoded_m = decode_compressed_depth(message, where='/depth').depth_m
    # Code 65535 is 10100 / (65535 + 100) m.
    np.testing.assert_allclose(decoded_m, [[0, 0, 0, 0.153881, 100, 100]], rtol=1e-4)


@pytest.mark.parametrize(
    ('content', 'image_format', 'reason', 'text'),
    [
        (b'', '16UC1; compressedDepth', 'empty_image', 'header, got 0 bytes'),
        (HEADER, '16UC1; compressedDepth', 'empty_image', 'got 12 bytes'),
        (png(CODES), 'jpeg', 'unsupported_encoding', "got format 'jpeg'"),
        (png(CODES), '32FC1; png', 'unsupported_encoding', "got format '32FC1; png'"),
        (HEADER + png(CODES), 'png', 'unsupported_encoding', "got format 'png'"),
        (HEADER + b'junk', '16UC1; compressedDepth', 'unsupported_encoding', 'JPEG or PNG data'),
        (
            HEADER + png(CODES)[:-9],
            '16UC1; compressedDepth png',
            'truncated_image',
            'whole PNG picture',
        ),
        (
            HEADER + png(np.zeros((2, 2), np.uint8)),
            '16UC1; compressedDepth png',
            'unsupported_encoding',
            r'one 16-bit channel, got shape \(2, 2\) of uint8',
        ),
        (
            HEADER + png(CODES),
            '32FC1; compressedDepth png',
            'damaged_image',
            'the first one positive, got 0.0 and 0.0',
        ),
        (
            struct.pack('<iff', 0, float('nan'), 0.0) + png(CODES),
            '32FC1; compressedDepth png',
            'damaged_image',
            'got nan',
        ),
    ],
)
def test_what_is_no_compressed_depth_is_refused(messages, content, image_format, reason, text):
    with pytest.raises(SensorInputError, match=f'^/depth: .*{text}') as caught:
        decode_compressed_depth(messages.compressed(content, image_format), where='/depth')
    assert caught.value.reason == reason
