from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import ConfigError, DataFileError
from mt_depth_ros.core.foreground import is_foreground
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.training.detected_masks import write_detected_mask
from mt_depth_ros.training.masks import mask_of, MaskConfig

CONFIG = MaskConfig()


def sample() -> DepthSample:
    """Two objects in a frame of 180x90 pixels."""
    ids = np.zeros((30, 60), np.int32)
    ids[10:20, 5:20], ids[8:25, 35:50] = 1, 2
    ids = np.kron(ids, np.ones((3, 3), np.int32))
    return DepthSample(
        identity=FrameIdentity(
            dataset='test', scene='Scene01', condition='clone', camera='Camera_0', frame=7
        ),
        camera=RectifiedCamera(width=180, height=90, fx=90.0, fy=90.0, cx=89.5, cy=44.5),
        image_rgb=np.zeros((90, 180, 3), np.uint8),
        truth_m=np.full((90, 180), 10.0, np.float32),
        instance_ids=ids,
    )


def masks(source: str, count: int = 60) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [mask_of(sample(), source, CONFIG, rng) for _ in range(count)]


def test_the_true_mask_is_all_instances_and_none_is_empty() -> None:
    assert (masks('ground_truth', 1)[0] == (sample().instance_ids > 0)).all()
    assert not masks('none', 1)[0].any()


def test_degraded_masks_resemble_the_truth_and_lose_objects_now_and_then() -> None:
    truth = sample().instance_ids > 0
    drawn = masks('degraded')
    found = [is_foreground(mask) for mask in drawn]
    shares = [(mask & truth).sum() / (mask | truth).sum() for mask in found]
    assert 0.5 < np.mean(shares) < 0.95
    lost = [not mask[40:50, 25:50].any() for mask in found]
    assert 0.05 < np.mean(lost) < 0.4


def test_degraded_masks_have_uncertain_edges() -> None:
    wide = replace(
        sample(),
        instance_ids=np.repeat(sample().instance_ids, 4, axis=1),
        camera=RectifiedCamera(width=720, height=90, fx=90.0, fy=90.0, cx=89.5, cy=44.5),
        image_rgb=np.zeros((90, 720, 3), np.uint8),
        truth_m=np.full((90, 720), 10.0, np.float32),
    )
    degraded = mask_of(wide, 'degraded', CONFIG, np.random.default_rng(1))
    assert 0.005 < np.mean((degraded > 0.01) & (degraded < 0.99)) < 0.1


def test_wrong_masks_are_inverted_full_a_box_or_elsewhere() -> None:
    truth = sample().instance_ids > 0
    drawn = masks('wrong', 80)
    moved = [mask for mask in drawn if mask.sum() == truth.sum() and (mask != truth).any()]
    assert len(moved) > 10
    inverted = sum((mask == ~truth).all() for mask in drawn)
    full = sum(mask.all() for mask in drawn)
    assert inverted > 10
    assert full > 10
    assert len(drawn) - inverted - full - len(moved) > 10


def test_sources_are_drawn_by_weight() -> None:
    config = MaskConfig(ground_truth=1.0, wrong=3.0)
    rng = np.random.default_rng(0)
    drawn = [config.draw(rng) for _ in range(400)]
    assert set(drawn) == {'ground_truth', 'wrong'}
    assert 0.7 < drawn.count('wrong') / 400 < 0.8


def test_a_detected_mask_comes_back(tmp_path: Path) -> None:
    config = MaskConfig(detected=1.0, detected_folder=str(tmp_path))
    mask = np.random.default_rng(1).integers(0, 256, (90, 180)).astype(np.float32) / 255
    write_detected_mask(tmp_path, sample(), mask)
    rng = np.random.default_rng(0)
    assert (mask_of(sample(), 'detected', config, rng) == mask).all()


def test_detected_masks_may_lie_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the data and the weights of a config may."""
    monkeypatch.setenv('HOME', str(tmp_path))
    write_detected_mask(tmp_path / 'masks', sample(), np.ones((90, 180), np.float32))
    config = MaskConfig(detected=1.0, detected_folder='~/masks')
    assert mask_of(sample(), 'detected', config, np.random.default_rng(0)).all()


def test_a_missing_detected_mask_is_named(tmp_path: Path) -> None:
    config = MaskConfig(detected=1.0, detected_folder=str(tmp_path))
    with pytest.raises(DataFileError, match=r'Camera_0/00007\.png: expected a mask of 180x90'):
        mask_of(sample(), 'detected', config, np.random.default_rng(0))


def test_masks_of_a_frame_without_instances_are_refused() -> None:
    bare = replace(sample(), instance_ids=None)
    with pytest.raises(ConfigError, match=r'masks: expected instances.*test/Scene01'):
        mask_of(bare, 'ground_truth', CONFIG, np.random.default_rng(0))


def test_weights_that_cannot_be_are_refused() -> None:
    with pytest.raises(ConfigError, match=r'masks: expected weights of 0 or more'):
        MaskConfig(ground_truth=0.0)
    with pytest.raises(ConfigError, match=r'masks: expected detected_folder'):
        MaskConfig(detected=1.0)
