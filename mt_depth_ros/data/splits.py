"""Which frames to learn from, to choose by and to report on.

The frames of one Virtual KITTI 2 scene are video: neighbours look alike, and the weather twins of
a frame have the same depth. A split that ignores this measures memory. All choices are made by
sorting hashes of names, so a split depends on the frames and the seed only, not on the order of
files, the platform or the version of numpy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
import hashlib
from typing import get_args, Literal, TypeAlias

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.frame_lists import frame_list_hash
from mt_depth_ros.data.identity import FrameIdentity

SplitScheme: TypeAlias = Literal['scene', 'random80', 'random80-grouped', 'sgia']
PartName: TypeAlias = Literal['train', 'validation', 'test']

BLOCK_FRAMES = 100
"""Consecutive frames that ``random80-grouped`` keeps together, 10 s of Virtual KITTI 2."""

MARGIN_FRAMES = 10
"""Frames left out between two parts by ``random80-grouped``, 1 s of Virtual KITTI 2."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScenesOfParts:
    """Whole scenes for each part.

    Attributes:
        train, validation, test: names of scenes.

    Raises:
        ConfigError: a scene is named twice.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    def __post_init__(self) -> None:
        named = [*self.train, *self.validation, *self.test]
        twice = sorted({scene for scene in named if named.count(scene) > 1})
        if twice:
            raise ConfigError(
                expected='every scene in one part',
                got=f'{", ".join(twice)} in more than one, or twice',
                where='split scene',
                remedy='name each scene once',
            )


PANDEPTH_SCENES = ScenesOfParts(
    train=('Scene01', 'Scene06', 'Scene20'), validation=('Scene18',), test=('Scene02',)
)
"""The scene split of PanDepth, the default of this package."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetSplit:
    """The frames of each part, sorted by name, no frame in two parts.

    Attributes:
        scheme: how it was made, with the seed where one was used.
        train, validation, test: the frames; a part may be empty.
    """

    scheme: str
    train: tuple[FrameIdentity, ...]
    validation: tuple[FrameIdentity, ...]
    test: tuple[FrameIdentity, ...]

    def part(self, name: PartName) -> tuple[FrameIdentity, ...]:
        """The frames of one part.

        Raises:
            ConfigError: the part is empty.
        """
        frames: tuple[FrameIdentity, ...] = getattr(self, name)
        if not frames:
            raise ConfigError(
                expected=f'frames in the part {name!r}',
                got='none',
                where=f'split {self.scheme}',
                remedy='choose a split that has this part, or add the scenes it is made of',
            )
        return frames

    def part_hash(self, name: PartName) -> str:
        """sha256 of the list of one part, empty or not."""
        return frame_list_hash(getattr(self, name))


def split_frames(
    identities: Iterable[FrameIdentity], scheme: SplitScheme, *, seed: int = 0
) -> DatasetSplit:
    """Splits the frames of a Virtual KITTI 2 dataset by a named scheme.

    * ``scene``: train 01, 06 and 20, validation 18, test 02 (PanDepth).
    * ``random80``: 80 % of all frames train, the rest test; no validation part (MT-Depth).
    * ``random80-grouped``: blocks of 100 consecutive frames, all conditions and cameras together;
      as many as make up 10 % test, likewise validation, the rest train, less 10 frames next to
      what is held out.
    * ``sgia``: test is Scene06 and the last 6 % of the frames of each other scene, validation the
      6 % before those, train the rest (SG-IANet; in time order, so that twins part at a cut only).

    Args:
        identities: the frames, in any order.
        scheme: its name.
        seed: another seed gives another random split.

    Raises:
        ConfigError: the scheme is unknown, or does not know a scene of the dataset.
    """
    frames = sorted(identities)
    if scheme == 'scene':
        return split_by_scene(frames, PANDEPTH_SCENES)
    if scheme == 'random80':
        return _random_split(frames, seed)
    if scheme == 'random80-grouped':
        return _grouped_split(frames, seed)
    if scheme == 'sgia':
        return _sgia_split(frames)
    raise ConfigError(
        expected=f'one of {", ".join(get_args(SplitScheme))}',
        got=repr(scheme),
        where='split',
        remedy='choose one of these schemes',
    )


