from dataclasses import replace

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.types import DepthMeasurements, DepthPrediction, RgbdFrame
from mt_depth_ros.visualization.depth_colors import DepthColors, NO_ANSWER_RGB
from mt_depth_ros.visualization.panels import frame_panel

CAMERA = RectifiedCamera(width=600, height=200, fx=300, fy=300, cx=300, cy=100)
COLORS = DepthColors(near_m=5, far_m=50)
STRIP = 18


def frame_and_prediction() -> tuple[RgbdFrame, DepthPrediction]:
    frame = RgbdFrame(
        image_rgb=np.full((200, 600, 3), 120, np.uint8),
        camera=CAMERA,
        measurements=DepthMeasurements(
            u_px=np.float32([300]), v_px=np.float32([100]), depth_m=np.float32([20])
        ),
        stamp_ns=7,
        frame_id='camera',
        measurement_stamp_ns=7,
    )
    mask = np.zeros((200, 600), np.bool_)
    mask[50:150, 200:400] = True
    prediction = DepthPrediction(
        depth_m=np.full((200, 600), 20, np.float32),
        uncertainty_m=np.ones((200, 600), np.float32),
        confidence=np.full((200, 600), 0.6, np.float32),
        mask=mask,
        camera=CAMERA,
        stamp_ns=7,
        frame_id='camera',
        completer='adaptive',
    )
    return frame, prediction


def test_the_tiles_stand_two_in_a_row_under_their_titles() -> None:
    frame, prediction = frame_and_prediction()

    panel = frame_panel(frame, prediction, colors=COLORS)

    assert panel.shape == (3 * (200 + STRIP), 2 * 600, 3)
    tile = 200 + STRIP
    np.testing.assert_array_equal(panel[STRIP:tile, :600], frame.image_rgb)
    np.testing.assert_array_equal(
        panel[tile + STRIP : 2 * tile, :600], COLORS.paint(prediction.depth_m)
    )
    dot = COLORS.paint(np.float32([[20]]))[0, 0]
    np.testing.assert_array_equal(panel[STRIP + 100, 900], dot)
    for row in range(3):
        strip = panel[row * tile : row * tile + STRIP, :600]
        assert strip.max() > 150, 'a title in light letters'
    assert np.all(panel[2 * tile :, 600:] == NO_ANSWER_RGB), 'an empty place'


def test_known_depth_adds_a_map_of_the_error() -> None:
    frame, prediction = frame_and_prediction()
    truth_m = np.zeros((200, 600), np.float32)
    truth_m[100, 200:400] = 25

    panel = frame_panel(frame, prediction, truth_m=truth_m)

    error_tile = panel[2 * (200 + STRIP) + STRIP :, 600:]
    assert np.all(error_tile[20] == NO_ANSWER_RGB)
    assert error_tile[100, 300].sum() > 400
    np.testing.assert_array_equal(error_tile[99, 300], error_tile[100, 300])


def test_sky_and_missing_depth_can_be_shown() -> None:
    frame, prediction = frame_and_prediction()
    depth_m = prediction.depth_m.copy()
    depth_m[:50], depth_m[50:60] = np.inf, np.nan

    panel = frame_panel(frame, replace(prediction, depth_m=depth_m))

    assert panel.dtype == np.uint8


def test_a_frame_wider_than_a_tile_is_made_smaller() -> None:
    frame, prediction = frame_and_prediction()
    wide = CAMERA.scaled_to(2484, 828)
    frame = replace(frame, camera=wide, image_rgb=np.zeros((828, 2484, 3), np.uint8))
    grid = np.ones((828, 2484), np.float32)
    prediction = replace(
        prediction,
        camera=wide,
        depth_m=grid,
        uncertainty_m=grid,
        confidence=grid,
        mask=grid > 2,
    )

    assert frame_panel(frame, prediction).shape[1] == 2 * 1242


def test_truth_of_another_size_is_refused() -> None:
    frame, prediction = frame_and_prediction()

    with pytest.raises(ValueError, match=r'truth_m: expected shape \(200, 600\), got \(3, 3\)'):
        frame_panel(frame, prediction, truth_m=np.ones((3, 3), np.float32))
