"""The frozen list of simulated test frames."""

from __future__ import annotations

from collections.abc import Sequence
import json
from pathlib import Path

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.dataset import DepthDataset, SelectedFrames
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.kept_for_testing import SIMULATION_RECORD, TEST_SCENES, TEST_SEED
from mt_depth_ros.data.virtual_kitti2 import VirtualKitti2, VirtualKittiSelection
from mt_depth_ros.data.virtual_kitti2_layout import Modality

TEST_CONDITIONS = ('clone', 'morning', 'sunset', 'overcast', 'fog', 'rain', 'night')
FRAMES_RENDERED = 20
"""Frames of each drive; the drive itself depends on how many there are."""

_STEP = 3


def frozen_test_list() -> tuple[FrameIdentity, ...]:
    """One frame of every scene in every condition, 84 in all, no moment of a drive twice.

    Scene s (from 0) in condition c gives frame ``3 ((s + c) mod 7) + s mod 2`` of 20, so that
    every condition has early and late frames.
    """
    count = len(TEST_CONDITIONS)
    return tuple(
        FrameIdentity(
            dataset='vkitti2',
            scene=f'Scene{scene + 1:02d}',
            condition=condition,
            camera='Camera_0',
            frame=_STEP * ((scene + place) % count) + scene % 2,
        )
        for scene in range(TEST_SCENES)
        for place, condition in enumerate(TEST_CONDITIONS)
    )


def open_test_frames(
    root: Path, identities: Sequence[FrameIdentity] | None = None
) -> DepthDataset:
    """The rendered frames of the list.

    Args:
        root: what the simulator wrote for :data:`TEST_SEED`.
        identities: which; None: :func:`frozen_test_list`.

    Raises:
        DataFileError: the folder holds no dataset, or that of another simulation.
        ConfigError: frames are missing.
    """
    _check_record(root / SIMULATION_RECORD)
    selection = VirtualKittiSelection(
        modalities=frozenset({Modality.COLOUR, Modality.DEPTH, Modality.INSTANCES}),
        with_scans=False,
    )
    wanted = frozen_test_list() if identities is None else identities
    return SelectedFrames(VirtualKitti2(root, selection=selection), wanted)


def _check_record(path: Path) -> None:
    wanted = {'seed': TEST_SEED, 'frames': FRAMES_RENDERED, 'format': 'vkitti2'}
    try:
        record = json.loads(path.read_text(encoding='utf-8'))
        found = {key: record[key] for key in wanted}
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = {'error': str(error)}
    if found != wanted:
        raise DataFileError(
            expected=f'the simulated test scenes, {wanted}',
            got=str(found),
            where=str(path),
            remedy='render them: make test-data',
        )
