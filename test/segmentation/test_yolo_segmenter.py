"""Learned masks for real: yolo11n-seg, trained here, found again through the product."""

from __future__ import annotations

from importlib.util import find_spec
import os
from pathlib import Path
import subprocess
import sys
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.mask_export import write_mask_onnx
from mt_depth_ros.segmentation.onnx_segmenter import OnnxSegmenter
from mt_depth_ros.segmentation.process_isolation import ultralytics_isolated
from mt_depth_ros.segmentation.segmenter import Segmentation
from mt_depth_ros.segmentation.yolo_segmenter import YoloSegmenter

pytestmark = pytest.mark.skipif(
    find_spec('ultralytics') is None, reason='ultralytics is not installed'
)
needs_trainer = pytest.mark.skipif(
    find_spec('matplotlib') is None or find_spec('polars') is None,
    reason="ultralytics' trainer needs matplotlib and polars",
)
HERE = Path(__file__).parent
NUM_SCENES = 8


class Overfit:
    """The trained weights and what they were trained on."""

    def __init__(self, folder: Path) -> None:
        self.weights = folder / 'weights.pt'
        self.scenes_path = folder / 'scenes.npz'
        self._scenes = np.load(self.scenes_path)

    def image(self, index: int) -> np.ndarray:
        return self._scenes[f'image_{index}']

    def true_masks(self, index: int) -> np.ndarray:
        return self._scenes[f'masks_{index}']

    def segmenter(self, **options: Any) -> YoloSegmenter:
        return YoloSegmenter(SegmentationConfig(input_size=320, **options), self.weights)


def quiet_environment(folder: Path) -> dict[str, str]:
    """A home of its own, one thread (training shares the machine), no network."""
    home = folder / 'home'
    home.mkdir()
    path = os.pathsep.join([str(HERE.parents[1]), os.environ.get('PYTHONPATH', '')])
    kept = {k: v for k, v in os.environ.items() if not k.startswith(('YOLO_', 'MPL', 'XDG_'))}
    return {**kept, 'HOME': str(home), 'PYTHONPATH': path, 'OMP_NUM_THREADS': '1'}


@pytest.fixture(scope='module')
def overfit(tmp_path_factory: pytest.TempPathFactory) -> Overfit:
    folder = tmp_path_factory.mktemp('overfit')
    settings = tmp_path_factory.mktemp('settings')
    environment = quiet_environment(settings) | {
        'YOLO_OFFLINE': 'true',
        'YOLO_AUTOINSTALL': 'false',
        'YOLO_CONFIG_DIR': str(settings),
        'MPLCONFIGDIR': str(settings),
    }
    script = [sys.executable, str(HERE / 'overfit_yolo.py'), str(folder)]
    subprocess.run(script, check=True, env=environment, capture_output=True, timeout=600)
    return Overfit(folder)


@pytest.fixture(scope='module')
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights; with a confidence near zero they find nonsense everywhere."""
    path = tmp_path_factory.mktemp('untrained') / "it's yolov5.pt"
    with ultralytics_isolated():
        from ultralytics.nn.tasks import SegmentationModel

        torch.manual_seed(0)
        torch.save({'model': SegmentationModel('yolo11n-seg.yaml', verbose=False)}, path)
    return path


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union."""
    return float((first & second).sum() / (first | second).sum())


def matched(segmentation: Segmentation, true_masks: np.ndarray) -> list[int]:
    """For each true object, which instance covers it best; each with IoU > 0.7."""
    size = true_masks.shape[1:]
    found = np.zeros((len(segmentation.instances), *size), dtype=bool)
    for canvas, instance in zip(found, segmentation.instances, strict=True):
        canvas[instance.box] = instance.mask
    overlaps = np.array([[overlap(mask, true) for mask in found] for true in true_masks])
    assert (overlaps.max(axis=1) > 0.7).all(), overlaps
    return overlaps.argmax(axis=1).tolist()


