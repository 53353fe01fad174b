"""The frames that a config names: read, split and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.dataset import SelectedFrames
from mt_depth_ros.data.frame_lists import frame_list_hash
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.kept_for_testing import refuse_frames_kept_for_testing
from mt_depth_ros.data.sparse_degradations import Sometimes, SparseDegradation
from mt_depth_ros.data.sparse_holes import ObjectHoles
from mt_depth_ros.data.sparse_patterns import MeasuredPattern, MixedPattern, SparsePattern
from mt_depth_ros.data.splits import DatasetSplit, ScenesOfParts, split_by_scene, split_frames
from mt_depth_ros.data.virtual_kitti2 import VirtualKitti2, VirtualKittiSelection
from mt_depth_ros.data.virtual_kitti2_layout import Modality
from mt_depth_ros.training.config import DataConfig, TrainingConfig


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FrameSource:
    """The frames of a run.

    Attributes:
        train: what is learned from.
        validation: what is validated on.
        split: how they were told apart, in words.
    """

    train: ReadableFrames
    validation: ReadableFrames
    split: str

    @property
    def hashes(self) -> dict[str, str]:
        """sha256 of the list of names of each part."""
        return {
            'train': frame_list_hash(self.train.identities),
            'validation': frame_list_hash(self.validation.identities),
        }


def open_frames(config: TrainingConfig) -> FrameSource:
    """Finds the frames of a run; none is read yet.

    Raises:
        DataFileError: a root is missing or holds no such dataset.
        ConfigError: the split does not fit the dataset, or it is the one kept for testing.
    """
    data = config.data
    roots = [Path(root).expanduser() for root in data.roots]
    refuse_frames_kept_for_testing(roots)
    modalities = {Modality.COLOUR, Modality.DEPTH}
    if _needs_instances(config):
        modalities.add(Modality.INSTANCES)
    patterns = (config.sparse.pattern, config.sparse.validation_pattern)
    dataset = VirtualKitti2(
        *roots,
        selection=VirtualKittiSelection(
            modalities=frozenset(modalities),
            with_scans=None if any(map(_is_measured, patterns)) else False,
            conditions=data.conditions,
            cameras=data.cameras,
        ),
    )
    split = _split(dataset.identities, data)
    train, validation = split.part('train'), split.part(data.validation_part)
    validation = _spread(validation, data.validation_frames)
    return FrameSource(
        train=ReadableFrames(SelectedFrames(dataset, train), on_broken=data.on_broken),
        validation=ReadableFrames(SelectedFrames(dataset, validation), on_broken=data.on_broken),
        split=split.scheme,
    )


def _split(identities: Sequence[FrameIdentity], data: DataConfig) -> DatasetSplit:
    names = list(identities)
    if data.split != 'by_scene':
        return split_frames(names, data.split, seed=data.split_seed)
    wanted = {*data.train_scenes, *data.validation_scenes}
    missing = wanted - {name.scene for name in names}
    if missing:
        raise ConfigError(
            expected=f'scenes {", ".join(sorted(wanted))}',
            got=f'no {", ".join(sorted(missing))}',
            where=', '.join(data.roots),
            remedy='correct data.train_scenes and data.validation_scenes',
        )
    scenes = ScenesOfParts(train=data.train_scenes, validation=data.validation_scenes, test=())
    return split_by_scene([name for name in names if name.scene in wanted], scenes)


def _spread(frames: tuple[FrameIdentity, ...], wanted: int | None) -> tuple[FrameIdentity, ...]:
    if wanted is None or wanted >= len(frames):
        return frames
    return tuple(frames[int(index)] for index in np.linspace(0, len(frames) - 1, wanted))


def _needs_instances(config: TrainingConfig) -> bool:
    masks, loss = config.masks, config.loss
    in_masks = masks.ground_truth + masks.degraded + masks.wrong > 0
    in_masks |= masks.validation == 'ground_truth'
    in_loss = loss.object_weight + loss.mask_weight > 0 or loss.boundary_weight != 1.0
    return in_masks or in_loss or any(map(_empties_objects, config.sparse.degradations))


def _empties_objects(degradation: SparseDegradation) -> bool:
    if isinstance(degradation, Sometimes):
        return _empties_objects(degradation.degradation)
    return isinstance(degradation, ObjectHoles)


def _is_measured(pattern: SparsePattern) -> bool:
    if isinstance(pattern, MixedPattern):
        return any(map(_is_measured, pattern.patterns))
    return isinstance(pattern, MeasuredPattern)
