"""How much memory this process holds, on the host and on a GPU."""

from __future__ import annotations

from pathlib import Path
import resource
import sys

import torch

_BYTES_PER_MB = 1e6


def resident_memory_mb() -> float:
    """Resident memory of this process, megabytes; elsewhere than on Linux, its peak."""
    statm = Path('/proc/self/statm')
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / _BYTES_PER_MB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / _BYTES_PER_MB if sys.platform == 'darwin' else peak * 1024 / _BYTES_PER_MB


def gpu_memory_mb(device: str) -> tuple[float, float] | None:
    """Memory that torch has taken on a GPU and what is free there, megabytes.

    Args:
        device: torch's name of it.

    Returns:
        Taken and free; None for a device that is no GPU, or that does not answer.
    """
    if not device.startswith('cuda'):
        return None
    try:
        free, _ = torch.cuda.mem_get_info(device)
        return torch.cuda.memory_reserved(device) / _BYTES_PER_MB, free / _BYTES_PER_MB
    except (RuntimeError, AssertionError):  # torch without CUDA asserts
        return None
