"""Whether sky is told from surfaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import FloatImage


@dataclass(frozen=True, kw_only=True, slots=True)
class SkyDetection:
    """Counts of pixels; add them to pool pixels. Sky means +Inf: sky, or beyond range.

    Attributes:
        found: sky that was answered as sky.
        missed: sky that was answered as a surface, or not at all.
        invented: surfaces answered as sky.
    """

    found: int = 0
    missed: int = 0
    invented: int = 0

    def __add__(self, other: SkyDetection) -> SkyDetection:
        return SkyDetection(
            found=self.found + other.found,
            missed=self.missed + other.missed,
            invented=self.invented + other.invented,
        )

    @property
    def precision(self) -> float:
        """Share of the answered sky that is sky; NaN where no sky was answered."""
        return _share(self.found, self.found + self.invented)

    @property
    def recall(self) -> float:
        """Share of the sky that was answered as sky; NaN where there is none."""
        return _share(self.found, self.found + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN where there is no sky at all."""
        return _share(2 * self.found, 2 * self.found + self.missed + self.invented)


def count_sky(predicted_m: FloatImage, truth_m: FloatImage, *, max_range_m: float) -> SkyDetection:
    """Compares answered with true sky, over the pixels whose truth is told.

    Args:
        predicted_m: (H, W) float32 metres, +Inf = sky or beyond range.
        truth_m: (H, W) float32 metres; 0 or NaN = unknown, +Inf = sky.
        max_range_m: truth beyond this counts as sky, as it does in the answer.
    """
    with np.errstate(invalid='ignore'):
        is_sky = truth_m > max_range_m
        is_surface = (truth_m > 0.0) & ~is_sky
    answered_sky = np.isposinf(predicted_m)
    return SkyDetection(
        found=int(np.count_nonzero(is_sky & answered_sky)),
        missed=int(np.count_nonzero(is_sky & ~answered_sky)),
        invented=int(np.count_nonzero(is_surface & answered_sky)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float('nan')
