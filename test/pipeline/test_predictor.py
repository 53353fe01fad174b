from __future__ import annotations

import math

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.camera_model import CameraModel
from mt_depth_ros.core.completion import CompletedDepth, CompletionInput
from mt_depth_ros.core.errors import CheckpointError, ConfigError, SensorInputError
from mt_depth_ros.core.foreground import is_foreground
from mt_depth_ros.core.sensors import CameraImage, LidarScan, SparseDepthImage
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import DepthMeasurements, RgbdFrame
from mt_depth_ros.networks.checkpoint import save_checkpoint
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.pipeline.build import build_predictor, PredictorConfig
from mt_depth_ros.pipeline.classical_fallback import FallbackConfig
from mt_depth_ros.pipeline.coloured_cloud import CloudConfig, coloured_cloud
from mt_depth_ros.pipeline.frame_builder import FrameBuilder, FrameBuilderConfig
from mt_depth_ros.pipeline.network_completer import NetworkCompleter
from mt_depth_ros.pipeline.postprocessing import RangeConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.no_mask import NoMask
from mt_depth_ros.segmentation.segmenter import Segmentation

NO_MASK = SegmentationConfig(backend='none')
CAMERA = RectifiedCamera(width=64, height=32, fx=40.0, fy=40.0, cx=31.5, cy=15.5)
MODEL = CameraModel(
    width=64,
    height=32,
    k=CAMERA.k,
    distortion_model='',
    d=np.empty(0),
    r=np.eye(3),
    p=CAMERA.p,
    frame_id='camera',
)
IMAGE = CameraImage(
    image_rgb=np.arange(64 * 32 * 3, dtype=np.uint32).astype(np.uint8).reshape(32, 64, 3),
    stamp_ns=1_000,
    frame_id='camera',
)


def scan(points: list[tuple[float, float, float]]) -> LidarScan:
    return LidarScan(points_m=np.array(points, np.float32), stamp_ns=900, frame_id='lidar')


def frame(points: list[tuple[float, float, float]]) -> RgbdFrame:
    builder = FrameBuilder(FrameBuilderConfig())
    return builder.build(IMAGE, MODEL, scan(points), camera_from_source=RigidTransform.identity())


class HalfSizeCompleter:
    """Answers on half the camera's grid: 7 m left, 9 m right, and tells what it was given."""

    name = 'half'

    def grid_size(self, camera_size: tuple[int, int]) -> tuple[int, int]:
        return (16, 32)

    def complete(self, given: CompletionInput) -> CompletedDepth:
        self.given = given
        depth_m = np.full((16, 32), 7.0, np.float32)
        depth_m[:, 16:] = 9.0
        return CompletedDepth(depth_m=depth_m, uncertainty_m=np.full_like(depth_m, 0.1))


def test_a_frame_keeps_stamp_and_frame_of_its_image() -> None:
    built = frame([(0.0, 0.0, 8.0)])
    assert (built.stamp_ns, built.frame_id, built.measurement_stamp_ns) == (1_000, 'camera', 900)
    assert built.measurements.depth_m.tolist() == [8.0]


def test_measurements_out_of_range_are_left_out() -> None:
    built = frame([(0.0, 0.0, 0.2), (0.0, 0.0, 8.0), (0.0, 0.0, 500.0)])
    assert built.measurements.depth_m.tolist() == [8.0]


def test_a_scan_with_nothing_in_view_says_so() -> None:
    with pytest.raises(SensorInputError, match=r'none of 2 points.*check the extrinsic') as caught:
        frame([(0.0, 0.0, -8.0), (50.0, 0.0, 1.0)])
    assert caught.value.reason == 'no_points_in_view'


@pytest.mark.parametrize(
    ('drops', 'told'), [(False, 'camera; '), (True, 'camera, before the see-through filter; ')]
)
def test_a_lack_of_measurements_is_told_with_the_filter_that_comes_after(
    drops: bool, told: str
) -> None:
    builder = FrameBuilder(FrameBuilderConfig(see_through_filter=drops))
    # The second shows through beside the first, the third is behind the camera.
    source = scan([(0.0, 0.0, 5.0), (0.3, 0.0, 12.0), (0.0, 0.0, -8.0)])
    placed = RigidTransform.identity()
    kept = builder.build(IMAGE, MODEL, source, camera_from_source=placed).measurements
    assert len(kept) == (1 if drops else 2)
    lack = builder.lack_of_measurements(
        IMAGE, MODEL, source, placed, reason='few_points_in_view', expected='2'
    )
    assert f'got 2 of 3 points, 33% of them behind the {told}' in str(lack)


