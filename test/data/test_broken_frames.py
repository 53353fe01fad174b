"""Broken frames stop the run or are left out, as the user chose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import logging

import pytest

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample


class FramesWithHoles:
    """Frames in memory, some of which cannot be read."""

    def __init__(self, sample: DepthSample, num_frames: int, broken: set[int]) -> None:
        self._sample = sample
        self._broken = broken
        self.identities: tuple[FrameIdentity, ...] = tuple(
            replace(sample.identity, frame=frame) for frame in range(num_frames)
        )

    def __len__(self) -> int:
        return len(self.identities)

    def __getitem__(self, index: int) -> DepthSample:
        if index in self._broken:
            raise DataFileError(
                expected='a depth image', got='7 bytes', where=f'depth_{index}.png', remedy='-'
            )
        return replace(self._sample, identity=self.identities[index])


@pytest.fixture
def make_frames(make_sample: Callable[..., DepthSample]) -> Callable[..., FramesWithHoles]:
    return lambda *broken: FramesWithHoles(make_sample(), 5, set(broken))


def test_by_default_a_broken_frame_is_fatal(make_frames: Callable[..., FramesWithHoles]) -> None:
    frames = ReadableFrames(make_frames(2))
    assert frames[1].identity.frame == 1
    with pytest.raises(DataFileError, match=r'depth_2.png: expected a depth image, got 7 bytes'):
        frames[2]
    with pytest.raises(DataFileError, match=r'depth_2.png'):
        list(frames)


def test_iterating_with_skip_gives_every_readable_frame_once(
    make_frames: Callable[..., FramesWithHoles], caplog: pytest.LogCaptureFixture
) -> None:
    frames = ReadableFrames(make_frames(0, 3), on_broken='skip')
    with caplog.at_level(logging.WARNING):
        assert [sample.identity.frame for sample in frames] == [1, 2, 4]
        assert [sample.identity.frame for sample in frames] == [1, 2, 4]
    assert [str(broken.identity)[-5:] for broken in frames.broken] == ['00000', '00003']
    assert [broken.error.where for broken in frames.broken] == ['depth_0.png', 'depth_3.png']
    assert len(caplog.records) == 2, 'each broken frame is reported once'


def test_indexing_with_skip_gives_the_next_readable_frame(
    make_frames: Callable[..., FramesWithHoles],
) -> None:
    frames = ReadableFrames(make_frames(2, 3, 4), on_broken='skip')
    assert len(frames) == 5
    assert frames[1].identity.frame == 1
    assert frames[2].identity.frame == 0, 'after the last comes the first'
    with pytest.raises(IndexError, match='frame 5 of 5'):
        frames[5]


def test_nothing_readable_at_all_is_an_error_even_with_skip(
    make_frames: Callable[..., FramesWithHoles],
) -> None:
    frames = ReadableFrames(make_frames(0, 1, 2, 3, 4), on_broken='skip')
    with pytest.raises(DataFileError, match='5 frames, all broken'):
        frames[0]
