from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.bag.message_building import make_point_cloud
from mt_depth_ros.messages.point_cloud_codec import decode_point_cloud
from mt_depth_ros.messages.scan_codec import encode_scan


def test_a_scan_reads_back_without_the_points_that_returned_nothing() -> None:
    points = np.array([[1, 2, 3], [np.nan] * 3, [4, 5, 6]], np.float32)
    layout = encode_scan(points, ring=np.array([7, 8, 63], np.int32))
    scan = decode_point_cloud(make_point_cloud(layout, 5, 'lidar'), where='/points')
    assert scan.points_m.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert scan.ring is not None
    assert scan.ring.tolist() == [7, 63]
    assert not layout.is_dense


def test_fields_lie_where_the_layout_says() -> None:
    layout = encode_scan(
        np.array([[1, 2, 3]], np.float32),
        ring=np.array([300], np.int32),
        intensity=np.array([0.5], np.float32),
        time_s=np.array([0.25], np.float32),
    )
    raw = layout.data.tobytes()
    assert np.frombuffer(raw[12:16], '<f4')[0] == 0.5
    assert np.frombuffer(raw[16:18], '<u2')[0] == 300
    assert np.frombuffer(raw[18:22], '<f4')[0] == 0.25
    assert [field.name for field in layout.fields] == ['x', 'y', 'z', 'intensity', 'ring', 'time']
    assert layout.row_step == layout.point_step == len(raw) == 22


def test_rings_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match='ring: expected shape'):
        encode_scan(np.zeros((2, 3), np.float32), ring=np.zeros(3, np.int32))


@pytest.mark.parametrize('ring', [-1, 65536])
def test_rings_that_would_wrap_are_refused(ring: int) -> None:
    with pytest.raises(ValueError, match='ring: expected 0 to 65535, got'):
        encode_scan(np.ones((1, 3), np.float32), ring=np.array([ring], np.int32))
    assert encode_scan(np.ones((1, 3), np.float32), ring=np.array([65535], np.int32)).width == 1