def test_an_image_of_another_size_than_its_calibration_says_so() -> None:
    small = CameraImage(image_rgb=np.zeros((16, 32, 3), np.uint8), stamp_ns=1, frame_id='camera')
    with pytest.raises(SensorInputError, match='64x32') as caught:
        FrameBuilder(FrameBuilderConfig()).build(
            small, MODEL, scan([(0, 0, 5)]), camera_from_source=RigidTransform.identity()
        )
    assert caught.value.reason == 'size_mismatch'


def test_sparse_depth_needs_no_extrinsic() -> None:
    depth_m = np.zeros((32, 64), np.float32)
    depth_m[3, 5] = 12.0
    built = FrameBuilder(FrameBuilderConfig()).build(
        IMAGE, MODEL, SparseDepthImage(depth_m=depth_m, stamp_ns=1_000, frame_id='camera')
    )
    assert (built.measurements.u_px.tolist(), built.measurements.v_px.tolist()) == ([5.0], [3.0])


def test_a_completer_on_a_smaller_grid_answers_at_full_size_without_blending_surfaces() -> None:
    completer = HalfSizeCompleter()
    predictor = DepthPredictor(completer, NoMask(), RangeConfig(), completer_needs_mask=False)
    prediction = predictor.predict(frame([(0.0, 0.0, 8.0)]))
    assert prediction.depth_m.shape == (32, 64)
    assert set(np.unique(prediction.depth_m)) == {7.0, 9.0}
    assert (prediction.depth_m[:, :32] == 7.0).all()
    # The point at the image's centre, (31.5, 15.5), lands in grid pixel (8, 16).
    assert completer.given.sparse_depth_m[8, 16] == 8.0
    # P(|error| <= 5 % of 7 m) with b = 0.1 m is 1 - exp(-3.5).
    assert prediction.confidence[0, 0] == pytest.approx(1 - math.exp(-3.5), rel=1e-5)


def test_the_stages_of_a_prediction_are_timed_in_order() -> None:
    predictor, identity = build_predictor(PredictorConfig(model='nearest', segmentation=NO_MASK))
    prediction = predictor.predict(frame([(0.0, 0.0, 8.0)]))
    assert list(prediction.stage_ms) == ['mask', 'network_input', 'network', 'camera_output']
    assert (identity.name, identity.kind, prediction.completer) == (
        'nearest',
        'classical',
        'nearest',
    )


@pytest.mark.parametrize('model', ['adaptive', 'nearest', 'linear', 'ip_basic'])
def test_classical_completers_answer_every_pixel_and_keep_a_flat_wall_flat(model: str) -> None:
    wall = [(x, y, 10.0) for x in np.linspace(-7, 7, 40) for y in np.linspace(-3, 3, 20)]
    predictor, _ = build_predictor(PredictorConfig(model=model, segmentation=NO_MASK))
    prediction = predictor.predict(frame(wall))
    assert np.abs(prediction.depth_m - 10.0).max() < 0.01
    assert (prediction.uncertainty_m > 0).all()
    assert not prediction.mask.any()


@pytest.mark.parametrize('architecture', ['unet', 'mt_depth'])
def test_a_saved_network_is_served_from_its_path(architecture: str, tmp_path) -> None:
    network = build_network(architecture)
    path = tmp_path / 'net.safetensors'
    provenance = Provenance(commit='none', date='2026-01-01', data='untrained')
    digest = save_checkpoint(path, network, input_size=(64, 128), provenance=provenance)
    predictor, identity = build_predictor(
        PredictorConfig(model=str(path), device='cpu', segmentation=NO_MASK)
    )
    prediction = predictor.predict(frame([(0.0, 0.0, 8.0), (1.0, 0.0, 9.0)]))
    assert (identity.kind, identity.sha256) == (architecture, digest)
    assert prediction.depth_m.shape == (32, 64)
    answered = np.isfinite(prediction.depth_m)
    assert (np.isfinite(prediction.uncertainty_m) == answered).all()


