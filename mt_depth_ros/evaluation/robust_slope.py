"""The trend of a noisy series."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import theilslopes


def robust_slope(values: Sequence[float], positions: Sequence[float]) -> float:
    """The median of the slopes of all pairs (Theil 1950, Sen 1968); outliers hardly count.

    Args:
        values: at least two.
        positions: where each was taken, as many.

    Returns:
        Value by position.
    """
    return float(theilslopes(values, positions).slope)
