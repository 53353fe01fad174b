"""One picture a frame: what was given, what was answered, and the error where it is known."""

from __future__ import annotations

from pathlib import Path

from mt_depth_ros.core.types import DepthPrediction, RgbdFrame
from mt_depth_ros.evaluation.known_depth import KnownDepth
from mt_depth_ros.visualization.panels import frame_panel
from mt_depth_ros.visualization.pictures import write_picture


def write_panel(
    path: Path, frame: RgbdFrame, prediction: DepthPrediction, known: KnownDepth | None
) -> None:
    """Writes image, measurements, mask, depth, confidence and, where it is known, the error.

    Args:
        path: the PNG to write.
        frame: what was given.
        prediction: what was answered.
        known: depth to compare with, or None.
    """
    truth_m = None if known is None else known.depth_m
    write_picture(path, frame_panel(frame, prediction, truth_m=truth_m))
