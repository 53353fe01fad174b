"""How long each named stage of a frame took, on the steady clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import time


class StageTimer:
    """Adds up milliseconds by stage name, in the order the stages first ran."""

    def __init__(self) -> None:
        self.stage_ms: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times the enclosed block under ``name``, also when it raises."""
        start_ns = time.perf_counter_ns()
        try:
            yield
        finally:
            elapsed_ms = (time.perf_counter_ns() - start_ns) / 1e6
            self.stage_ms[name] = self.stage_ms.get(name, 0.0) + elapsed_ms
