"""What a process uses at a moment, as Linux tells it."""

from __future__ import annotations

from dataclasses import dataclass
import os
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessUsage:
    """Figures of one process.

    Attributes:
        memory_mb: resident now.
        peak_memory_mb: the most that was resident.
        threads: number of threads.
        open_files: number of file descriptors.
        processor_s: processor time used since the start, seconds.
    """

    memory_mb: float
    peak_memory_mb: float
    threads: int
    open_files: int
    processor_s: float


def process_usage(pid: int) -> ProcessUsage | None:
    """Reads /proc.

    Returns:
        The figures, or None where there is no such process or no Linux.
    """
    folder = Path(f'/proc/{pid}')
    try:
        lines = (folder / 'status').read_text().splitlines()
        status = dict(line.partition(':')[::2] for line in lines)
        # Behind the name in brackets: fields 14 and 15 of proc(5) are user and system time.
        times = (folder / 'stat').read_text().rpartition(')')[2].split()
        open_files = len(list((folder / 'fd').iterdir()))
        return ProcessUsage(
            memory_mb=_megabytes(status['VmRSS']),
            peak_memory_mb=_megabytes(status['VmHWM']),
            threads=int(status['Threads']),
            open_files=open_files,
            processor_s=(int(times[11]) + int(times[12])) / os.sysconf('SC_CLK_TCK'),
        )
    except (OSError, KeyError):
        # A process that has just ended has no memory any more.
        return None


def _megabytes(text: str) -> float:
    return int(text.split()[0]) / 1024
