"""How fast an epoch was, and what memory it took."""

from __future__ import annotations

import resource
from time import perf_counter

import torch

_BYTES_PER_MB = 1e6


class EpochSpeed:
    """Begins with the epoch.

    Args:
        device: what is trained on.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._start_s = perf_counter()

    def metrics(self, images: int) -> dict[str, float]:
        """For so many images since then, of all processes."""
        return {
            'speed/images_per_second': images / (perf_counter() - self._start_s),
            'speed/peak_memory_mb': self._peak_memory_mb(),
        }

    def _peak_memory_mb(self) -> float:
        """Of the GPU, or of this process (on Linux, where the kernel counts in KiB)."""
        if self._device.type == 'cuda':
            return torch.cuda.max_memory_allocated(self._device) / _BYTES_PER_MB
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _BYTES_PER_MB
