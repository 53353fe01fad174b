"""From frames of a dataset to what a network is trained and validated on.

A frame becomes tensors by the code that serves it on a robot; only the sparse input, the mask and
the augmentation are the trainer's own. All randomness of a draw comes from its number, so neither
the number of worker processes nor an interruption changes what is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.completion import CompletionInput
from mt_depth_ros.core.foreground import foreground_probability
from mt_depth_ros.core.projection import rasterize_nearest
from mt_depth_ros.core.resizing import GridResizer
from mt_depth_ros.core.see_through import drop_see_through
from mt_depth_ros.data.augmentation import Augmentation, augmented
from mt_depth_ros.data.camera_turn import seen_turned
from mt_depth_ros.data.colour_augmentation import jittered
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.geometric_augmentation import cropped, mirrored, resized
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sky_painting import with_painted_sky
from mt_depth_ros.data.sparse_patterns import MeasuredPattern, MixedPattern, SparsePattern
from mt_depth_ros.data.sparse_sampling import draw_sparse, SparseSampling
from mt_depth_ros.networks.network_input import joined, network_input, NetworkInput
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.depth_target import DepthTarget
from mt_depth_ros.training.masks import mask_of, MaskSource


class Example(NamedTuple):
    """A batch: what the network is given and what is known about it.

    Attributes:
        given: the network's input.
        target: the truth.
        names: of the frames.
    """

    given: NetworkInput
    target: DepthTarget
    names: tuple[str, ...]

    def to(self, device: torch.device) -> Example:
        """The same on another device."""
        moved = (tensor.to(device, non_blocking=True) for tensor in self.target)
        return Example(self.given.to(device), DepthTarget(*moved), self.names)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PreparedFrame:
    """A frame on the network's grid, before it becomes tensors.

    Attributes:
        sample: the frame with its measurements; its camera has the grid's size.
        mask: (h, w) float32 in [0, 1], what the network is told of the foreground.
    """

    sample: DepthSample
    mask: FloatImage

    @property
    def completion_input(self) -> CompletionInput:
        """What any completer sees of the frame."""
        sample, size = self.sample, self.mask.shape
        assert sample.measurements is not None
        return CompletionInput(
            image_rgb=sample.image_rgb,
            sparse_depth_m=rasterize_nearest(
                sample.measurements, sample.camera, (size[0], size[1])
            ),
            mask=self.mask,
        )

    def example(self) -> Example:
        """The frame as a batch of one."""
        given = network_input(self.completion_input)
        ids = self.sample.instance_ids
        objects = np.zeros_like(self.mask) if ids is None else (ids > 0).astype(np.float32)
        target = DepthTarget(
            truth_B1HW=torch.from_numpy(np.ascontiguousarray(self.sample.truth_m))[None, None],
            object_B1HW=torch.from_numpy(objects)[None, None],
            validity_B1HW=given.validity_B1HW,
        )
        return Example(given, target, (str(self.sample.identity),))


def joined_examples(examples: Sequence[Example]) -> Example:
    """One batch of several."""
    targets = zip(*(example.target for example in examples), strict=True)
    return Example(
        joined([example.given for example in examples]),
        DepthTarget(*(torch.cat(tensors) for tensors in targets)),
        tuple(name for example in examples for name in example.names),
    )


@dataclass(frozen=True, slots=True)
class FrameDraw:
    """One use of a frame in training.

    Attributes:
        number: of all draws of the run.
        index: of the frame in the dataset.
    """

    number: int
    index: int


class TrainingFrames:
    """Frames with everything random that training does to them.

    Args:
        dataset: where to read from.
        config: of the run.
    """

    def __init__(self, dataset: DepthDataset, config: TrainingConfig) -> None:
        self._dataset = dataset
        self._config = config

    def __getitem__(self, draw: FrameDraw) -> Example:
        return self.prepared(draw).example()

    def prepared(self, draw: FrameDraw) -> PreparedFrame:
        """Reads the frame of a draw and does to it what the draw's number says."""
        config = self._config
        rng = np.random.default_rng([config.seed, draw.number])
        sample = self._dataset[draw.index]
        source = config.masks.draw(rng)
        sample = _with_mask(sample, source, config, rng)
        if rng.random() < config.view.mirror_probability:
            sample = mirrored(sample)
        pattern = _one_pattern(config.sparse.pattern, rng)
        filters = rng.random() < config.sparse.see_through_filter_probability
        if rng.random() < config.view.whole_probability:
            frame = _whole(sample, pattern, config, rng, filters=filters)
        else:
            frame = _window(sample, pattern, config, rng, filters=filters)
        if config.view.cut_size is not None:
            frame = _cut(frame, config.view.cut_size, rng)
        image_rgb = frame.sample.image_rgb
        if config.view.sky is not None:
            is_sky = np.isposinf(frame.sample.truth_m)
            image_rgb = with_painted_sky(image_rgb, is_sky, config.view.sky, rng)
        mask = frame.mask
        # Points that are drawn from the frame's own depth are in place.
        turn = config.view.turn if isinstance(pattern, MeasuredPattern) else None
        if turn is not None and rng.random() < turn.probability:
            rotation, camera = turn.draw(rng), frame.sample.camera
            image_rgb = seen_turned(image_rgb, camera, rotation)
            mask = seen_turned(mask, camera, rotation, nearest=True)
        if config.view.colour is not None:
            image_rgb = jittered(image_rgb, config.view.colour, rng)
        return PreparedFrame(sample=replace(frame.sample, image_rgb=image_rgb), mask=mask)


