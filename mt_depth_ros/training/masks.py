"""The foreground masks a network is trained with: good ones, bad ones and none.

A network that saw only true masks would trust any mask. So some frames come with a degraded one,
some with a wrong one and some with none, as they will on a robot.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import cv2
import numpy as np

from mt_depth_ros.core.arrays import BoolImage, FloatImage
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.foreground import Foreground, with_uncertain_edges
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.training.detected_masks import read_detected_mask

MaskSource: TypeAlias = Literal['ground_truth', 'degraded', 'wrong', 'detected', 'none']

LOST_OBJECTS = 0.2
LARGEST_SHIFT_PX = 4
LARGEST_MARGIN_PX = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskConfig:
    """Where training masks come from: weights, in any unit.

    Attributes:
        ground_truth: the true objects.
        degraded: the true objects, some lost, the rest shifted, grown or shrunk, some invented;
            with uncertain edges.
        wrong: inverted, full, a random box, or the true objects elsewhere in the image.
        detected: as a detector found them, from ``detected_folder``.
        none: no mask.
        detected_folder: of masks written by :func:`detected_masks.write_detected_mask`.
        validation: which of them frames have in validation.

    Raises:
        ConfigError: no weight above 0, or detected masks without a folder.
    """

    ground_truth: float = 1.0
    degraded: float = 0.0
    wrong: float = 0.0
    detected: float = 0.0
    none: float = 0.0
    detected_folder: str | None = None
    validation: Literal['ground_truth', 'detected', 'none'] = 'ground_truth'

    def __post_init__(self) -> None:
        weights = self.weights
        uses_folder = self.detected > 0 or self.validation == 'detected'
        if min(weights.values()) < 0 or sum(weights.values()) <= 0:
            raise _refused('weights of 0 or more, one above 0', str(weights))
        if uses_folder and self.detected_folder is None:
            raise _refused('detected_folder, for detected masks', 'none')

    @property
    def weights(self) -> dict[MaskSource, float]:
        """Each source and its weight."""
        return {
            'ground_truth': self.ground_truth,
            'degraded': self.degraded,
            'wrong': self.wrong,
            'detected': self.detected,
            'none': self.none,
        }

    def draw(self, rng: np.random.Generator) -> MaskSource:
        """Draws a source."""
        weights = self.weights
        shares = np.array(list(weights.values())) / sum(weights.values())
        return list(weights)[int(rng.choice(len(shares), p=shares))]


def mask_of(
    sample: DepthSample, source: MaskSource, config: MaskConfig, rng: np.random.Generator
) -> Foreground:
    """The mask of a frame, (H, W) on its own grid.

    Args:
        sample: the frame, as it was read; detected masks belong to the frame as read.
        source: where from.
        config: where detected masks are.
        rng: where all randomness comes from.

    Raises:
        ConfigError: the frame has no instances to make a mask from.
        DataFileError: the detected mask is missing, or of another size or image.
    """
    if source == 'none':
        return np.zeros(sample.truth_m.shape, np.bool_)
    if source == 'detected':
        return read_detected_mask(Path(config.detected_folder or '').expanduser(), sample)
    true_mask = true_objects(sample)
    if source == 'ground_truth':
        return true_mask
    if source == 'wrong':
        return _wrong(true_mask, rng)
    return _degraded(sample, rng)


def true_objects(sample: DepthSample) -> BoolImage:
    """(H, W) bool: the pixels of all instances.

    Raises:
        ConfigError: the frame has no instances.
    """
    if sample.instance_ids is None:
        raise ConfigError(
            expected='instances, to make masks from',
            got=f'none in {sample.identity}',
            where='masks',
            remedy='train with masks: {none: 1, ground_truth: 0}, or unpack the instances too',
        )
    return np.asarray(sample.instance_ids > 0, np.bool_)


def _wrong(true_mask: BoolImage, rng: np.random.Generator) -> BoolImage:
    kind = int(rng.integers(4))
    if kind == 0:
        return ~true_mask
    if kind == 1:
        return np.ones_like(true_mask)
    if kind == 2:
        height, width = true_mask.shape
        down, right = int(rng.integers(height)), int(rng.integers(width))
        return np.roll(true_mask, (down, right), axis=(0, 1))
    return _with_box(np.zeros_like(true_mask), rng)


def _degraded(sample: DepthSample, rng: np.random.Generator) -> FloatImage:
    assert sample.instance_ids is not None
    ids = np.unique(sample.instance_ids[sample.instance_ids > 0])
    found = ids[rng.random(len(ids)) >= LOST_OBJECTS]
    mask = np.isin(sample.instance_ids, found)
    down, right = rng.integers(-LARGEST_SHIFT_PX, LARGEST_SHIFT_PX + 1, 2).tolist()
    moved = cv2.warpAffine(
        mask.astype(np.uint8), np.array([[1.0, 0.0, right], [0.0, 1.0, down]]), mask.shape[::-1]
    )
    margin = int(rng.integers(-LARGEST_MARGIN_PX, LARGEST_MARGIN_PX + 1))
    kernel = np.ones((2 * abs(margin) + 1,) * 2, np.uint8)
    grown = cv2.dilate(moved, kernel) if margin > 0 else cv2.erode(moved, kernel)
    degraded = np.asarray(grown > 0, np.bool_)
    if rng.random() < LOST_OBJECTS:
        degraded = _with_box(degraded, rng)
    return with_uncertain_edges(degraded)


def _with_box(mask: BoolImage, rng: np.random.Generator) -> BoolImage:
    """The mask with a random box, up to a third of the image wide and high, set."""
    height, width = mask.shape
    rows, columns = int(rng.integers(1, height // 3 + 2)), int(rng.integers(1, width // 3 + 2))
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    boxed = mask.copy()
    boxed[top : top + rows, left : left + columns] = True
    return boxed


def _refused(expected: str, got: str) -> ConfigError:
    return ConfigError(expected=expected, got=got, where='masks', remedy='correct the value')
