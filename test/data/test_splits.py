"""Splits keep what belongs together on one side, and are the same for everybody."""

from __future__ import annotations

from collections.abc import Iterator
import random

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.splits import (
    DatasetSplit,
    MARGIN_FRAMES,
    ScenesOfParts,
    split_by_scene,
    split_frames,
)

FRAMES_OF_SCENE = {'Scene01': 447, 'Scene02': 233, 'Scene06': 270, 'Scene18': 339, 'Scene20': 837}
CONDITIONS = (
    '15-deg-left', '15-deg-right', '30-deg-left', '30-deg-right', 'clone', 'fog', 'morning',
    'overcast', 'rain', 'sunset',
)  # fmt: skip


def virtual_kitti(conditions: tuple[str, ...] = CONDITIONS) -> Iterator[FrameIdentity]:
    """Every frame of one camera of Virtual KITTI 2."""
    for scene, num_frames in FRAMES_OF_SCENE.items():
        for condition in conditions:
            for frame in range(num_frames):
                yield FrameIdentity(
                    dataset='vkitti2',
                    scene=scene,
                    condition=condition,
                    camera='Camera_0',
                    frame=frame,
                )


def sizes(split: DatasetSplit) -> tuple[int, int, int]:
    return len(split.train), len(split.validation), len(split.test)


@pytest.mark.parametrize('scheme', ['scene', 'random80', 'random80-grouped', 'sgia'])
def test_no_frame_is_in_two_parts_and_the_order_of_files_does_not_matter(scheme: str) -> None:
    frames = list(virtual_kitti(('clone', 'fog')))
    split = split_frames(frames, scheme)
    parts = [*split.train, *split.validation, *split.test]
    assert len(set(parts)) == len(parts)
    random.Random(5).shuffle(frames)
    assert split_frames(frames, scheme) == split


def test_the_scene_split_is_the_one_of_pandepth() -> None:
    split = split_frames(virtual_kitti(('clone',)), 'scene')
    assert sizes(split) == (447 + 270 + 837, 339, 233)
    assert {frame.scene for frame in split.test} == {'Scene02'}


def test_the_sgia_split_has_the_papers_numbers_of_frames() -> None:
    # SG-IANet, section 4: 16334 training, 1113 validation and 3813 test images.
    assert sizes(split_frames(virtual_kitti(), 'sgia')) == (16334, 1113, 3813)


def test_random80_takes_a_fifth_of_all_frames_for_the_test() -> None:
    split = split_frames(virtual_kitti(('clone',)), 'random80')
    assert sizes(split) == (1701, 0, 425)  # 2126 frames
    assert split_frames(virtual_kitti(('clone',)), 'random80', seed=1).test != split.test


def test_the_grouped_split_parts_neither_weather_twins_nor_neighbours() -> None:
    split = split_frames(virtual_kitti(('clone', 'fog')), 'random80-grouped')
    held_out = {(frame.scene, frame.frame) for frame in split.test + split.validation}
    for frame in split.train:
        for step in range(-MARGIN_FRAMES, MARGIN_FRAMES + 1):
            assert (frame.scene, frame.frame + step) not in held_out
    tested = {(frame.scene, frame.frame) for frame in split.test}
    for frame in split.validation:
        for step in range(-MARGIN_FRAMES, MARGIN_FRAMES + 1):
            assert (frame.scene, frame.frame + step) not in tested
    num_train, num_validation, num_test = (size / (2 * 2126) for size in sizes(split))
    assert 0.7 < num_train < 0.8
    assert 0.08 < num_validation < 0.2
    assert 0.1 <= num_test < 0.2


@pytest.mark.parametrize('num_frames', [90, 180])
def test_the_grouped_split_of_a_short_drive_still_trains(num_frames: int) -> None:
    frames = [
        FrameIdentity(dataset='d', scene='s', condition='c', camera='k', frame=frame)
        for frame in range(num_frames)
    ]
    split = split_frames(frames, 'random80-grouped')
    assert len(split.validation) == 0
    assert len(split.train) + len(split.test) + (10 if split.test else 0) == num_frames
    assert len(split.train) > 0


def test_the_lists_are_the_same_on_every_machine() -> None:
    # Worked out once; another value means that published results no longer compare.
    split = split_frames(virtual_kitti(('clone',)), 'random80')
    assert split.part_hash('test').startswith('78abf3bf682a')
    grouped = split_frames(virtual_kitti(('clone',)), 'random80-grouped')
    assert grouped.part_hash('test').startswith('635219352399')


def test_a_scene_that_no_part_names_is_an_error() -> None:
    frames = list(virtual_kitti(('clone',)))
    with pytest.raises(ConfigError, match='got Scene06, Scene18, Scene20'):
        split_by_scene(frames, ScenesOfParts(train=('Scene01',), validation=(), test=('Scene02',)))


def test_a_scene_in_two_parts_is_an_error() -> None:
    with pytest.raises(ConfigError, match='got Scene01 in more than one'):
        ScenesOfParts(train=('Scene01',), validation=('Scene02',), test=('Scene01',))


def test_an_empty_part_is_an_error_only_when_it_is_asked_for() -> None:
    split = split_frames(virtual_kitti(('clone',)), 'random80')
    with pytest.raises(ConfigError, match=r"split random80, seed 0: expected frames in .*'valid"):
        split.part('validation')
    assert len(split.part('test')) == 425


def test_sgia_without_its_test_scene_is_an_error() -> None:
    frames = [frame for frame in virtual_kitti(('clone',)) if frame.scene != 'Scene06']
    with pytest.raises(ConfigError, match='expected Scene06, its test scene, got Scene01'):
        split_frames(frames, 'sgia')


def test_an_unknown_scheme_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"one of scene, random80, .*got 'half'"):
        split_frames(virtual_kitti(('clone',)), 'half')
