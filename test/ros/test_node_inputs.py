"""Where depth, masks and pictures come from, and what happens when they compete."""

from __future__ import annotations

from array import array

import cv2
import numpy as np
import rclpy
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, CompressedImage


def test_sparse_depth_images_are_completed(start_node) -> None:
    live = start_node()
    stamp_ns = live.next_stamp()
    live.send('sparse_depth', live.messages.sparse_depth(stamp_ns))
    live.send_frame(stamp_ns, points=None)
    np.testing.assert_allclose(live.wait_for(stamp_ns)['depth'].pixels, 10.0)


def test_compressed_depth_and_jpeg_are_read_behind_the_remapped_names(start_node) -> None:
    live = start_node(
        parameters={'image_transport': 'compressed', 'sparse_depth_transport': 'compressedDepth'}
    )
    stamp_ns = live.next_stamp()
    header = live.messages.header(stamp_ns, 'camera')
    jpeg = CompressedImage(header=header, format='jpeg')
    pixels = np.full((48, 64, 3), 90, np.uint8)
    jpeg.data = array('B', cv2.imencode('.jpg', pixels)[1].tobytes())
    depth_mm = np.zeros((48, 64), np.uint16)
    depth_mm[::4, ::4] = 7000
    png = CompressedImage(header=header, format='16UC1; compressedDepth png')
    # The plugin's header: a format number and two quantisation parameters, 12 bytes.
    png.data = array('B', bytes(12) + cv2.imencode('.png', depth_mm)[1].tobytes())
    live.send('image/compressed', jpeg)
    live.send('sparse_depth/compressedDepth', png)
    live.send_frame(stamp_ns, image=None, points=None)
    np.testing.assert_allclose(live.wait_for(stamp_ns)['depth'].pixels, 7.0)


def test_two_depth_sources_at_once_are_reported_and_the_first_is_kept(start_node, until) -> None:
    live = start_node()
    live.check_it_goes_on()
    stamp_ns = live.next_stamp()
    live.send('sparse_depth', live.messages.sparse_depth(stamp_ns))
    until(lambda: live.node.problems.counts.get('depth_source_conflict'), 'the conflict')
    (line,) = until(lambda: live.lines('[depth_source_conflict]'), 'the message')
    assert 'input/points' in line
    assert 'input/sparse_depth' in line
    assert 'Set depth_source' in line
    live.check_it_goes_on()


def test_a_named_depth_source_is_the_only_one_read(start_node) -> None:
    live = start_node(parameters={'depth_source': 'points'})
    assert live.peer.count_subscribers(f'{live.name}/input/sparse_depth') == 0
    live.check_it_goes_on()


def test_a_given_mask_comes_out_again(start_node) -> None:
    live = start_node(parameters={'mask_backend': 'topic'})
    stamp_ns = live.next_stamp()
    live.send('mask', live.messages.mask(stamp_ns))
    live.send_frame(stamp_ns)
    mask = live.wait_for(stamp_ns, 'mask')['mask'].pixels
    assert (mask[:, :32] == 255).all()
    assert (mask[:, 32:] == 0).all()


def test_a_missing_mask_is_reported_and_the_frame_goes_on(start_node, until) -> None:
    live = start_node(parameters={'mask_backend': 'topic'})
    stamp_ns = live.send_frame()
    assert not live.wait_for(stamp_ns, 'mask')['mask'].pixels.any()
    (line,) = until(lambda: live.lines('[no_mask]'), 'the message')
    assert 'copy the stamp of the image' in line


def test_camera_info_that_comes_after_its_image_still_counts(start_node) -> None:
    live = start_node()
    live.check_it_goes_on()
    stamp_ns = live.next_stamp()
    live.send('image', live.messages.image(stamp_ns, 'other_camera'))
    live.send('points', live.messages.points(stamp_ns, 'other_camera'))
    live.send('camera_info', live.messages.camera_info(stamp_ns, 'other_camera'))
    assert live.wait_for(stamp_ns)['depth'].frame_id == 'other_camera'


