"""What every way of writing a simulated drive offers."""

from __future__ import annotations

from typing import Protocol

from mt_depth_ros.simulation.simulated_frame import SimulatedFrame


class DatasetWriter(Protocol):
    """Writes frames so that an interrupted simulation can go on where it stopped."""

    def has_scene(self, scene: int) -> bool:
        """Whether a scene is complete on disk."""
        ...

    def has_frame(self, scene: int, index: int) -> bool:
        """Whether a frame is complete on disk."""
        ...

    def conditions(self, scene: int) -> tuple[str, ...]:
        """The conditions a scene is rendered in."""
        ...

    def write_frame(self, frame: SimulatedFrame) -> None:
        """Writes one frame."""
        ...

    def finish_scene(self, scene: int) -> None:
        """Writes what needs all frames; called once all of them are there."""
        ...