class ValidationFrames:
    """Whole frames with the sparse input and the mask that belong to their names.

    Args:
        dataset: where to read from.
        config: of the run.
    """

    def __init__(self, dataset: DepthDataset, config: TrainingConfig) -> None:
        self._dataset = dataset
        self._config = config

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> Example:
        return self.prepared(index).example()

    def prepared(self, index: int) -> PreparedFrame:
        """Reads one frame."""
        config = self._config
        sample = self._dataset[index]
        rng = sample.identity.generator('validation')
        sample = _with_mask(sample, config.masks.validation, config, rng)
        plain = replace(config.sparse, degradations=())
        pattern = _one_pattern(config.sparse.validation_pattern, rng)
        return _whole(sample, pattern, replace(config, sparse=plain), rng, filters=False)


def _with_mask(
    sample: DepthSample, source: MaskSource, config: TrainingConfig, rng: np.random.Generator
) -> DepthSample:
    """The frame with its mask, in steps of 1/255, in place of its classes: it moves with them."""
    mask = foreground_probability(mask_of(sample, source, config.masks, rng))
    return replace(sample, class_ids=np.rint(255.0 * mask).astype(np.uint8))


def _mask_in(sample: DepthSample) -> FloatImage:
    assert sample.class_ids is not None
    return sample.class_ids.astype(np.float32) / np.float32(255.0)


def _one_pattern(pattern: SparsePattern, rng: np.random.Generator) -> SparsePattern:
    while isinstance(pattern, MixedPattern):
        weights = np.array(pattern.weights or (1.0,) * len(pattern.patterns))
        pattern = pattern.patterns[int(rng.choice(len(weights), p=weights / weights.sum()))]
    return pattern


def _whole(
    sample: DepthSample,
    pattern: SparsePattern,
    config: TrainingConfig,
    rng: np.random.Generator,
    *,
    filters: bool,
) -> PreparedFrame:
    """The whole frame on the grid; a sensor measures before that, random pixels come after."""
    size = config.view.input_size
    camera_size = (sample.camera.height, sample.camera.width)
    resizer = GridResizer(camera_size=camera_size, grid_size=size)
    mask = resizer.mask_to_grid(_mask_in(sample))
    if isinstance(pattern, MeasuredPattern):
        sample = _measured(sample, pattern, config, rng, filters=filters)
        return PreparedFrame(sample=resized(sample, height=size[0], width=size[1]), mask=mask)
    sample = resized(sample, height=size[0], width=size[1])
    return PreparedFrame(
        sample=_measured(sample, pattern, config, rng, filters=filters), mask=mask
    )


def _window(
    sample: DepthSample,
    pattern: SparsePattern,
    config: TrainingConfig,
    rng: np.random.Generator,
    *,
    filters: bool,
) -> PreparedFrame:
    """A window of the frame at its own angular scale, or nearly so."""
    view = config.view
    cut = Augmentation(zoom=view.zoom, crop_size=view.input_size, mirror_probability=0.0)
    sample = _measured(augmented(sample, cut, rng), pattern, config, rng, filters=filters)
    return PreparedFrame(sample=sample, mask=_mask_in(sample))


def _cut(frame: PreparedFrame, size: tuple[int, int], rng: np.random.Generator) -> PreparedFrame:
    """A piece of what lies on the grid."""
    top, left = (
        int(rng.integers(whole - part + 1))
        for whole, part in zip(frame.mask.shape, size, strict=True)
    )
    rows, columns = slice(top, top + size[0]), slice(left, left + size[1])
    return PreparedFrame(
        sample=cropped(frame.sample, top=top, left=left, height=size[0], width=size[1]),
        mask=np.ascontiguousarray(frame.mask[rows, columns]),
    )


def _measured(
    sample: DepthSample,
    pattern: SparsePattern,
    config: TrainingConfig,
    rng: np.random.Generator,
    *,
    filters: bool,
) -> DepthSample:
    sparse = config.sparse
    sampling = SparseSampling(
        pattern=pattern,
        degradations=sparse.degradations,
        min_depth_m=sparse.min_depth_m,
        max_depth_m=sparse.max_depth_m,
    )
    sample = draw_sparse(sample, sampling, rng)
    if not filters or sample.measurements is None:
        return sample
    return replace(sample, measurements=drop_see_through(sample.measurements, sample.camera))
