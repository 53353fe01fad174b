from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.point_cloud_codec import decode_point_cloud, encode_cloud

UINT16, FLOAT32, FLOAT64 = 4, 7, 8
XYZ32 = [('x', 0, FLOAT32), ('y', 4, FLOAT32), ('z', 8, FLOAT32)]
THREE_POINTS = np.array([[1, 2, 3], [4, 5, 6], [-7.5, 8.25, 9]], np.float32)


def xyz_cloud(messages, points_m, **changes):
    values = {'width': len(points_m), 'point_step': 12, 'fields': XYZ32}
    values.update(changes)
    content = values.pop('content', points_m.tobytes())
    return messages.cloud(content, values.pop('fields'), **values)


def test_plain_points_come_out_as_they_are(messages, stamp_ns):
    scan = decode_point_cloud(xyz_cloud(messages, THREE_POINTS), where='/points')
    np.testing.assert_array_equal(scan.points_m, THREE_POINTS)
    assert scan.points_m.dtype == np.float32
    assert (scan.stamp_ns, scan.frame_id, scan.ring) == (stamp_ns, 'lidar', None)


def test_the_scan_does_not_change_with_the_message(messages):
    message = xyz_cloud(messages, THREE_POINTS)
    scan = decode_point_cloud(message, where='/points')
    assert not np.shares_memory(scan.points_m, np.frombuffer(message.data, np.uint8))


@pytest.mark.parametrize('order', ['<', '>'])
@pytest.mark.parametrize('float_type', ['f4', 'f8'])
def test_fields_are_found_by_name_in_any_order_and_byte_order(messages, order, float_type):
    # z first, a stray byte that leaves the rest unaligned, then intensity, x, ring and y.
    layout = np.dtype(
        {
            'names': ['z', 'intensity', 'x', 'ring', 'y'],
            'formats': [order + kind for kind in (float_type, 'f4', float_type, 'u2', 'f4')],
            'offsets': [0, 9, 13, 21, 23],
            'itemsize': 30,
        }
    )
    points = np.zeros(3, layout)
    for index, name in enumerate('xyz'):
        points[name] = THREE_POINTS[:, index]
    points['ring'] = [0, 31, 63]
    wide = FLOAT64 if float_type == 'f8' else FLOAT32
    fields = [
        ('z', 0, wide),
        ('intensity', 9, FLOAT32),
        ('x', 13, wide),
        ('ring', 21, UINT16),
        ('y', 23, FLOAT32),
    ]
    message = messages.cloud(
        points.tobytes(), fields, width=3, point_step=30, is_bigendian=order == '>'
    )
    scan = decode_point_cloud(message, where='/points')
    np.testing.assert_array_equal(scan.points_m, THREE_POINTS)
    np.testing.assert_array_equal(scan.ring, [0, 31, 63])


@pytest.mark.parametrize('name', ['ring', 'channel', 'line'])
@pytest.mark.parametrize(
    ('datatype', 'dtype'), [(1, 'i1'), (2, 'u1'), (3, 'i2'), (4, 'u2'), (5, 'i4'), (6, 'u4')]
)
def test_the_laser_number_may_be_of_any_integer_type(rosbags_messages, name, datatype, dtype):
    layout = np.dtype([('xyz', '<f4', 3), ('ring', f'<{dtype}')])
    points = np.zeros(3, layout)
    points['xyz'], points['ring'] = THREE_POINTS, [5, 6, 100]
    message = rosbags_messages.cloud(
        points.tobytes(), [*XYZ32, (name, 12, datatype)], width=3, point_step=layout.itemsize
    )
    ring = decode_point_cloud(message, where='/points').ring
    assert ring.dtype == np.int32
    np.testing.assert_array_equal(ring, [5, 6, 100])


def test_a_ring_that_is_no_integer_is_left_out(messages):
    points = np.column_stack([THREE_POINTS, [1, 2, 3]]).astype('<f4')
    fields = [*XYZ32, ('ring', 12, FLOAT32)]
    message = messages.cloud(points.tobytes(), fields, width=3, point_step=16)
    assert decode_point_cloud(message, where='/points').ring is None


def test_an_organised_cloud_with_padded_rows_is_read_row_by_row(messages):
    rows = np.full((2, 40), 255, np.uint8)
    grid = np.arange(1, 19, dtype='<f4').reshape(2, 3, 3)
    rows[:, :36] = grid.reshape(2, 9).view(np.uint8)
    message = xyz_cloud(
        messages, grid, content=rows.tobytes()[:-4], width=3, height=2, row_step=40
    )
    scan = decode_point_cloud(message, where='/points')
    np.testing.assert_array_equal(scan.points_m, grid.reshape(6, 3))


