"""Selections of frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.dataset import SelectedFrames
from mt_depth_ros.data.sample import DepthSample


class Frames:
    def __init__(self, sample: DepthSample) -> None:
        self.identities = tuple(replace(sample.identity, frame=frame) for frame in range(4))
        self._sample = sample

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> DepthSample:
        return replace(self._sample, identity=self.identities[index])


def test_selected_frames_come_in_the_order_of_the_list(
    make_sample: Callable[..., DepthSample],
) -> None:
    frames = Frames(make_sample())
    selected = SelectedFrames(frames, [frames.identities[3], frames.identities[1]])
    assert len(selected) == 2
    assert [selected[0].identity.frame, selected[1].identity.frame] == [3, 1]
    assert selected.identities == (frames.identities[3], frames.identities[1])


def test_a_frame_that_the_dataset_lacks_is_named(make_sample: Callable[..., DepthSample]) -> None:
    frames = Frames(make_sample())
    missing = frames.identities[0].shifted(9)
    with pytest.raises(ConfigError, match=f'1 frames missing, the first is {missing}'):
        SelectedFrames(frames, [*frames.identities, missing])
