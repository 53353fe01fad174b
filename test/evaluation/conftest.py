"""A small rendered data set in memory, for evaluations that take no time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample

HEIGHT, WIDTH = 24, 48


class MemoryDataset:
    """Frames of a car 8 m away before a wall 20 m away, under a sky."""

    def __init__(self, samples: Sequence[DepthSample | DataFileError]) -> None:
        self._samples = samples

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        return [frame_identity(index) for index in range(len(self._samples))]

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> DepthSample:
        sample = self._samples[index]
        if isinstance(sample, DataFileError):
            raise sample
        return replace(sample, identity=self.identities[index])


def frame_identity(index: int) -> FrameIdentity:
    condition = ('clone', 'fog')[index % 2]
    return FrameIdentity(
        dataset='test', scene='Scene01', condition=condition, camera='Camera_0', frame=index
    )


def car_before_a_wall() -> DepthSample:
    truth = np.full((HEIGHT, WIDTH), 20.0, np.float32)
    truth[:6] = np.inf
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    truth[12:20, 16:32], ids[12:20, 16:32] = 8.0, 1
    return DepthSample(
        identity=frame_identity(0),
        camera=RectifiedCamera(width=WIDTH, height=HEIGHT, fx=40.0, fy=40.0, cx=23.5, cy=11.5),
        image_rgb=np.full((HEIGHT, WIDTH, 3), 90, np.uint8),
        truth_m=truth,
        instance_ids=ids,
    )


@pytest.fixture
def car_frame() -> DepthSample:
    """One frame of that data set."""
    return car_before_a_wall()


@pytest.fixture
def make_dataset() -> Callable[..., MemoryDataset]:
    """Builds a data set of the frames given, or of four such frames."""

    def make(*samples: DepthSample | DataFileError) -> MemoryDataset:
        return MemoryDataset(samples or [car_before_a_wall()] * 4)

    return make
