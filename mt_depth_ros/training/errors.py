"""The error of a training that cannot go on."""

from __future__ import annotations

from mt_depth_ros.core.errors import MtDepthError


class TrainingError(MtDepthError):
    """A training that stopped; what it had learned up to the last full epoch is on disk."""
