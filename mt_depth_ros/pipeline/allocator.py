"""Keeps glibc from handing images and activations back to the kernel after every frame."""

from __future__ import annotations

import ctypes
import platform

_MMAP_THRESHOLD, _TRIM_THRESHOLD, _TOP_PAD, _ARENA_MAX = -3, -1, -2, -8


def keep_large_blocks() -> bool:
    """Lets malloc reuse blocks of tens of megabytes instead of mapping them afresh.

    Every image of a megabyte, and every 67 MB activation of a full-resolution network, is
    otherwise a new mapping; page faults then take more than half of a network's time on a CPU
    and as much of the work around it. Process-wide; does nothing where the C
    library is not glibc.

    Returns:
        Whether the allocator was changed.
    """
    if platform.libc_ver()[0] != 'glibc':
        return False
    libc = ctypes.CDLL('libc.so.6')
    settings = {
        _MMAP_THRESHOLD: 1 << 30,
        _TRIM_THRESHOLD: 2**31 - 1,
        _TOP_PAD: 1 << 28,
        _ARENA_MAX: 1,  # worker threads would otherwise get arenas that ignore the above
    }
    accepted = [libc.mallopt(option, value) for option, value in settings.items()]
    return all(accepted)
