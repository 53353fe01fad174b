"""What the machine computes with, in words."""

from __future__ import annotations

from pathlib import Path
import platform


def processor_name() -> str:
    """The name of the processor; of its architecture where the system does not tell it."""
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.machine()