class BrokenSegmenter:
    name = 'broken'

    def segment(self, image_rgb: np.ndarray) -> Segmentation:
        raise RuntimeError('gone')


@pytest.mark.parametrize(
    ('model', 'answers'),
    [
        ('unet', 'unet'),
        ('mt_depth_plus_no_mask', 'mt_depth_plus_no_mask'),
        ('mt_depth_plus', 'adaptive'),
    ],
)
def test_only_what_looks_at_the_mask_waits_for_one(model: str, answers: str) -> None:
    fallback = FallbackConfig(min_measurements=1)
    predictor, _ = build_predictor(
        PredictorConfig(model=model, device='cpu', segmentation=NO_MASK, fallback=fallback)
    )
    predictor.segmenter = BrokenSegmenter()
    prediction = predictor.predict(frame([(0.0, 0.0, 8.0)]), want_mask=False)
    assert prediction.completer == answers


@pytest.mark.parametrize('architecture', ['unet', 'mt_depth', 'mt_depth_plus'])
def test_a_network_runs_at_the_size_of_the_camera_where_asked(architecture: str) -> None:
    completer = NetworkCompleter(
        architecture,
        build_network(architecture),
        trained_size=(64, 128),
        device='cpu',
        grid='camera',
    )
    height, width = completer.grid_size((75, 120))
    # The next multiple of what the network halves.
    assert 75 <= height <= 96 and 120 <= width <= 128
    sparse_depth_m = np.zeros((height, width), np.float32)
    sparse_depth_m[40, 60] = 9.0
    given = CompletionInput(
        image_rgb=np.zeros((height, width, 3), np.uint8),
        sparse_depth_m=sparse_depth_m,
        mask=np.zeros((height, width), np.float32),
    )
    assert completer.complete(given).depth_m.shape == (height, width)


def test_an_unknown_device_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"auto, cpu, cuda or cuda:N.*'tpu9'"):
        build_predictor(PredictorConfig(device='tpu9', segmentation=NO_MASK))


def test_a_cloud_leaves_out_sky_and_doubt_and_carries_the_images_colours() -> None:
    built = frame([(0.0, 0.0, 8.0)])
    predictor, _ = build_predictor(PredictorConfig(model='nearest', segmentation=NO_MASK))
    prediction = predictor.predict(built)
    prediction.depth_m[:] = np.inf
    prediction.uncertainty_m[:] = np.nan
    prediction.confidence[:] = 0.0
    for column, confidence in ((10, 0.9), (20, 0.1)):
        prediction.depth_m[4, column] = 8.0
        prediction.uncertainty_m[4, column] = 0.1
        prediction.confidence[4, column] = confidence
    points_m, colours = coloured_cloud(built, prediction, CloudConfig(min_confidence=0.5))
    # Pixel (10, 4) at 8 m: x = (10 - 31.5) / 40 * 8, y = (4 - 15.5) / 40 * 8.
    assert points_m.tolist() == [pytest.approx([-4.3, -2.3, 8.0], rel=1e-6)]
    assert colours.tolist() == [IMAGE.image_rgb[4, 10].tolist()]


def test_a_cloud_takes_every_nth_row_and_column() -> None:
    built = frame([(0.0, 0.0, 8.0)])
    predictor, _ = build_predictor(PredictorConfig(model='nearest', segmentation=NO_MASK))
    prediction = predictor.predict(built)
    prediction.depth_m[:] = np.linspace(5, 50, 32 * 64, dtype=np.float32).reshape(32, 64)
    prediction.uncertainty_m[:] = 0.1
    prediction.confidence[:] = 0.9
    prediction.confidence[3] = 0.0
    whole = CloudConfig(min_confidence=0.0)
    points_m, colours = (
        each.reshape(32, 64, 3) for each in coloured_cloud(built, prediction, whole)
    )
    third = CloudConfig(min_confidence=0.5, stride=3)
    found_m, found_colours = coloured_cloud(built, prediction, third)
    rows = [row for row in range(0, 32, 3) if row != 3]
    np.testing.assert_array_equal(found_m, points_m[rows, ::3].reshape(-1, 3))
    np.testing.assert_array_equal(found_colours, colours[rows, ::3].reshape(-1, 3))


