from __future__ import annotations

from dataclasses import replace
import math

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.completion import CompletedDepth, CompletionInput
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.types import DepthMeasurements, DepthPrediction, RgbdFrame
from mt_depth_ros.pipeline.classical_fallback import ClassicalFallback, FallbackConfig
from mt_depth_ros.pipeline.patch_errors import patch_errors
from mt_depth_ros.pipeline.patch_withholding import Patches
from mt_depth_ros.pipeline.postprocessing import RangeConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.pipeline.self_check import SelfCheck, SelfCheckConfig
from mt_depth_ros.pipeline.self_check_report import live_mae_m, pooled_report
from mt_depth_ros.segmentation.no_mask import NoMask

CAMERA = RectifiedCamera(width=60, height=40, fx=72.0, fy=72.0, cx=29.5, cy=19.5)


def measured(points: list[tuple[float, float, float]]) -> DepthMeasurements:
    """Points (u, v, depth)."""
    u_px, v_px, depth_m = np.array(points, np.float32).reshape(-1, 3).T.copy()
    return DepthMeasurements(u_px=u_px, v_px=v_px, depth_m=depth_m)


def frame(measurements: DepthMeasurements, stamp_ns: int = 1) -> RgbdFrame:
    return RgbdFrame(
        image_rgb=np.zeros((40, 60, 3), np.uint8),
        camera=CAMERA,
        measurements=measurements,
        stamp_ns=stamp_ns,
        frame_id='camera',
        measurement_stamp_ns=stamp_ns,
    )


def prediction(depth_m: float, uncertainty_m: float, stamp_ns: int = 1) -> DepthPrediction:
    return DepthPrediction(
        depth_m=np.full((40, 60), depth_m, np.float32),
        uncertainty_m=np.full((40, 60), uncertainty_m, np.float32),
        confidence=np.zeros((40, 60), np.float32),
        mask=np.zeros((40, 60), np.bool_),
        camera=CAMERA,
        stamp_ns=stamp_ns,
        frame_id='camera',
        completer='constant',
    )


# One column: measured above and below, two points between them kept out.
COLUMN = [(30, 10, 10.0), (30, 16, 9.0), (30, 20, 11.0), (30, 30, 10.0)]


def errors_of(
    points: list[tuple[float, float, float]],
    withheld: list[int],
    predicted: float,
    uncertainty_m: float = 0.5,
):
    everything = measured(points)
    is_withheld = np.zeros(len(points), np.bool_)
    is_withheld[withheld] = True
    patches = Patches(withheld=is_withheld, patch=np.arange(len(points)), gap_px=6.0, size_px=6.0)
    kept = [point for index, point in enumerate(points) if index not in withheld]
    answer = prediction(predicted, uncertainty_m)
    return patch_errors(everything, patches, frame(measured(kept)), answer)


def test_errors_are_worked_out_at_what_was_kept_out() -> None:
    found = errors_of(COLUMN, [1, 2], predicted=10.5)
    # Both lie between what is kept in rows 10 and 30.
    np.testing.assert_array_equal(found.moments[1], np.zeros(6))
    # Errors 1.5 and 0.5 m, at 6 and 10 pixels from what is kept (rows 10 and 30).
    np.testing.assert_allclose(
        found.moments.sum(axis=0), [2, 2.0, 2.5, 16, 136, 1.5 * 6 + 0.5 * 10], rtol=0.03
    )
    np.testing.assert_allclose(found.binned[0], [0, 0, 1, 1, 0, 0])
    np.testing.assert_allclose(found.binned[1], [0, 0, 2.25, 0.25, 0, 0])
    # The 90 % interval of b = 0.5 m reaches 0.5 ln 10 = 1.15 m.
    assert found.num_covered == 1
    assert (found.num_withheld, found.num_patches, found.num_unanswered) == (2, 2, 0)


