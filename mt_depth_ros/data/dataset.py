"""What every dataset looks like to a trainer or an evaluation, and a selection of its frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample


class DepthDataset(Protocol):
    """Frames in a fixed order. Reading is pure, so processes may share a dataset."""

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order, each once."""

    def __len__(self) -> int:
        """Number of frames, broken ones included."""

    def __getitem__(self, index: int) -> DepthSample:
        """Reads one frame.

        Raises:
            DataFileError: the frame has a file that is missing, damaged or does not fit.
            IndexError: there is no such frame.
        """


class SelectedFrames:
    """Some frames of a dataset, in the order they were asked for.

    Args:
        dataset: where to read from.
        identities: which frames.

    Raises:
        ConfigError: the dataset lacks a frame; how many, and the first of them, are named.
    """

    def __init__(self, dataset: DepthDataset, identities: Iterable[FrameIdentity]) -> None:
        self._dataset = dataset
        self._identities = tuple(identities)
        place = {identity: index for index, identity in enumerate(dataset.identities)}
        missing = [identity for identity in self._identities if identity not in place]
        if missing:
            raise ConfigError(
                expected=f'a dataset with all {len(self._identities)} frames of the list',
                got=f'{len(missing)} frames missing, the first is {missing[0]}',
                where='frame list',
                remedy='point to the dataset the list was made for, or make a new list',
            )
        self._indices = [place[identity] for identity in self._identities]

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return self._identities

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> DepthSample:
        return self._dataset[self._indices[index]]