def test_a_cloud_lies_in_the_frame_its_header_names() -> None:
    built = frame([(0.0, 0.0, 8.0)])
    shifted = RectifiedCamera(
        width=64, height=32, fx=40.0, fy=40.0, cx=31.5, cy=15.5, offset_m=np.array([0.5, 0, 0])
    )
    moved = RgbdFrame(
        image_rgb=built.image_rgb,
        camera=shifted,
        measurements=DepthMeasurements(
            u_px=np.array([31.5], np.float32),
            v_px=np.array([15.5], np.float32),
            depth_m=np.array([8.0], np.float32),
        ),
        stamp_ns=1,
        frame_id='camera',
        measurement_stamp_ns=1,
    )
    predictor, _ = build_predictor(PredictorConfig(model='nearest', segmentation=NO_MASK))
    points_m, _ = coloured_cloud(moved, predictor.predict(moved), CloudConfig(min_confidence=0.0))
    # The rectified frame's origin is at x = -0.5 m of the camera's frame.
    rays = (np.arange(64) - 31.5) / 40.0 * 8.0 - 0.5
    assert points_m[:64, 0].tolist() == pytest.approx(rays.tolist(), rel=1e-4)


def test_the_given_mask_wins_over_the_segmenter() -> None:
    mask = np.zeros((32, 64), np.bool_)
    mask[2:4, 5:9] = True
    built = FrameBuilder(FrameBuilderConfig()).build(
        IMAGE,
        MODEL,
        scan([(0, 0, 8)]),
        camera_from_source=RigidTransform.identity(),
        given_mask=mask,
    )
    predictor, _ = build_predictor(PredictorConfig(model='nearest', segmentation=NO_MASK))
    assert (predictor.predict(built).mask == mask).all()


class HalfSure:
    """Finds foreground everywhere: likely on the left, unlikely on the right."""

    name = 'half sure'

    def segment(self, image_rgb: np.ndarray) -> Segmentation:
        probability = np.full(image_rgb.shape[:2], 0.7, np.float32)
        probability[:, 32:] = 0.2
        return Segmentation(probability=probability)


def test_a_completer_is_told_how_sure_the_segmenter_is_and_the_mask_says_yes_or_no() -> None:
    completer = HalfSizeCompleter()
    predictor = DepthPredictor(completer, HalfSure(), RangeConfig(), completer_needs_mask=True)
    prediction = predictor.predict(frame([(0.0, 0.0, 8.0)]))
    assert prediction.mask[:, :32].all()
    assert not prediction.mask[:, 32:].any()
    np.testing.assert_allclose(completer.given.mask[:, [0, -1]], [[0.7, 0.2]] * 16, rtol=1e-6)


def test_a_mask_that_came_along_has_uncertain_edges_and_stays_the_same_mask() -> None:
    wide = CameraModel(
        width=640,
        height=32,
        k=CAMERA.k,
        distortion_model='',
        d=np.empty(0),
        r=np.eye(3),
        p=CAMERA.p,
        frame_id='camera',
    )
    mask = np.zeros((32, 640), np.bool_)
    mask[:, 100:110] = True
    built = FrameBuilder(FrameBuilderConfig()).build(
        CameraImage(image_rgb=np.zeros((32, 640, 3), np.uint8), stamp_ns=1, frame_id='camera'),
        wide,
        scan([(0, 0, 8)]),
        camera_from_source=RigidTransform.identity(),
        given_mask=mask,
    )
    assert built.given_mask is not None
    assert 0.5 < built.given_mask[5, 100] < 1.0
    assert (is_foreground(built.given_mask) == mask).all()


def test_a_misspelt_model_is_told_every_name_there_is() -> None:
    with pytest.raises(CheckpointError, match=r'name: auto, .*adaptive, .*mt_depth_plus') as error:
        build_predictor(PredictorConfig(model='adaptiv'))
    assert error.value.got == "'adaptiv'"
