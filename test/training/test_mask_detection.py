from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from mt_depth_ros.cli.main import app
from mt_depth_ros.core.arrays import BoolImage, ByteImage
from mt_depth_ros.core.errors import ConfigError, DataFileError
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.opening import open_parts
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.training.detected_masks import detected_mask_path, read_detected_mask
from mt_depth_ros.training.mask_detection import detect_masks

MODELS = Path(__file__).parents[2] / 'models'


class UpperHalf:
    """Calls the upper half of every image foreground, and counts the images."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.seen = 0
        self._fail_at = fail_at

    def __call__(self, image_rgb: ByteImage) -> BoolImage:
        if self.seen == self._fail_at:
            raise KeyboardInterrupt
        self.seen += 1
        mask = np.zeros(image_rgb.shape[:2], np.bool_)
        mask[: len(mask) // 2] = True
        return mask


def test_every_frame_gets_its_mask_where_training_reads_it(
    dataset_root: Path, tmp_path: Path
) -> None:
    (part,) = open_parts(dataset_root)
    told: list[tuple[int, int]] = []
    made = detect_masks(
        part.frames,
        tmp_path,
        UpperHalf(),
        model='one',
        on_frame=lambda done, total: told.append((done, total)),
    )
    assert made == len(part.frames) == 8
    assert told[-1] == (8, 8)
    sample = part.frames[5]
    mask = read_detected_mask(tmp_path, sample)
    assert mask[:18].all()
    assert not mask[18:].any()


def test_an_interrupted_run_goes_on_where_it_was(dataset_root: Path, tmp_path: Path) -> None:
    (part,) = open_parts(dataset_root)
    with pytest.raises(KeyboardInterrupt):
        detect_masks(part.frames, tmp_path, UpperHalf(fail_at=3), model='one')
    rest = UpperHalf()
    assert detect_masks(part.frames, tmp_path, rest, model='one') == rest.seen == 5


def test_a_mask_that_is_missing_or_of_another_size_is_named(
    dataset_root: Path, tmp_path: Path
) -> None:
    (part,) = open_parts(dataset_root)
    with pytest.raises(DataFileError, match='no such file'):
        read_detected_mask(tmp_path, part.frames[0])
    detect_masks(part.frames, tmp_path, lambda image: np.zeros((2, 2), np.bool_), model='one')
    assert detected_mask_path(tmp_path, part.frames.identities[0]).is_file()
    with pytest.raises(DataFileError, match=r'got an image of shape \(2, 2\)'):
        read_detected_mask(tmp_path, part.frames[0])


def test_the_masks_of_two_models_do_not_mix(dataset_root: Path, tmp_path: Path) -> None:
    (part,) = open_parts(dataset_root)
    detect_masks(part.frames, tmp_path, UpperHalf(), model='onnx, sha256 1')
    other = UpperHalf()
    with pytest.raises(ConfigError, match=r'got masks of onnx, sha256 1; give this model another'):
        detect_masks(part.frames, tmp_path, other, model='onnx, sha256 2')
    assert other.seen == 0


class OtherImages:
    """A dataset whose frames have the names of another one's."""

    def __init__(self, frames: DepthDataset) -> None:
        self._frames = frames
        self.identities = frames.identities

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> DepthSample:
        sample = self._frames[index]
        return replace(sample, image_rgb=np.ascontiguousarray(sample.image_rgb[:, ::-1]))


def test_the_masks_of_two_datasets_do_not_mix(dataset_root: Path, tmp_path: Path) -> None:
    (part,) = open_parts(dataset_root)
    other = OtherImages(part.frames)
    detect_masks(part.frames, tmp_path, UpperHalf(), model='one')
    for refused in (
        lambda: detect_masks(other, tmp_path, UpperHalf(), model='one'),
        lambda: read_detected_mask(tmp_path, other[3]),
    ):
        with pytest.raises(DataFileError, match=r'got that of another dataset.*folder of its own'):
            refused()
    again = UpperHalf()
    assert detect_masks(part.frames, tmp_path, again, model='one') == again.seen == 0


def test_another_decoder_of_the_same_image_is_no_other_dataset(
    dataset_root: Path, tmp_path: Path
) -> None:
    (part,) = open_parts(dataset_root)
    detect_masks(part.frames, tmp_path, UpperHalf(), model='one')
    sample = part.frames[0]
    noise = np.random.default_rng(0).integers(-2, 3, sample.image_rgb.shape)
    alike = np.clip(sample.image_rgb + noise, 0, 255).astype(np.uint8)
    assert read_detected_mask(tmp_path, replace(sample, image_rgb=alike))[:18].all()


def test_masks_of_an_older_version_are_trained_with_and_not_added_to(
    dataset_root: Path, tmp_path: Path
) -> None:
    (part,) = open_parts(dataset_root)
    sample = part.frames[0]
    path = detected_mask_path(tmp_path, sample.identity)
    path.parent.mkdir(parents=True)
    cv2.imwrite(str(path), np.full(sample.truth_m.shape, 255, np.uint8))
    assert read_detected_mask(tmp_path, sample).all()
    with pytest.raises(ConfigError, match=r'older version; training reads it as it is; to detect'):
        detect_masks(part.frames, tmp_path, UpperHalf(), model='one')


def test_a_shipped_model_is_one_and_the_same_by_name_and_by_path(
    dataset_root: Path, tmp_path: Path
) -> None:
    pytest.importorskip('onnxruntime')
    command = ['data', 'detect-masks', str(dataset_root), '--masks', str(tmp_path)]
    runner = CliRunner()
    by_name = runner.invoke(app, [*command, '--mask-weights', 'street_mask'])
    assert '8 made now' in by_name.output
    by_path = runner.invoke(app, [*command, '--mask-weights', str(MODELS / 'street_mask.onnx')])
    assert '0 made now, 8 were there' in by_path.output