def test_the_row_step_of_a_single_row_does_not_matter(messages):
    message = xyz_cloud(messages, THREE_POINTS, row_step=0)
    assert len(decode_point_cloud(message, where='/points').points_m) == 3


def test_points_that_were_not_measured_go_with_their_ring(messages):
    nan, inf = np.nan, np.inf
    points = np.array(
        [
            [1, 2, 3, 10],
            [nan, 2, 3, 11],
            [1, -inf, 3, 12],
            [0, 0, 0, 13],
            [0, 0, 5, 14],
            [1, 2, inf, 15],
        ],
        '<f4',
    )
    content = np.zeros(6, np.dtype([('xyz', '<f4', 3), ('ring', '<u2')]))
    content['xyz'], content['ring'] = points[:, :3], points[:, 3]
    message = messages.cloud(
        content.tobytes(), [*XYZ32, ('ring', 12, UINT16)], width=6, point_step=14
    )
    scan = decode_point_cloud(message, where='/points')
    np.testing.assert_array_equal(scan.points_m, [[1, 2, 3], [0, 0, 5]])
    np.testing.assert_array_equal(scan.ring, [10, 14])


def test_a_double_too_large_for_a_float_is_no_point(messages):
    points = np.array([[1e300, 0, 0], [1, 2, 3]], '<f8')
    fields = [('x', 0, FLOAT64), ('y', 8, FLOAT64), ('z', 16, FLOAT64)]
    message = messages.cloud(points.tobytes(), fields, width=2, point_step=24)
    scan = decode_point_cloud(message, where='/points')
    np.testing.assert_array_equal(scan.points_m, [[1, 2, 3]])


@pytest.mark.parametrize(
    ('changes', 'reason', 'text'),
    [
        ({'width': 0}, 'empty_cloud', 'got 0 x 1 points'),
        ({'height': 0}, 'empty_cloud', 'got 3 x 0 points'),
        ({'fields': []}, 'missing_xyz', 'expected fields x, y and z, got fields none'),
        (
            {'fields': [('x', 0, 7), ('y', 4, 7), ('range', 8, 7)]},
            'missing_xyz',
            'got fields x, y, range',
        ),
        (
            {'fields': [('x', 0, 7), ('y', 4, 7), ('z', 8, 5)]},
            'wrong_datatype',
            'as z, got 1 of datatype 5',
        ),
        (
            {'fields': [('x', 0, 7), ('y', 4, 99), ('z', 8, 7)]},
            'wrong_datatype',
            'as y, got 1 of datatype 99',
        ),
        (
            {'fields': [('x', 0, 7), ('y', 4, 7), ('z', 9, 7)]},
            'bad_layout',
            "point_step of at least 13 bytes for field 'z', got point_step 12",
        ),
        (
            {'fields': [*XYZ32, ('ring', 11, 4)]},
            'bad_layout',
            "at least 13 bytes for field 'ring'",
        ),
        ({'point_step': 0}, 'bad_layout', "for field 'x', got point_step 0"),
        ({'height': 2, 'row_step': 35}, 'bad_layout', 'row_step of at least 36 .*got row_step 35'),
        ({'width': 4}, 'truncated_cloud', 'expected 48 bytes for 4 x 1 points.*got 36 bytes'),
        ({'content': b''}, 'truncated_cloud', 'got 0 bytes'),
        ({'width': 2**32 - 1, 'height': 2**32 - 1}, 'bad_layout', 'row_step'),
        (
            {'content': np.full((3, 3), np.nan, '<f4').tobytes()},
            'all_nan_cloud',
            'got 3 points, each NaN',
        ),
        ({'content': bytes(36)}, 'all_nan_cloud', 'or 0, 0, 0'),
    ],
)
def test_clouds_that_cannot_be_used_are_refused(messages, changes, reason, text):
    changes.setdefault('row_step', 36)
    message = xyz_cloud(messages, THREE_POINTS, **changes)
    with pytest.raises(SensorInputError, match=f'^/lidar/points: .*{text}') as caught:
        decode_point_cloud(message, where='/lidar/points')
    assert caught.value.reason == reason


@st.composite
def layouts(draw):
    """Non-overlapping fields x, y, z and ring in any order with gaps, and rows with padding."""
    offset, fields = draw(st.integers(0, 5)), {}
    for name in draw(st.permutations(['x', 'y', 'z', 'ring'])):
        kind = draw(st.sampled_from(['f4', 'f8'] if name in 'xyz' else ['u1', 'i2', 'u4']))
        fields[name] = (kind, offset)
        offset += np.dtype(kind).itemsize + draw(st.integers(0, 3))
    return fields, offset, draw(st.integers(0, 9)), draw(st.sampled_from('<>'))