@needs_trainer
@pytest.mark.slow
def test_the_learned_mask_covers_the_true_objects(overfit: Overfit) -> None:
    segmenter = overfit.segmenter()
    for index in range(NUM_SCENES):
        mask = segmenter.segment(overfit.image(index)).mask
        assert mask.shape == (160, 320)
        assert overlap(mask, overfit.true_masks(index).any(axis=0)) > 0.7


@needs_trainer
@pytest.mark.slow
def test_every_object_is_an_instance_of_its_own(overfit: Overfit) -> None:
    segmenter = overfit.segmenter()
    for index in range(NUM_SCENES):
        true_masks = overfit.true_masks(index)
        instances = matched(segmenter.segment(overfit.image(index)), true_masks)
        assert len(set(instances)) == len(true_masks)


@needs_trainer
@pytest.mark.slow
@pytest.mark.parametrize('size', [(391, 782), (150, 333)])
def test_the_mask_lies_on_the_objects_at_other_resolutions(
    overfit: Overfit, size: tuple[int, int]
) -> None:
    segmenter = overfit.segmenter()
    for index in range(3):
        image = cv2.resize(overfit.image(index), size[::-1])
        true = overfit.true_masks(index).any(axis=0).astype(np.uint8)
        true = cv2.resize(true, size[::-1], interpolation=cv2.INTER_NEAREST) > 0
        assert overlap(segmenter.segment(image).mask, true) > 0.7


@needs_trainer
@pytest.mark.slow
def test_the_mask_lies_on_the_objects_where_the_grid_is_padded(overfit: Overfit) -> None:
    """17 rows of grey below: 177 rows on 192, so 7 more above."""
    image = np.full((177, 320, 3), 114, np.uint8)
    image[:160] = overfit.image(1)
    true = np.zeros((177, 320), dtype=bool)
    true[:160] = overfit.true_masks(1).any(axis=0)
    assert overlap(overfit.segmenter().segment(image).mask, true) > 0.7


@needs_trainer
@pytest.mark.slow
def test_only_the_chosen_classes_count_as_foreground(overfit: Overfit) -> None:
    image = overfit.image(1)  # two boxes and a car
    for chosen in (('car',), (0,), ('0',)):
        segmentation = overfit.segmenter(classes=chosen).segment(image)
        assert [instance.class_name for instance in segmentation.instances] == ['car']
    with pytest.raises(ConfigError, match=r'classes of the model: car, box, ellipse, got cra'):
        overfit.segmenter(classes=('car', 'cra'))


@needs_trainer
@pytest.mark.slow
def test_the_best_instances_come_first_and_may_be_limited(overfit: Overfit) -> None:
    every = overfit.segmenter().segment(overfit.image(2)).instances
    scores = [instance.score for instance in every]
    assert scores == sorted(scores, reverse=True)
    (best,) = overfit.segmenter(max_instances=1).segment(overfit.image(2)).instances
    assert best.score == pytest.approx(scores[0])


