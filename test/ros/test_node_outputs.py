"""What the node publishes: headers, grid, encodings, and only what somebody wants."""

from __future__ import annotations

import numpy as np
import pytest
from rclpy.parameter import Parameter


@pytest.fixture(scope='module')
def live(start_lasting_node):
    return start_lasting_node()


def test_every_output_carries_the_image_stamp_and_frame(live) -> None:
    stamp_ns = live.send_frame()
    outputs = live.wait_for(
        stamp_ns, 'depth', 'camera_info', 'uncertainty', 'confidence', 'mask', 'cloud'
    )
    assert {item.frame_id for item in outputs.values()} == {'camera'}
    assert {item.stamp_ns for item in outputs.values()} == {stamp_ns}


def test_depth_is_metres_at_every_pixel_of_the_camera(live) -> None:
    outputs = live.wait_for(live.send_frame(), 'depth', 'uncertainty', 'confidence', 'mask')
    message = outputs['depth'].message
    assert (message.width, message.height, message.encoding) == (64, 48, '32FC1')
    # A wall 10 m away, whatever is filled in between.
    np.testing.assert_allclose(outputs['depth'].pixels, 10.0, rtol=1e-5)
    assert outputs['uncertainty'].pixels.shape == (48, 64)
    confidence = outputs['confidence'].pixels
    assert (confidence.min() >= 0.0) and (confidence.max() <= 1.0)
    assert outputs['mask'].message.encoding == 'mono8'
    assert not outputs['mask'].pixels.any()


def test_camera_info_says_that_nothing_is_left_to_rectify(live) -> None:
    info = live.wait_for(live.send_frame(), 'camera_info')['camera_info'].message
    assert (info.width, info.height) == (64, 48)
    assert not any(info.d)
    assert info.r.tolist() == np.eye(3).reshape(-1).tolist()
    assert info.k.tolist() == [50.0, 0.0, 31.5, 0.0, 50.0, 23.5, 0.0, 0.0, 1.0]
    assert info.p.reshape(3, 4)[:, :3].reshape(-1).tolist() == info.k.tolist()


def test_the_cloud_lies_in_the_image_frame_with_colours(live) -> None:
    cloud = live.wait_for(live.send_frame(), 'cloud')['cloud'].message
    assert [field.name for field in cloud.fields] == ['x', 'y', 'z', 'rgb']
    values = np.frombuffer(cloud.data, np.float32).reshape(-1, 4)
    assert cloud.point_step == 16
    np.testing.assert_allclose(values[:, 2], 10.0, rtol=1e-5)


def test_a_distorted_camera_comes_out_rectified(live) -> None:
    stamp_ns = live.next_stamp()
    info = live.messages.camera_info(stamp_ns)
    info.d = [-0.2, 0.05, 0.0, 0.0, 0.0]
    live.send_frame(stamp_ns, camera_info=info)
    outputs = live.wait_for(stamp_ns, 'camera_info', 'depth')
    assert not any(outputs['camera_info'].message.d)
    assert outputs['depth'].pixels.shape == (48, 64)


def test_sixteen_bit_depth_counts_from_the_next_frame_on(live) -> None:
    (result,) = live.node.set_parameters([Parameter('depth_encoding', value='16UC1')])
    assert result.successful, result.reason
    depth = live.wait_for(live.send_frame())['depth']
    assert depth.message.encoding == '16UC1'
    assert set(np.unique(depth.pixels)) <= {9999, 10000, 10001}
    live.node.set_parameters([Parameter('depth_encoding', value='32FC1')])


def test_max_range_counts_from_the_next_frame_on(live, until) -> None:
    live.node.set_parameters([Parameter('max_range', value=5.0)])
    live.send_frame()
    until(lambda: live.node.ledger.state.dropped.get('no_points_in_view'), 'the drop')
    live.node.set_parameters([Parameter('max_range', value=120.0)])
    live.check_it_goes_on()


def test_a_range_that_is_refused_says_how_to_get_there(start_node) -> None:
    live = start_node()
    # They change one after another, in one call as well.
    both = [Parameter('min_depth', value=200.0), Parameter('max_range', value=300.0)]
    assert [result.successful for result in live.node.set_parameters(both)] == [False, True]
    assert live.set_parameter('max_range', 120.0) == ''
    reason = live.set_parameter('min_depth', 200.0)
    assert 'raise max_range first' in reason
    assert live.set_parameter('max_range', 300.0) == ''
    assert live.set_parameter('min_depth', 200.0) == ''
    reason = live.set_parameter('max_range', 50.0)
    assert 'lower min_depth first' in reason
    assert live.set_parameter('min_depth', 0.5) == ''
    assert live.set_parameter('max_range', 50.0) == ''


def test_a_refused_change_says_why(live) -> None:
    (result,) = live.node.set_parameters([Parameter('sky_output', value='blue')])
    assert not result.successful
    assert 'inf, nan, max_range, keep' in result.reason
    (result,) = live.node.set_parameters([Parameter('min_depth', value=500.0)])
    assert not result.successful
    assert 'min_depth below max_range' in result.reason


def test_nothing_is_computed_while_nobody_listens(start_node, until) -> None:
    live = start_node(outputs=())
    for _ in range(3):
        live.send_frame()
    until(lambda: live.node.ledger.state.dropped.get('no_subscriber'), 'the frames')
    state = live.node.ledger.state
    assert state.published == 0
    assert 'network' not in state.latency


def test_only_what_has_subscribers_is_made(start_node) -> None:
    live = start_node(outputs=('depth',))
    live.check_it_goes_on()
    assert 'cloud' not in live.node.ledger.state.latency


def test_a_late_joiner_gets_the_next_frame(start_node, until) -> None:
    from sensor_msgs.msg import Image

    live = start_node(outputs=())
    live.send_frame()
    until(lambda: live.node.ledger.state.dropped.get('no_subscriber'), 'the first frame')
    arrived = []
    subscription = live.peer.create_subscription(
        Image, f'{live.name}/depth/image_rect', arrived.append, 5
    )
    until(lambda: live.peer.count_publishers(subscription.topic_name), 'the publisher')
    until(lambda: live.send_frame() and arrived, 'depth')


def test_not_lazy_means_computed_without_listeners(start_node, until) -> None:
    live = start_node(outputs=(), parameters={'lazy': False})
    live.send_frame()
    until(lambda: live.node.ledger.state.published, 'the frame')
    assert 'cloud' in live.node.ledger.state.latency
