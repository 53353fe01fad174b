from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.depth_codec import decode_depth_image, encode_depth_image


@pytest.mark.parametrize('order', ['<', '>'])
def test_float_metres_keep_what_was_measured(messages, order, stamp_ns):
    depth_m = np.array([[1.5, np.nan, 0.0], [np.inf, -np.inf, -2.0]], f'{order}f4')
    message = messages.image(
        depth_m.tobytes(),
        width=3,
        height=2,
        encoding='32FC1',
        step=12,
        is_bigendian=order == '>',
    )
    depth = decode_depth_image(message, where='/depth')
    np.testing.assert_array_equal(depth.depth_m, [[1.5, 0, 0], [0, 0, 0]])
    assert depth.depth_m.dtype == np.float32
    assert (depth.stamp_ns, depth.frame_id) == (stamp_ns, 'camera')


@pytest.mark.parametrize('encoding', ['16UC1', 'mono16'])
@pytest.mark.parametrize('order', ['<', '>'])
def test_millimetres_become_metres_and_zero_stays_zero(messages, encoding, order):
    rows = np.array([[1500, 0, 9], [65535, 1, 9]], f'{order}u2')  # two pixels, then padding
    message = messages.image(
        rows.tobytes(),
        width=2,
        height=2,
        encoding=encoding,
        step=6,
        is_bigendian=order == '>',
    )
    depth_m = decode_depth_image(message, where='/depth').depth_m
    np.testing.assert_array_equal(depth_m, np.array([[1.5, 0], [65.535, 0.001]], np.float32))


def test_the_depth_does_not_change_with_the_message(messages):
    message = messages.image(bytes(16), width=2, height=2, encoding='32FC1', step=8)
    depth_m = decode_depth_image(message, where='/depth').depth_m
    assert not np.shares_memory(depth_m, np.frombuffer(message.data, np.uint8))


@pytest.mark.parametrize('encoding', ['rgb8', 'mono8', '64FC1', '8UC1'])
def test_other_encodings_are_no_depth(messages, encoding):
    message = messages.image(bytes(16), width=2, height=2, encoding=encoding, step=8)
    with pytest.raises(SensorInputError, match=f"32FC1 metres or 16UC1.*got '{encoding}'") as err:
        decode_depth_image(message, where='/depth')
    assert err.value.reason == 'unsupported_encoding'


def test_a_depth_image_cut_short_is_refused(messages):
    message = messages.image(bytes(15), width=2, height=2, encoding='32FC1', step=8)
    with pytest.raises(SensorInputError, match='expected 16 bytes') as caught:
        decode_depth_image(message, where='/depth')
    assert caught.value.reason == 'truncated_image'


def test_float_depth_is_published_as_it_is():
    depth_m = np.array([[1.5, np.nan, np.inf]], np.float32)
    layout = encode_depth_image(depth_m)
    assert (layout.encoding, layout.step) == ('32FC1', 12)
    np.testing.assert_array_equal(layout.data.view('<f4'), depth_m[0])


def test_millimetres_are_saturated_and_never_wrap():
    depth_m = np.array([[1.5, np.nan, np.inf, 70.0]], np.float32)
    layout = encode_depth_image(depth_m, '16UC1')
    assert layout.data.view('<u2').tolist() == [1500, 0, 65535, 65535]
