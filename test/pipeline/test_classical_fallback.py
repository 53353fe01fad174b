"""What goes out where the network, the mask or the measurements fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mt_depth_ros.classical.registry import build_classical
from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.completion import CompletedDepth, CompletionInput
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.core.types import DepthMeasurements, RgbdFrame
from mt_depth_ros.pipeline.classical_fallback import ClassicalFallback, FallbackConfig
from mt_depth_ros.pipeline.postprocessing import RangeConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.segmentation.no_mask import NoMask
from mt_depth_ros.segmentation.segmenter import Segmentation

CAMERA = RectifiedCamera(width=64, height=32, fx=40.0, fy=40.0, cx=31.5, cy=15.5)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Network:
    """Answers 7 m on half the grid, unless it is told to fail."""

    name = 'half'

    def grid_size(self, camera_size: tuple[int, int]) -> tuple[int, int]:
        return (16, 32)

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.depth_m = 7.0
        self.asked = 0

    def complete(self, given: CompletionInput) -> CompletedDepth:
        self.asked += 1
        if self.error is not None:
            raise self.error
        depth_m = np.full((16, 32), self.depth_m, np.float32)
        return CompletedDepth(depth_m=depth_m, uncertainty_m=np.full_like(depth_m, 0.1))


class Mask:
    """Everything is foreground, unless it is told to fail."""

    name = 'everything'
    error: Exception | None = None

    def segment(self, image_rgb: np.ndarray) -> Segmentation:
        if self.error is not None:
            raise self.error
        return Segmentation(probability=np.ones(image_rgb.shape[:2], np.float32))


def frame(number: int = 60) -> RgbdFrame:
    """A wall 10 m away, measured at that many points."""
    index = np.arange(number)
    return RgbdFrame(
        image_rgb=np.zeros((32, 64, 3), np.uint8),
        camera=CAMERA,
        measurements=DepthMeasurements(
            u_px=(index % 64).astype(np.float32),
            v_px=(index // 64 * 5).astype(np.float32),
            depth_m=np.full(number, 10.0, np.float32),
        ),
        stamp_ns=1,
        frame_id='camera',
        measurement_stamp_ns=1,
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def mask() -> Mask:
    return Mask()


@pytest.fixture
def predictor(clock, network, mask) -> DepthPredictor:
    fallback = ClassicalFallback(FallbackConfig(min_measurements=50), steady_s=clock)
    return DepthPredictor(
        network, mask, RangeConfig(), completer_needs_mask=True, fallback=fallback
    )


def test_while_all_is_well_the_network_answers_and_nothing_is_flagged(predictor) -> None:
    prediction = predictor.predict(frame())
    assert prediction.completer == 'half'
    assert prediction.degradation is None
    assert (prediction.depth_m == 7.0).all()


def test_a_failing_network_gives_way_to_the_fill_on_the_cameras_own_grid(
    predictor, network
) -> None:
    network.error = RuntimeError('CUDA error: out of memory')
    prediction = predictor.predict(frame())
    # The classical answer, bit for bit, not one resized from the network's grid.
    alone = DepthPredictor(
        build_classical('adaptive'), NoMask(), RangeConfig(), completer_needs_mask=False
    ).predict(frame())
    assert (prediction.depth_m == alone.depth_m).all()
    assert (prediction.uncertainty_m == alone.uncertainty_m).all()
    assert prediction.completer == 'adaptive'
    assert prediction.degradation.reason == 'out_of_memory'
    assert prediction.degradation.is_fallback
    assert prediction.mask.all()


def test_the_network_comes_back_by_itself(predictor, network, clock) -> None:
    network.error = RuntimeError('broken')
    for _ in range(5):  # the second failure starts a pause of 1 s
        predictor.predict(frame())
    assert network.asked == 2
    network.error = None
    clock.now_s = 0.9
    assert predictor.predict(frame()).completer == 'adaptive'
    clock.now_s = 1.0
    prediction = predictor.predict(frame())
    assert (prediction.completer, prediction.degradation) == ('half', None)


def test_one_failure_costs_one_frame(predictor, network) -> None:
    network.error = RuntimeError('a hiccup')
    assert predictor.predict(frame()).degradation.reason == 'backend_error'
    network.error = None
    assert predictor.predict(frame()).degradation is None


def test_an_answer_without_a_number_in_it_is_a_failure(predictor, network) -> None:
    network.depth_m = float('nan')
    assert predictor.predict(frame()).degradation.reason == 'no_answer'


def test_too_few_points_are_not_given_to_the_network(predictor, network) -> None:
    prediction = predictor.predict(frame(49))
    assert prediction.degradation.reason == 'too_few_points'
    assert '49 measurements' in prediction.degradation.text
    assert 'from 50 on' in prediction.degradation.text
    assert network.asked == 0
    assert predictor.predict(frame(50)).degradation is None


def test_without_its_mask_the_network_is_not_asked(predictor, network, mask, clock) -> None:
    mask.error = RuntimeError('gone')
    prediction = predictor.predict(frame())
    assert prediction.degradation.reason == 'no_mask'
    assert prediction.completer == 'adaptive'
    assert not prediction.mask.any()
    assert network.asked == 0
    mask.error = None
    assert predictor.predict(frame()).degradation is None


def test_a_mask_that_frames_should_bring_along_and_do_not(predictor, network) -> None:
    predictor.fallback.config = FallbackConfig(mask_is_given=True)
    assert predictor.predict(frame()).degradation.reason == 'no_mask'
    given = replace(frame(), given_mask=np.ones((32, 64), np.bool_))
    assert predictor.predict(given).degradation is None


def test_a_classical_completer_only_misses_the_mask(mask) -> None:
    mask.error = RuntimeError('gone')
    predictor = DepthPredictor(
        build_classical('nearest'),
        mask,
        RangeConfig(),
        completer_needs_mask=False,
        is_network=False,
        fallback=ClassicalFallback(FallbackConfig()),
    )
    prediction = predictor.predict(frame(3))
    assert prediction.completer == 'nearest'
    assert prediction.degradation.reason == 'no_mask'
    assert not prediction.degradation.is_fallback


@pytest.fixture
def maskless(clock, network, mask) -> DepthPredictor:
    """A network that does not look at the mask."""
    return DepthPredictor(
        network,
        mask,
        RangeConfig(),
        completer_needs_mask=False,
        is_network=True,
        fallback=ClassicalFallback(FallbackConfig(min_measurements=50), steady_s=clock),
    )


def test_a_network_that_looks_at_no_mask_only_misses_it_for_the_output(maskless, mask) -> None:
    mask.error = RuntimeError('gone')
    prediction = maskless.predict(frame())
    assert prediction.completer == 'half'
    assert prediction.degradation.reason == 'no_mask'
    assert not prediction.degradation.is_fallback
    # Nobody wants it: nothing is missing.
    assert maskless.predict(frame(), want_mask=False).degradation is None


def test_the_fill_stands_in_for_a_network_that_looks_at_no_mask_too(
    maskless, network, mask
) -> None:
    mask.error = RuntimeError('gone')
    prediction = maskless.predict(frame(49))
    assert (prediction.completer, prediction.degradation.reason) == ('adaptive', 'too_few_points')
    network.error = RuntimeError('broken')
    prediction = maskless.predict(frame())
    assert (prediction.completer, prediction.degradation.reason) == ('adaptive', 'backend_error')
    assert maskless.least_measurements == 50


def test_bad_input_stays_bad_input(predictor, network) -> None:
    network.error = SensorInputError(
        reason='no_measurements', expected='some', got='none', where='input', remedy='look'
    )
    with pytest.raises(SensorInputError):
        predictor.predict(frame())
    network.error = None
    assert predictor.predict(frame()).degradation is None


def test_without_a_fallback_the_error_passes_through(network, mask) -> None:
    predictor = DepthPredictor(network, mask, RangeConfig(), completer_needs_mask=True)
    network.error = RuntimeError('broken')
    with pytest.raises(RuntimeError, match='broken'):
        predictor.predict(frame())
    network.error = None
    assert predictor.predict(frame(3)).completer == 'half'
