"""Why a frame was answered with less than was asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Degradation:
    """What a prediction had to do without.

    Attributes:
        reason: short snake_case name it is counted under: ``out_of_memory``, ``backend_error``,
            ``no_answer``, ``too_few_points`` or ``no_mask``.
        text: what happened, in one line, for the log and the diagnostics.
        is_fallback: the depth is a classical fill's in the network's place. False where only the
            mask is missing and the depth is what it would have been with it.
    """

    reason: str
    text: str
    is_fallback: bool = True