def test_a_calibration_that_was_published_once_before_the_node_was_active_counts(
    start_node, until
) -> None:
    live = start_node(parameters={'autostart': False})
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    driver = live.peer.create_publisher(CameraInfo, f'{live.name}/input/camera_info', latched)
    driver.publish(live.messages.camera_info(live.next_stamp()))
    assert live.set_state('configure') and live.set_state('activate')
    until(lambda: live.node.received['camera_info'], 'the calibration', timeout_s=10.0)
    live.wait_for(live.send_frame(camera_info=None))


def test_a_driver_that_restarts_and_published_its_calibration_once_is_heard(
    start_node, until, ros_environment
) -> None:
    live = start_node()
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    topic = f'{live.name}/input/camera_info'
    driver = live.peer.create_publisher(CameraInfo, topic, latched)
    driver.publish(live.messages.camera_info(live.next_stamp()))
    until(lambda: live.node.received['camera_info'], 'the calibration', timeout_s=10.0)
    live.wait_for(live.send_frame(camera_info=None))
    live.peer.destroy_publisher(driver)
    until(lambda: live.count_publishers('camera_info') == 0, 'its end')
    # Another process, as far as DDS is concerned, that publishes before the node knows of it.
    context = rclpy.Context()
    rclpy.init(context=context)
    restarted = rclpy.create_node('driver', context=context)
    driver = restarted.create_publisher(CameraInfo, topic, latched)
    driver.publish(live.messages.camera_info(live.next_stamp(), 'other_camera'))

    def has_depth() -> bool:
        stamp_ns = live.next_stamp()
        image = live.messages.image(stamp_ns, 'other_camera')
        points = live.messages.points(stamp_ns, 'other_camera')
        live.send_frame(stamp_ns, camera_info=None, image=image, points=points)
        return any(item.frame_id == 'other_camera' for item in list(live.recorded))

    until(has_depth, 'depth with the new calibration', timeout_s=10.0)
    restarted.destroy_node()
    rclpy.try_shutdown(context=context)


def test_depth_without_images_says_that_the_camera_is_missing_and_not_only_clocks(
    start_node, until
) -> None:
    """The camera has not been started."""
    live = start_node()
    for number in range(20):
        live.send('points', live.messages.points(live.next_stamp()))
        until(lambda n=number: live.node.received['points'] > n, 'the points')
    (line,) = until(lambda: live.lines('[queue_full]'), 'the message')
    assert 'expected that the camera delivers what it is to be paired with' in line
    assert 'check that the camera delivers, and the clocks of both' in line


def test_each_image_takes_the_calibration_of_its_own_stamp(start_node) -> None:
    live = start_node()
    stamps_ns = [live.next_stamp() for _ in range(2)]
    for stamp_ns, focal_length in zip(stamps_ns, (50.0, 80.0), strict=True):
        info = live.messages.camera_info(stamp_ns)
        info.k[0] = info.p[0] = focal_length
        live.send('camera_info', info)
    for stamp_ns, focal_length in zip(stamps_ns, (50.0, 80.0), strict=True):
        live.send_frame(stamp_ns, camera_info=None)
        info = live.wait_for(stamp_ns, 'camera_info')['camera_info'].message
        assert info.k[0] == focal_length


def test_stamps_of_another_time_are_explained_once(start_node, until) -> None:
    live = start_node()
    live.check_it_goes_on()
    live.check_it_goes_on()
    (line,) = until(lambda: live.lines('before the clock of this node'), 'the hint')
    assert 'use_sim_time:=true' in line


def test_a_rectified_topic_is_not_rectified_again(start_node) -> None:
    live = start_node(parameters={'input_is_rectified': 'true', 'cloud_min_confidence': 0.0})
    stamp_ns = live.next_stamp()
    info = live.messages.camera_info(stamp_ns)
    info.d = [-0.2, 0.05, 0.0, 0.0, 0.0]
    live.send_frame(stamp_ns, camera_info=info)
    outputs = live.wait_for(stamp_ns, 'depth', 'cloud')
    # The picture goes through untouched, so the first pixel keeps its colour.
    first_pixel = np.frombuffer(outputs['cloud'].message.data, np.uint8)[12:15]
    assert first_pixel.tolist() == [2, 1, 0]
