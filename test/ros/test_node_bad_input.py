"""Every bad input, live against one running node: one message, one count, and it goes on."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope='module')
def live(start_lasting_node):
    live = start_lasting_node(parameters={'report_period': 3600.0})
    live.check_it_goes_on()
    return live


def wrong_encoding(live: Any, stamp_ns: int) -> dict[str, Any]:
    image = live.messages.image(stamp_ns)
    image.encoding = 'no_such_encoding'
    return {'image': image}


def size_mismatch(live: Any, stamp_ns: int) -> dict[str, Any]:
    info = live.messages.camera_info(stamp_ns)
    info.width, info.height = 128, 96
    return {'camera_info': info}


def zero_intrinsics(live: Any, stamp_ns: int) -> dict[str, Any]:
    info = live.messages.camera_info(stamp_ns)
    info.k, info.p = np.zeros(9), np.zeros(12)
    return {'camera_info': info}


def empty_cloud(live: Any, stamp_ns: int) -> dict[str, Any]:
    return {'points': live.messages.points(stamp_ns, points_m=np.zeros((0, 3), np.float32))}


def cloud_without_xyz(live: Any, stamp_ns: int) -> dict[str, Any]:
    return {'points': live.messages.points(stamp_ns, names='abc')}


def all_nan_cloud(live: Any, stamp_ns: int) -> dict[str, Any]:
    points_m = np.full((100, 3), np.nan, np.float32)
    return {'points': live.messages.points(stamp_ns, points_m=points_m)}


def points_behind_the_camera(live: Any, stamp_ns: int) -> dict[str, Any]:
    return {'points': live.messages.points(stamp_ns, points_m=-live.messages.wall())}


def missing_transform(live: Any, stamp_ns: int) -> dict[str, Any]:
    return {'points': live.messages.points(stamp_ns, frame_id='elsewhere')}


def truncated_image(live: Any, stamp_ns: int) -> dict[str, Any]:
    image = live.messages.image(stamp_ns)
    image.data = array('B', bytes(1000))
    return {'image': image}


def truncated_cloud(live: Any, stamp_ns: int) -> dict[str, Any]:
    points = live.messages.points(stamp_ns)
    points.data = array('B', bytes(1000))
    return {'points': points}


def no_camera_info(live: Any, stamp_ns: int) -> dict[str, Any]:
    return {'image': live.messages.image(stamp_ns, frame_id='another_camera')}


BAD_INPUTS = [
    (wrong_encoding, 'unsupported_encoding', 'no_such_encoding', 'rgb8'),
    (size_mismatch, 'size_mismatch', '64x48', '128x96'),
    (zero_intrinsics, 'bad_camera_info', '0.0', 'focal lengths above 0'),
    (empty_cloud, 'empty_cloud', '0 x 1 points', 'a cloud with points'),
    (cloud_without_xyz, 'missing_xyz', 'a, b, c', 'x'),
    (all_nan_cloud, 'all_nan_cloud', '/input/points', 'finite'),
    (points_behind_the_camera, 'no_points_in_view', '192 points', 'extrinsic'),
    (missing_transform, 'missing_transform', "'elsewhere'", "'camera'"),
    (truncated_image, 'truncated_image', '1000 bytes', '9216 bytes'),
    (truncated_cloud, 'truncated_cloud', '1000 bytes', '2304 bytes'),
    (no_camera_info, 'no_camera_info', "'another_camera'", "'camera'"),
]


@pytest.mark.parametrize(
    ('spoil', 'reason', 'got', 'expected'),
    BAD_INPUTS,
    ids=[case[0].__name__ for case in BAD_INPUTS],
)
def test_bad_input_is_explained_and_counted_and_the_node_goes_on(
    live, until, spoil, reason, got, expected
) -> None:
    before = live.node.problems.counts.get(reason, 0)
    dropped_before = live.node.ledger.state.dropped.get(reason, 0)
    stamp_ns = live.next_stamp()
    live.send_frame(stamp_ns, **spoil(live, stamp_ns))
    until(lambda: live.node.ledger.state.dropped.get(reason, 0) > dropped_before, reason)
    assert live.node.problems.counts[reason] == before + 1
    (line,) = until(lambda: live.lines(f'[{reason}]'), 'the message')
    assert 'expected' in line
    assert got in line
    assert expected in line
    live.check_it_goes_on()
    assert live.outputs(stamp_ns) == {}


def test_the_same_problem_is_logged_once_and_counted_each_time(live, until) -> None:
    before = live.node.problems.counts.get('unsupported_encoding', 0)
    for number in (1, 2, 3):
        stamp_ns = live.next_stamp()
        live.send_frame(stamp_ns, **wrong_encoding(live, stamp_ns))
        wanted = before + number
        until(lambda n=wanted: live.node.problems.counts['unsupported_encoding'] == n, 'the count')
    live.check_it_goes_on()
    assert len(live.lines('[unsupported_encoding]')) == 1


def test_stamps_of_zero_are_refused(live, until) -> None:
    live.send('image', live.messages.image(0))
    until(lambda: live.node.ledger.state.dropped.get('zero_stamp'), 'the drop')
    (line,) = until(lambda: live.lines('[zero_stamp]'), 'the message')
    assert '/input/image' in line
    assert 'have its driver stamp its messages' in line
    live.check_it_goes_on()


def test_a_late_image_is_refused(live, until) -> None:
    newest_ns = live.send_frame()
    live.wait_for(newest_ns)
    live.send_frame(newest_ns - 50_000_000)
    until(lambda: live.node.ledger.state.dropped.get('out_of_order'), 'the drop')
    lines = until(lambda: live.lines('[out_of_order]'), 'the message')
    (line,) = [line for line in lines if '/input/image:' in line]
    assert 'expected stamps that increase' in line
    live.check_it_goes_on()


def test_stamps_that_go_far_back_start_anew(live, until) -> None:
    newest_ns = live.send_frame()
    live.wait_for(newest_ns)
    earlier_ns = newest_ns - 5_000_000_000
    live.send_frame(earlier_ns)
    live.wait_for(earlier_ns)
    assert live.node.problems.counts['time_reset'] >= 1
    line = until(lambda: live.lines('[time_reset]'), 'the message')[0]
    assert 'expected stamps that increase, got a step back of 5.000 s' in line
    assert 'right where a recording loops' in line
    live.check_it_goes_on()


def test_an_image_without_depth_is_dropped_with_the_reason(live, until) -> None:
    stamp_ns = live.next_stamp() + 10_000_000_000
    live.send_frame(stamp_ns, points=None)
    until(lambda: live.node.ledger.state.dropped.get('no_cloud_within_tolerance'), 'the drop')
    (line,) = until(lambda: live.lines('[no_cloud_within_tolerance]'), 'the message')
    assert 'sync_tolerance' in line


def test_half_a_jpeg_is_refused(start_node, until) -> None:
    import cv2
    from sensor_msgs.msg import CompressedImage

    live = start_node(parameters={'image_transport': 'compressed'})
    picture = cv2.imencode('.jpg', np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
    for content, is_whole in (
        (picture, True),
        (picture[: len(picture) // 2], False),
        (picture, True),
    ):
        stamp_ns = live.next_stamp()
        message = CompressedImage(header=live.messages.header(stamp_ns, 'camera'), format='jpeg')
        message.data = array('B', content)
        live.send('image/compressed', message)
        live.send_frame(stamp_ns, image=None)
        if is_whole:
            live.wait_for(stamp_ns)
        else:
            until(lambda: live.node.ledger.state.dropped.get('truncated_image'), 'the drop')
            (line,) = until(lambda: live.lines('[truncated_image]'), 'the message')
            assert 'a whole JPEG picture' in line
            assert '/input/image/compressed' in line


def test_bytes_that_are_no_message_are_refused(live, until) -> None:
    from sensor_msgs.msg import Image

    live.send_bytes('image', Image, b'\x00\x01\x00\x00')
    until(lambda: live.node.problems.counts.get('malformed_message'), 'the count')
    live.check_it_goes_on()
