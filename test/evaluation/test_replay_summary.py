"""Frames that had to do without something are told of in a replay's summary."""

from __future__ import annotations

import numpy as np
import pytest

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.degradation import Degradation
from mt_depth_ros.core.matching_statistics import MatchStatistics, StreamStatistics
from mt_depth_ros.core.types import DepthMeasurements, DepthPrediction, RgbdFrame
from mt_depth_ros.evaluation.camera_replay import ReplayedFrame
from mt_depth_ros.evaluation.known_depth import KnownDepth
from mt_depth_ros.evaluation.matched_recording import InputProblems
from mt_depth_ros.evaluation.replay_summary import CameraSummary

CAMERA = RectifiedCamera(width=8, height=4, fx=5.0, fy=5.0, cx=3.5, cy=1.5)


def replayed(
    completer: str,
    degradation: Degradation | None,
    *,
    depth_m: FloatImage | None = None,
    known: KnownDepth | None = None,
) -> ReplayedFrame:
    one = np.ones(1, np.float32)
    frame = RgbdFrame(
        image_rgb=np.zeros((4, 8, 3), np.uint8),
        camera=CAMERA,
        measurements=DepthMeasurements(u_px=one, v_px=one, depth_m=one),
        stamp_ns=1,
        frame_id='camera',
        measurement_stamp_ns=1,
    )
    ones = np.ones((4, 8), np.float32)
    prediction = DepthPrediction(
        depth_m=ones if depth_m is None else depth_m,
        uncertainty_m=ones,
        confidence=ones,
        mask=np.zeros((4, 8), np.bool_),
        camera=CAMERA,
        stamp_ns=1,
        frame_id='camera',
        completer=completer,
        degradation=degradation,
    )
    return ReplayedFrame(
        frame=frame, prediction=prediction, receive_time_ns=1, difference_ns=0, known=known
    )


@pytest.fixture
def statistics() -> MatchStatistics:
    stream = StreamStatistics(received=3, matched=3, dropped={}, waiting=0, period_ns=None)
    return MatchStatistics(images=stream, clouds=stream, resets=0, overtaken=0, wait_needed_ns=0)


def test_a_stand_in_is_named_for_each_frame_and_counted(statistics) -> None:
    summary = CameraSummary(max_range_m=80.0)
    summary.add(replayed('net', None))
    for text in ('the network failed (1)', 'the network failed (2)'):
        summary.add(replayed('adaptive', Degradation(reason='backend_error', text=text)))
    entry = summary.entry(statistics, InputProblems())
    assert [frame['completer'] for frame in entry['frames']] == ['net', 'adaptive', 'adaptive']
    assert [frame.get('degraded') for frame in entry['frames']] == [
        None,
        'backend_error',
        'backend_error',
    ]
    assert entry['degraded'] == {'backend_error': 2}
    assert entry['first_degradation'] == {'backend_error': 'the network failed (1)'}


def test_an_answer_of_sky_is_as_wrong_as_the_largest_range(statistics) -> None:
    known = KnownDepth(depth_m=np.full((4, 8), 10.0, np.float32), source='ground_truth')
    summary = CameraSummary(max_range_m=80.0)
    for sky, missing in ((0, 0), (8, 4)):
        depth_m = np.full(32, 12.0, np.float32)
        depth_m[:sky], depth_m[sky : sky + missing] = np.inf, np.nan
        summary.add(replayed('net', None, depth_m=depth_m.reshape(4, 8), known=known))
    first, second = (
        frame['errors'] for frame in summary.entry(statistics, InputProblems())['frames']
    )
    assert first['mae_m'] == pytest.approx(2.0)
    # Eight pixels 70 m off, twenty 2 m off, four without an answer.
    assert (second['count'], second['answered']) == (32, 28)
    assert second['mae_m'] == pytest.approx((8 * 70 + 20 * 2) / 28)
