"""A frame that cannot be read stops the run or is left out, as the user chose; never a third."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
import logging
from typing import Literal, TypeAlias

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample

OnBroken: TypeAlias = Literal['raise', 'skip']
"""What to do with a frame that cannot be read: raise its error, or leave it out."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokenFrame:
    """A frame that was left out.

    Attributes:
        identity: the frame.
        error: why, naming the file.
    """

    identity: FrameIdentity
    error: DataFileError


class ReadableFrames:
    """A dataset read under a choice of what to do with broken frames.

    Iterating gives every readable frame once: an evaluation. Indexing gives a frame for every
    index, as trainers want it: with ``skip``, the next readable frame stands in for a broken one,
    the same one at every reading. Each broken frame is logged as a warning when it is first met.

    Args:
        dataset: where to read from.
        on_broken: ``raise`` or ``skip``.
    """

    def __init__(self, dataset: DepthDataset, *, on_broken: OnBroken = 'raise') -> None:
        self._dataset = dataset
        self._on_broken = on_broken
        self._broken: dict[int, BrokenFrame] = {}

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, broken ones included."""
        return self._dataset.identities

    @property
    def broken(self) -> tuple[BrokenFrame, ...]:
        """The broken frames met so far by this process, in the dataset's order."""
        return tuple(self._broken[index] for index in sorted(self._broken))

    def __len__(self) -> int:
        return len(self._dataset)

    def __iter__(self) -> Iterator[DepthSample]:
        for index in range(len(self)):
            sample = self._read(index)
            if sample is not None:
                yield sample

    def __getitem__(self, index: int) -> DepthSample:
        if not 0 <= index < len(self):
            raise IndexError(f'frame {index} of {len(self)}')
        for step in range(len(self)):
            sample = self._read((index + step) % len(self))
            if sample is not None:
                return sample
        raise DataFileError(
            expected='at least one readable frame',
            got=f'{len(self)} frames, all broken, the last one as: {self.broken[-1].error}',
            where=str(self.broken[0].identity),
            remedy='run mt_depth data inspect on the dataset and repair the files it names',
        )

    def _read(self, index: int) -> DepthSample | None:
        if index in self._broken:
            return None
        try:
            return self._dataset[index]
        except DataFileError as error:
            if self._on_broken == 'raise':
                raise
            identity = self.identities[index]
            self._broken[index] = BrokenFrame(identity=identity, error=error)
            logger.warning('left out %s: %s', identity, error)
            return None