def split_by_scene(identities: Iterable[FrameIdentity], scenes: ScenesOfParts) -> DatasetSplit:
    """Splits by whole scenes.

    Raises:
        ConfigError: a frame's scene is in no part.
    """
    frames = sorted(identities)
    named = {*scenes.train, *scenes.validation, *scenes.test}
    unknown = sorted({frame.scene for frame in frames} - named)
    if unknown:
        raise ConfigError(
            expected=f'scenes among {", ".join(sorted(named))}',
            got=', '.join(unknown),
            where='split scene',
            remedy='choose another split for this dataset, or say which scenes go where',
        )
    return DatasetSplit(
        scheme='scene',
        train=tuple(frame for frame in frames if frame.scene in scenes.train),
        validation=tuple(frame for frame in frames if frame.scene in scenes.validation),
        test=tuple(frame for frame in frames if frame.scene in scenes.test),
    )


def _random_split(frames: list[FrameIdentity], seed: int) -> DatasetSplit:
    shuffled = sorted(frames, key=lambda frame: _rank(f'{seed}/{frame}'))
    num_train = round(0.8 * len(frames))
    return DatasetSplit(
        scheme=f'random80, seed {seed}',
        train=tuple(sorted(shuffled[:num_train])),
        validation=(),
        test=tuple(sorted(shuffled[num_train:])),
    )


def _grouped_split(frames: list[FrameIdentity], seed: int) -> DatasetSplit:
    blocks: dict[tuple[str, int], list[FrameIdentity]] = defaultdict(list)
    for frame in frames:
        blocks[frame.scene, frame.frame // BLOCK_FRAMES].append(frame)
    order = sorted(blocks, key=lambda block: _rank(f'{seed}/{block[0]}/{block[1]}'))
    parts: dict[PartName, list[FrameIdentity]] = {'test': [], 'validation': [], 'train': []}
    for place, block in enumerate(order, start=1):
        wanting: list[PartName] = [
            name for name in ('test', 'validation') if len(parts[name]) < 0.1 * len(frames)
        ]
        is_last = place == len(order)  # which always trains, however few blocks there are
        parts[wanting[0] if wanting and not is_last else 'train'] += blocks[block]
    validation = _apart_from(parts['validation'], parts['test'])
    return DatasetSplit(
        scheme=f'random80-grouped, seed {seed}',
        train=_apart_from(parts['train'], parts['test'] + parts['validation']),
        validation=validation,
        test=tuple(sorted(parts['test'])),
    )


def _apart_from(
    frames: list[FrameIdentity], held_out: list[FrameIdentity]
) -> tuple[FrameIdentity, ...]:
    """The frames that are not within the margin of one held out, sorted."""
    near = {
        (frame.scene, frame.frame + step)
        for frame in held_out
        for step in range(-MARGIN_FRAMES, MARGIN_FRAMES + 1)
    }
    return tuple(sorted(frame for frame in frames if (frame.scene, frame.frame) not in near))


def _sgia_split(frames: list[FrameIdentity]) -> DatasetSplit:
    by_scene: dict[str, list[FrameIdentity]] = defaultdict(list)
    for frame in sorted(frames, key=lambda frame: (frame.scene, frame.frame, frame)):
        by_scene[frame.scene].append(frame)
    if 'Scene06' not in by_scene:
        raise ConfigError(
            expected='Scene06, its test scene',
            got=', '.join(by_scene) or 'no frames',
            where='split sgia',
            remedy='add that scene or choose another split',
        )
    test = by_scene.pop('Scene06')
    train: list[FrameIdentity] = []
    validation: list[FrameIdentity] = []
    for in_time_order in by_scene.values():
        num_held_out = round(0.06 * len(in_time_order))
        first_test = len(in_time_order) - num_held_out
        first_validation = first_test - num_held_out
        train += in_time_order[:first_validation]
        validation += in_time_order[first_validation:first_test]
        test += in_time_order[first_test:]
    return DatasetSplit(
        scheme='sgia',
        train=tuple(sorted(train)),
        validation=tuple(sorted(validation)),
        test=tuple(sorted(test)),
    )


def _rank(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