def test_what_lies_at_the_edge_of_the_view_is_told_apart() -> None:
    # Without the two topmost, nothing kept lies above them.
    found = errors_of(COLUMN, [0, 1], predicted=10.5)
    np.testing.assert_array_equal(found.moments[:, 0], [0, 2])
    np.testing.assert_allclose(found.moments[:, 1], [0, 0.5 + 1.5])


def test_what_grossly_shows_through_is_no_truth() -> None:
    # 40 m one pixel beside 10 m: the LiDAR looks past what the camera sees.
    points = [*COLUMN, (30, 21, 40.0)]
    found = errors_of(points, [1, 4], predicted=10.0)
    assert found.moments[:, 0].sum() == 1
    assert found.moments[:, 1].sum() == pytest.approx(1.0)


# What `sky_output` has for sky: inf, nan, max_range and keep.
@pytest.mark.parametrize('stands_for_sky_m', [math.inf, math.nan, 120.0, 35.0])
def test_points_where_the_prediction_says_sky_are_counted_apart(stands_for_sky_m: float) -> None:
    found = errors_of(COLUMN, [1, 2], predicted=stands_for_sky_m, uncertainty_m=math.nan)
    assert (found.moments.sum(), found.num_unanswered, found.num_patches) == (0, 2, 0)


