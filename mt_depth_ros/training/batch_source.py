"""Batches, prepared by worker processes that stay for the whole run."""

from __future__ import annotations

from collections.abc import Iterator
import signal
import threading
from typing import Any

import cv2
import torch
from torch.utils.data import DataLoader

from mt_depth_ros.training.examples import Example, joined_examples


class BatchSource:
    """Reads batches of frames, in their order.

    Workers start afresh rather than as copies of this process, whose threads would not be in a
    copy: OpenCV and OpenMP would wait for them for ever.

    Args:
        frames: gives an example for each element of a batch.
        batches: lists of elements; gone through anew at each iteration.
        workers: how many processes; 0: none but this one.
        pinned: whether batches are put where a GPU reads them faster.
    """

    def __init__(self, frames: Any, batches: Any, *, workers: int, pinned: bool) -> None:
        self._loader: DataLoader[Example] = DataLoader(
            frames,
            batch_sampler=batches,
            collate_fn=joined_examples,
            num_workers=workers,
            worker_init_fn=_leave_cores_to_others,
            multiprocessing_context='spawn' if workers else None,
            persistent_workers=workers > 0,
            pin_memory=pinned,
        )

    def __iter__(self) -> Iterator[Example]:
        """Goes through all batches once.

        Raises:
            RuntimeError: a worker died, or failed with what the message says.
        """
        if threading.current_thread() is not threading.main_thread():
            return iter(self._loader)
        # torch's handler of this signal raises wherever the program happens to be when a worker
        # dies, also while that very error is being handled. Without it the loader notices, within
        # seconds, where it waits for the next batch.
        before = signal.getsignal(signal.SIGCHLD)
        iterator = iter(self._loader)
        signal.signal(signal.SIGCHLD, before)
        return iterator


def _leave_cores_to_others(worker: int) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
