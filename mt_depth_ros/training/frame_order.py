"""Which frames each epoch draws, in which order: a function of the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.examples import FrameDraw


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameOrder:
    """One long sequence of shuffles of all frames, cut into epochs.

    Attributes:
        num_frames: of the dataset.
        draws_per_epoch: how many frames an epoch draws; what does not fill a batch is left out.
        batch_size: frames in a step of one process.
        processes: how many share the epoch.
        seed: of the shuffles.

    Raises:
        ConfigError: an epoch is less than one step.
    """

    num_frames: int
    draws_per_epoch: int
    batch_size: int
    processes: int
    seed: int

    def __post_init__(self) -> None:
        if self.steps_per_epoch < 1:
            raise ConfigError(
                expected=f'at least {self.batch_size * self.processes} frames in an epoch, one '
                'step',
                got=str(self.draws_per_epoch),
                where='data.frames_per_epoch, run.batch_size',
                remedy='lower run.batch_size, or raise data.frames_per_epoch',
            )

    @classmethod
    def of_run(cls, config: TrainingConfig, *, num_frames: int, processes: int) -> FrameOrder:
        """That of a run."""
        return cls(
            num_frames=num_frames,
            draws_per_epoch=config.data.frames_per_epoch or num_frames,
            batch_size=config.run.batch_size,
            processes=processes,
            seed=config.seed,
        )

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps in an epoch."""
        return self.draws_per_epoch // (self.batch_size * self.processes)

    @property
    def images_per_epoch(self) -> int:
        """Images in an epoch, of all processes."""
        return self.steps_per_epoch * self.batch_size * self.processes

    def batches(self, epoch: int, process: int) -> list[list[FrameDraw]]:
        """The draws of one process in one epoch, by step."""
        in_step = self.batch_size * self.processes
        draws = self._draws(epoch)
        return [
            draws[start : start + self.batch_size]
            for start in range(process * self.batch_size, self.steps_per_epoch * in_step, in_step)
        ]

    def _draws(self, epoch: int) -> list[FrameDraw]:
        """All draws of an epoch."""
        first, last = epoch * self.draws_per_epoch, (epoch + 1) * self.draws_per_epoch - 1
        shuffles = {
            number: np.random.default_rng([self.seed, number]).permutation(self.num_frames)
            for number in range(first // self.num_frames, last // self.num_frames + 1)
        }
        places = ((number, *divmod(number, self.num_frames)) for number in range(first, last + 1))
        return [
            FrameDraw(number, int(shuffles[shuffle][place])) for number, shuffle, place in places
        ]


class EpochBatches:
    """The batches of whichever epoch it is, for a loader that outlives epochs.

    Args:
        order: of the frames.
        process: whose batches.

    Attributes:
        epoch: the next one to be read.
    """

    def __init__(self, order: FrameOrder, process: int) -> None:
        self.epoch = 0
        self._order = order
        self._process = process

    def __iter__(self) -> Iterator[list[FrameDraw]]:
        return iter(self._order.batches(self.epoch, self._process))

    def __len__(self) -> int:
        return self._order.steps_per_epoch
