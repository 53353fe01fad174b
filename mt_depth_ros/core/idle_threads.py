"""What the threads of a network do while they wait for each other: soon sleep, and give way."""

from __future__ import annotations

from collections.abc import MutableMapping
import os

SPIN_COUNT = 'GOMP_SPINCOUNT'
_CHOICES = ('OMP_WAIT_POLICY', SPIN_COUNT)
_SPINS = 1000


def let_idle_threads_sleep(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Has the threads of OpenMP sleep soon at their barriers instead of spinning.

    A spinning thread uses up its share of a core that other programs want too, and at the next of
    a network's some hundred barriers a frame it is not scheduled while all others wait for it. On
    two cores, one of them busy, frames of ``mt_depth_plus`` then took up to some seconds, and take
    0.3 s so; with both cores free it takes a tenth longer. Read when the library is loaded, so
    call this before torch is imported.

    Args:
        environment: the variables to read and to set.

    Returns:
        Whether it was set; not, where the user chose already.
    """
    if any(choice in environment for choice in _CHOICES):
        return False
    environment[SPIN_COUNT] = str(_SPINS)
    return True
