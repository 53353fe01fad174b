from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.camera_info_codec import decode_camera_info, encode_camera_info

K = [700.0, 0, 320, 0, 710, 240, 0, 0, 1]
P = [600.0, 0, 310, -60, 0, 610, 230, 6.1, 0, 0, 1, 0.003]


def camera_info(messages, **changes):
    roi = {'x_offset': 0, 'y_offset': 0, 'height': 0, 'width': 0, 'do_rectify': False}
    roi.update(changes.pop('roi', {}))
    values = {
        'header': messages.header('camera'),
        'height': 480,
        'width': 640,
        'distortion_model': 'plumb_bob',
        'd': [0.1, -0.2, 0.001, 0.002, 0.03],
        'k': K,
        'r': np.eye(3).reshape(-1),
        'p': P,
        'binning_x': 0,
        'binning_y': 0,
        'roi': messages.make('sensor_msgs/RegionOfInterest', **roi),
    }
    values.update(changes)
    for name in 'dkrp':
        values[name] = messages.numbers(values[name])
    return messages.make('sensor_msgs/CameraInfo', **values)


def test_every_field_finds_its_place(messages):
    message = camera_info(
        messages,
        binning_x=2,
        binning_y=3,
        roi={'x_offset': 10, 'y_offset': 20, 'width': 600, 'height': 420, 'do_rectify': True},
    )
    model = decode_camera_info(message, where='/camera_info')
    np.testing.assert_array_equal(model.k, [[700, 0, 320], [0, 710, 240], [0, 0, 1]])
    np.testing.assert_array_equal(model.d, [0.1, -0.2, 0.001, 0.002, 0.03])
    np.testing.assert_array_equal(model.r, np.eye(3))
    np.testing.assert_array_equal(
        model.p, [[600, 0, 310, -60], [0, 610, 230, 6.1], [0, 0, 1, 0.003]]
    )
    assert (model.width, model.height, model.distortion_model) == (640, 480, 'plumb_bob')
    assert (model.binning_x, model.binning_y) == (2, 3)
    roi = model.roi
    assert (roi.x_offset, roi.y_offset, roi.width, roi.height) == (10, 20, 600, 420)
    assert roi.do_rectify
    assert model.frame_id == 'camera'


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        ({'k': np.zeros(9)}, 'focal lengths above 0'),
        ({'k': [*K[:8], np.nan]}, 'finite numbers in k'),
        ({'width': 0}, 'width and height above 0'),
        ({'distortion_model': 'fisheye62'}, "got 'fisheye62'"),
        ({'d': [1.0, 2.0]}, 'coefficients d for plumb_bob, got 2'),
    ],
)
def test_a_calibration_that_is_none_is_refused_naming_the_topic(messages, changes, text):
    with pytest.raises(SensorInputError, match=f'^/cam/info, camera_info of .*{text}') as caught:
        decode_camera_info(camera_info(messages, **changes), where='/cam/info')
    assert caught.value.reason == 'bad_camera_info'


def test_the_published_calibration_is_free_of_distortion_and_keeps_the_offset():
    camera = RectifiedCamera(
        width=640,
        height=480,
        fx=600,
        fy=610,
        cx=310,
        cy=230,
        offset_m=np.array([-0.1, 0.02, 0.01]),
    )
    layout = encode_camera_info(camera)
    assert (layout.width, layout.height, layout.distortion_model) == (640, 480, 'plumb_bob')
    assert layout.d.tolist() == [0] * 5
    assert layout.k.tolist() == [600, 0, 310, 0, 610, 230, 0, 0, 1]
    assert layout.r.tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    # Fourth column by hand: 600 * -0.1 + 310 * 0.01, 610 * 0.02 + 230 * 0.01, 0.01.
    expected_p = [600, 0, 310, -56.9, 0, 610, 230, 14.5, 0, 0, 1, 0.01]
    np.testing.assert_allclose(layout.p, expected_p, atol=1e-12)


def test_the_published_calibration_decodes_to_the_same_grid(messages):
    camera = decode_camera_info(camera_info(messages), where='/camera_info').rectified
    layout = encode_camera_info(camera)
    message = camera_info(
        messages, d=layout.d, k=layout.k, r=layout.r, p=layout.p, width=layout.width
    )
    model = decode_camera_info(message, where='/camera_info')
    assert not model.needs_rectification
    again = model.rectified
    assert (again.fx, again.fy, again.cx, again.cy) == (600, 610, 310, 230)
    np.testing.assert_allclose(again.offset_m, camera.offset_m, atol=1e-12)