@given(layouts(), st.integers(1, 3), st.integers(1, 4), st.randoms(use_true_random=False))
def test_every_layout_reads_back_what_was_written(rosbags_messages, layout, height, width, random):
    fields, point_step, row_padding, order = layout
    structured = np.dtype(
        {
            'names': list(fields),
            'formats': [order + kind for kind, _ in fields.values()],
            'offsets': [offset for _, offset in fields.values()],
            'itemsize': point_step,
        }
    )
    points = np.zeros((height, width), structured)
    for name in 'xyz':
        points[name] = np.reshape(
            [random.randint(1, 999) for _ in range(points.size)], (-1, width)
        )
    points['ring'] = np.arange(points.size).reshape(height, width)
    rows = [row.tobytes() + bytes(row_padding) for row in points]
    datatypes = {'u1': 2, 'i2': 3, 'u4': 6, 'f4': 7, 'f8': 8}
    message = rosbags_messages.cloud(
        b''.join(rows),
        [(name, offset, datatypes[kind]) for name, (kind, offset) in fields.items()],
        width=width,
        height=height,
        point_step=point_step,
        row_step=width * point_step + row_padding,
        is_bigendian=order == '>',
    )
    scan = decode_point_cloud(message, where='/points')
    expected = np.stack([points[name].reshape(-1) for name in 'xyz'], axis=1)
    np.testing.assert_array_equal(scan.points_m, expected.astype(np.float32))
    np.testing.assert_array_equal(scan.ring, np.arange(points.size))


def test_encoded_points_hold_their_colour_as_rviz_reads_it():
    points_m = np.array([[1, 2, 3], [np.nan, np.nan, np.nan]], np.float32)
    colours_rgb = np.array([[0x12, 0x34, 0x56], [255, 254, 253]], np.uint8)
    layout = encode_cloud(points_m, colours_rgb)
    assert (layout.height, layout.width, layout.point_step, layout.row_step) == (1, 2, 16, 32)
    assert [(f.name, f.offset, f.datatype, f.count) for f in layout.fields] == [
        ('x', 0, 7, 1),
        ('y', 4, 7, 1),
        ('z', 8, 7, 1),
        ('rgb', 12, 7, 1),
    ]
    assert not layout.is_dense
    packed = layout.data.view('<u4').reshape(2, 4)[:, 3]
    assert [hex(value) for value in packed] == ['0x123456', '0xfffefd']
    np.testing.assert_array_equal(layout.data.view('<f4').reshape(2, 4)[:, :3], points_m)


@pytest.mark.parametrize('shape', [(7, 3), (2, 5, 3), (1, 1, 3)])
def test_encoded_clouds_decode_to_the_same_points(rosbags_messages, shape):
    rng = np.random.default_rng(0)
    points_m = rng.normal(size=shape).astype(np.float32)
    layout = encode_cloud(points_m, rng.integers(0, 256, shape, np.uint8))
    assert layout.is_dense
    message = rosbags_messages.cloud(
        layout.data.tobytes(),
        [(field.name, field.offset, field.datatype) for field in layout.fields],
        width=layout.width,
        height=layout.height,
        point_step=layout.point_step,
        row_step=layout.row_step,
    )
    scan = decode_point_cloud(message, where='/points')
    np.testing.assert_array_equal(scan.points_m, points_m.reshape(-1, 3))


def test_a_cloud_without_points_can_be_encoded():
    layout = encode_cloud(np.empty((0, 3), np.float32), np.empty((0, 3), np.uint8))
    assert (layout.width, layout.row_step, layout.data.size, layout.is_dense) == (0, 0, 0, True)


@pytest.mark.parametrize(
    ('points_m', 'colours_rgb', 'text'),
    [
        (np.zeros((2, 3)), np.zeros((2, 3), np.uint8), 'points_m: expected .* float32'),
        (np.zeros((2, 4), np.float32), np.zeros((2, 4), np.uint8), 'points_m'),
        (np.zeros((2, 3), np.float32), np.zeros((3, 3), np.uint8), r'colours_rgb: .*\(2, 3\)'),
        (np.zeros((2, 3), np.float32), np.zeros((2, 3)), 'colours_rgb: .* got .* float64'),
    ],
)
def test_arrays_that_are_no_cloud_are_a_programming_error(points_m, colours_rgb, text):
    with pytest.raises(ValueError, match=text):
        encode_cloud(points_m, colours_rgb)
