"""What the threads of a network do while they wait for each other: sleep, and give way."""

from __future__ import annotations

from collections.abc import MutableMapping
import os

WAIT_POLICY = 'OMP_WAIT_POLICY'
_CHOICES = (WAIT_POLICY, 'GOMP_SPINCOUNT', 'KMP_BLOCKTIME')


def let_idle_threads_sleep(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Has the threads of OpenMP sleep at their barriers instead of spinning.

    A spinning thread uses up its share of a core that other programs want too, and at the next of
    a network's some hundred barriers a frame it is not scheduled while all others wait for it: on
    two cores, one of them busy, ``mt_depth_plus`` took 4.8 s a frame, and 0.3 s so. Read when the
    library is loaded, so call this before torch is imported.

    Args:
        environment: the variables to read and to set.

    Returns:
        Whether it was set; not, where the user chose already.
    """
    if any(choice in environment for choice in _CHOICES):
        return False
    environment[WAIT_POLICY] = 'PASSIVE'
    return True
