"""Whether sky is told from surfaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import FloatImage


@dataclass(frozen=True, kw_only=True, slots=True)
class SkyDetection:
    """Counts of pixels; add them to pool pixels. Sky is where there is no surface at all.

    The answer to both sky and a surface beyond range is +Inf, so neither answer to such a surface
    says anything about sky: it counts apart.

    Attributes:
        found: sky that was answered as sky.
        missed: sky that was answered as a surface, or not at all.
        invented: surfaces within range answered as sky.
        beyond_found: surfaces beyond range answered as such.
        beyond_missed: surfaces beyond range answered with a depth, or not at all.
    """

    found: int = 0
    missed: int = 0
    invented: int = 0
    beyond_found: int = 0
    beyond_missed: int = 0

    def __add__(self, other: SkyDetection) -> SkyDetection:
        return SkyDetection(
            found=self.found + other.found,
            missed=self.missed + other.missed,
            invented=self.invented + other.invented,
            beyond_found=self.beyond_found + other.beyond_found,
            beyond_missed=self.beyond_missed + other.beyond_missed,
        )

    @property
    def precision(self) -> float:
        """Share of sky in what was answered as sky within range; NaN where nothing was."""
        return _share(self.found, self.found + self.invented)

    @property
    def recall(self) -> float:
        """Share of the sky that was answered as sky; NaN where there is none."""
        return _share(self.found, self.found + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN where there is no sky at all."""
        return _share(2 * self.found, 2 * self.found + self.missed + self.invented)

    @property
    def f1_with_beyond(self) -> float:
        """The same where surfaces beyond range count as sky; NaN where there is neither."""
        found, missed = self.found + self.beyond_found, self.missed + self.beyond_missed
        return _share(2 * found, 2 * found + missed + self.invented)

    @property
    def recall_beyond(self) -> float:
        """Share of the surfaces beyond range that were answered as such; NaN without any."""
        return _share(self.beyond_found, self.beyond_found + self.beyond_missed)


def count_sky(predicted_m: FloatImage, truth_m: FloatImage, *, max_range_m: float) -> SkyDetection:
    """Compares answered with true sky, over the pixels whose truth is told.

    Args:
        predicted_m: (H, W) float32 metres, +Inf = sky or beyond range.
        truth_m: (H, W) float32 metres; 0 or NaN = unknown, +Inf = sky.
        max_range_m: up to where surfaces are answered with a depth.
    """
    is_sky = np.isposinf(truth_m)
    with np.errstate(invalid='ignore'):
        is_within = (truth_m > 0.0) & (truth_m <= max_range_m)
        is_beyond = (truth_m > max_range_m) & ~is_sky
    answered_sky = np.isposinf(predicted_m)
    return SkyDetection(
        found=int(np.count_nonzero(is_sky & answered_sky)),
        missed=int(np.count_nonzero(is_sky & ~answered_sky)),
        invented=int(np.count_nonzero(is_within & answered_sky)),
        beyond_found=int(np.count_nonzero(is_beyond & answered_sky)),
        beyond_missed=int(np.count_nonzero(is_beyond & ~answered_sky)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float('nan')