@needs_trainer
@pytest.mark.slow
def test_no_network_is_touched_and_nothing_written_in_the_home_folder(
    overfit: Overfit, tmp_path: Path
) -> None:
    arguments = [str(overfit.weights), str(overfit.scenes_path), str(tmp_path / 'mask.npy')]
    environment = quiet_environment(tmp_path)
    ran = subprocess.run(
        [sys.executable, str(HERE / 'segment_in_isolation.py'), *arguments],
        check=False,
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == ''
    assert list((tmp_path / 'home').iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ['home', 'mask.npy']
    true = overfit.true_masks(0).any(axis=0)
    assert overlap(np.load(tmp_path / 'mask.npy'), true) > 0.7


@needs_trainer
@pytest.mark.slow
@pytest.mark.skipif(
    find_spec('onnx') is None or find_spec('onnxruntime') is None, reason='needs the extra export'
)
def test_the_exported_model_finds_what_ultralytics_finds(overfit: Overfit, tmp_path: Path) -> None:
    write_mask_onnx(overfit.weights, tmp_path / 'mask.onnx')
    assert (tmp_path / 'mask.onnx').stat().st_size < 6.5e6  # half of float32
    exported = OnnxSegmenter(SegmentationConfig(input_size=320), tmp_path / 'mask.onnx')
    for index in range(NUM_SCENES):
        # At a size of its own the grid is padded, and other than the one it was exported with.
        image = cv2.resize(overfit.image(index), (333, 150))
        ours, theirs = exported.segment(image), overfit.segmenter().segment(image)
        assert len(ours.instances) == len(theirs.instances) > 0
        assert overlap(ours.mask, theirs.mask) > 0.99
        for first, second in zip(ours.instances, theirs.instances, strict=True):
            assert first.class_name == second.class_name
            assert first.score == pytest.approx(second.score, abs=0.02)
    (tmp_path / 'broken.onnx').write_bytes((tmp_path / 'mask.onnx').read_bytes()[:100_000])
    with pytest.raises(CheckpointError, match=r'broken\.onnx: expected a YOLO segmentation model'):
        OnnxSegmenter(SegmentationConfig(), tmp_path / 'broken.onnx')


@pytest.mark.parametrize('size', [(375, 1242), (1080, 810), (33, 47)])
def test_masks_of_any_image_size_stay_inside_it(untrained: Path, size: tuple[int, int]) -> None:
    config = SegmentationConfig(confidence=1e-6, input_size=128, max_instances=20)
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    segmentation = YoloSegmenter(config, untrained).segment(image)
    assert segmentation.mask.shape == size
    assert len(segmentation.instances) > 0
    union = np.zeros(size, dtype=bool)
    for instance in segmentation.instances:
        assert union[instance.box].shape == instance.mask.shape
        union[instance.box] |= instance.mask
    np.testing.assert_array_equal(segmentation.mask, union)


def test_an_image_that_is_not_rgb_bytes_is_refused(untrained: Path) -> None:
    segmenter = YoloSegmenter(SegmentationConfig(), untrained)
    with pytest.raises(ValueError, match='image_rgb: expected dtype uint8, got float32'):
        segmenter.segment(np.zeros((8, 8, 3), np.float32))


def test_a_device_that_is_not_there_is_refused(untrained: Path) -> None:
    with pytest.raises(ConfigError, match=r"segmentation device: .*got 'cuda:63'"):
        YoloSegmenter(SegmentationConfig(device='cuda:63'), untrained)


@pytest.mark.parametrize(
    'content', [b'', b'PK\x03\x04', b'not a torch file'], ids=['empty', 'truncated', 'other']
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / 'damaged.pt'
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r'damaged\.pt: expected an ultralytics seg'):
        YoloSegmenter(SegmentationConfig(), path)


def test_a_truncated_model_is_refused(untrained: Path, tmp_path: Path) -> None:
    path = tmp_path / 'truncated.pt'
    path.write_bytes(untrained.read_bytes()[:100_000])
    with pytest.raises(CheckpointError, match=r'truncated\.pt: expected an ultralytics seg'):
        YoloSegmenter(SegmentationConfig(), path)


def test_weights_that_are_gone_are_not_looked_for_online(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r'yolo11n-seg\.pt: .*got no file'):
        YoloSegmenter(SegmentationConfig(), tmp_path / 'yolo11n-seg.pt')


def test_a_model_for_another_task_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'detect.pt'
    with ultralytics_isolated():
        from ultralytics.nn.tasks import DetectionModel

        torch.save({'model': DetectionModel('yolo11n.yaml', verbose=False)}, path)
    with pytest.raises(CheckpointError, match=r'segmentation model, got DetectionModel'):
        YoloSegmenter(SegmentationConfig(), path)


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Malicious:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / 'pwned'),)

    path = tmp_path / 'malicious.pt'
    torch.save({'model': Malicious()}, path)
    with pytest.raises(CheckpointError, match=r'malicious\.pt: expected an ultralytics seg'):
        YoloSegmenter(SegmentationConfig(), path)
    assert not (tmp_path / 'pwned').exists()