def moments_of(error: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Of errors inside the view."""
    columns = np.stack([np.ones_like(error), error, error**2, distance, distance**2,
                        error * distance])  # fmt: skip
    return np.stack([columns.sum(axis=1), np.zeros(6)])


def test_the_edge_of_the_view_counts_a_quarter() -> None:
    # (4 * 1 + 0.25 * 4 * 6) / (4 + 0.25 * 4) = 2.
    inside = moments_of(np.full(4, 1.0), np.full(4, 4.0))
    edge = moments_of(np.full(4, 6.0), np.full(4, 4.0))
    assert live_mae_m(inside + edge[::-1], 4.0) == pytest.approx(2.0)


def test_the_live_error_is_read_at_the_distance_that_pixels_have() -> None:
    # Errors 0.2 + 0.1 d at d = 2, 4, 6: mean 0.6 at 4. At 3 pixels it is 0.5.
    distance, error = np.array([2.0, 4.0, 6.0]), np.array([0.4, 0.6, 0.8])
    moments = moments_of(error, distance)
    assert live_mae_m(moments, 3.0) == pytest.approx(0.5)


def test_errors_that_fall_with_distance_are_taken_as_they_are() -> None:
    distance, error = np.array([2.0, 4.0]), np.array([1.0, 0.5])
    moments = moments_of(error, distance)
    assert live_mae_m(moments, 1.0) == pytest.approx(0.75)


def test_errors_shrink_at_most_in_proportion_to_the_distance() -> None:
    # 0 at 2 and 4 at 4 pixels: the line 2 d - 4 would be 0 at 2; in proportion it is 2 (2 / 3).
    distance, error = np.array([2.0, 4.0]), np.array([0.0, 4.0])
    moments = moments_of(error, distance)
    assert live_mae_m(moments, 2.0) == pytest.approx(2 * 2 / 3)


def test_few_patches_say_nothing() -> None:
    found = errors_of(COLUMN, [1, 2], predicted=10.5)
    assert math.isnan(pooled_report([found] * 14, span_s=1.0).live_mae_m)
    report = pooled_report([found] * 15, span_s=1.0)
    assert report.num_patches == 30
    assert report.patch_mae_m == pytest.approx(1.0)
    assert report.coverage == 0.5
    assert report.answered_share == 1.0
    (third, fourth) = report.rmse_by_distance[2:4]
    assert (third.above_px, third.up_to_px, third.num_points) == (4.0, 8.0, 15)
    assert third.rmse_m == pytest.approx(1.5)
    assert fourth.rmse_m == pytest.approx(0.5)


def lines(stamp_ns: int) -> RgbdFrame:
    """Rows 2, 8, ..., 38 measured at every second column, 10 m away."""
    points = [(u, v, 10.0) for v in range(2, 40, 6) for u in range(0, 60, 2)]
    return frame(measured(points), stamp_ns)


class RecordingCompleter:
    """Answers 10.25 m everywhere and remembers what it was given."""

    name = 'recording'

    def grid_size(self, camera_size: tuple[int, int]) -> tuple[int, int]:
        return camera_size

    def __init__(self) -> None:
        self.given: list[np.ndarray] = []

    def complete(self, given: CompletionInput) -> CompletedDepth:
        self.given.append(given.sparse_depth_m)
        size = given.sparse_depth_m.shape
        return CompletedDepth(
            depth_m=np.full(size, 10.25, np.float32), uncertainty_m=np.full(size, 0.5, np.float32)
        )


def test_what_is_scored_is_absent_from_what_the_completer_sees() -> None:
    completer = RecordingCompleter()
    predictor = DepthPredictor(completer, NoMask(), RangeConfig(), completer_needs_mask=False)
    check = SelfCheck(SelfCheckConfig(share=0.1))
    num_withheld = 0
    for stamp_ns in range(1, 60):
        given = lines(stamp_ns)
        checked = check.hold_back(given)
        answer = predictor.predict(checked.frame)
        check.score(checked, answer)
        seen_m = completer.given[-1]
        assert checked.patches is not None
        withheld = checked.patches.withheld
        row = given.measurements.v_px.astype(int)
        column = given.measurements.u_px.astype(int)
        assert (seen_m[row[withheld], column[withheld]] == 0).all()
        assert (seen_m[row[~withheld], column[~withheld]] == 10.0).all()
        num_withheld += withheld.sum()
    assert num_withheld > 500
    report = check.report()
    assert report.live_mae_m == pytest.approx(0.25)
    assert report.coverage == 1.0
    assert report.num_frames == 59


def test_a_share_of_zero_leaves_frames_alone() -> None:
    given = lines(5)
    check = SelfCheck(SelfCheckConfig(share=0.0))
    checked = check.hold_back(given)
    assert checked.frame is given
    assert check.score(checked, prediction(10.0, 0.5, 5)) is None
    assert check.report().num_frames == 0


def test_the_check_takes_no_frame_from_the_network() -> None:
    number = len(lines(1).measurements)
    network = RecordingCompleter()
    fallback = ClassicalFallback(FallbackConfig(min_measurements=number))
    predictor = DepthPredictor(
        network, NoMask(), RangeConfig(), completer_needs_mask=True, fallback=fallback
    )
    check = SelfCheck(SelfCheckConfig(share=0.1))
    for stamp_ns in range(1, 20):
        checked = check.hold_back(lines(stamp_ns), least=predictor.least_measurements)
        assert predictor.predict(checked.frame).degradation is None
    assert len(network.given) == 19


def test_as_many_are_kept_as_the_network_needs_where_it_has_them() -> None:
    def fewest_kept(least: int) -> int:
        frames = [check.hold_back(lines(stamp_ns), least=least) for stamp_ns in range(1, 60)]
        return min(len(checked.frame.measurements) for checked in frames)

    check, number = SelfCheck(SelfCheckConfig(share=0.1)), len(lines(1).measurements)
    assert number - 20 <= fewest_kept(number - 20) < number
    assert fewest_kept(number + 1) < number - 20


def test_the_window_forgets_and_stamps_that_go_back_start_anew() -> None:
    check = SelfCheck(SelfCheckConfig(share=0.1, window_s=1.0))

    def add(stamp_s: float) -> int:
        stamp_ns = round(stamp_s * 1e9)
        check.score(check.hold_back(lines(stamp_ns)), prediction(10.0, 0.5, stamp_ns))
        return check.report().num_frames

    assert [add(second) for second in (10.0, 10.5, 11.0, 11.25)] == [1, 2, 3, 3]
    assert check.report().span_s == pytest.approx(0.75)
    assert add(9.0) == 1
    check.reset()
    assert check.report().num_frames == 0


@pytest.mark.parametrize('change', [{'share': 0.2}, {'share': -0.1}, {'window_s': 0.0}])
def test_settings_out_of_range_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match='self-check'):
        replace(SelfCheckConfig(), **change)
