"""What a check of the calibration found, axis by axis, in words an operator can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np


class CheckStatus(str, Enum):
    """What can be said of the calibration, or of one axis of it."""

    OK = 'ok'
    LOOKS_OFF = 'looks_off'
    NOT_ENOUGH_EVIDENCE = 'not_enough_evidence'


# What a positive offset says of the points as they lie now, then a negative one.
_LIE = {
    'pitch': ('too low', 'too high'),
    'yaw': ('too far left', 'too far right'),
    'roll': ('turned counterclockwise', 'turned clockwise'),
    'time': ('stamped too early', 'stamped too late'),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class AxisFinding:
    """One axis of the offset.

    Attributes:
        name: ``pitch``, ``yaw``, ``roll`` (turns about x, y and z of the rectified camera) or
            ``time``.
        unit: ``deg`` or ``ms``.
        offset: the turn that brings the points onto the image (pitch: positive is up; yaw:
            right; roll: clockwise), or what must be added to the LiDAR's stamps.
        deviation: its standard deviation, as the frames scatter; +Inf: nothing pins it down.
            What is wrong with all frames alike is not in it.
        status: what can be said of this axis.
    """

    name: str
    unit: str
    offset: float
    deviation: float
    status: CheckStatus

    @property
    def description(self) -> str:
        """For example ``1.02 deg too far left (yaw)``, as seen in the image."""
        words = _LIE[self.name][0 if self.offset > 0 else 1]
        if self.name == 'time':
            return f'{abs(self.offset):.0f} ms {words} (add {self.offset:+.0f} ms)'
        return f'{abs(self.offset):.2f} deg {words} ({self.name})'


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationVerdict:
    """What the samples say together.

    Attributes:
        extrinsic: of pitch, yaw and roll together: off where any one is, ok where all are.
        time: of the time offset.
        axes: pitch, yaw, roll, time; empty where there was nothing to fit.
        num_samples, num_edges: what it rests on.
        num_turning: samples in which the view turned.
        score: mean edge response under the depth edges at the best offset; 0 is chance.
        score_as_given: the same without any offset.
        missing: what evidence is missing, in words; empty where none is.
    """

    extrinsic: CheckStatus
    time: CheckStatus
    axes: tuple[AxisFinding, ...]
    num_samples: int
    num_edges: int
    num_turning: int
    score: float
    score_as_given: float
    missing: tuple[str, ...]

    @property
    def status(self) -> CheckStatus:
        """Off where either is; otherwise what is said of the extrinsic."""
        if CheckStatus.LOOKS_OFF in (self.extrinsic, self.time):
            return CheckStatus.LOOKS_OFF
        return self.extrinsic

    def axis(self, name: str) -> AxisFinding:
        """The finding of one axis.

        Raises:
            KeyError: there is none, as nothing could be fitted.
        """
        return {axis.name: axis for axis in self.axes}[name]

    @property
    def summary(self) -> str:
        """One line for a log or a diagnostic status."""
        off = [axis for axis in self.axes if axis.status is CheckStatus.LOOKS_OFF]
        parts = []
        turns = [axis.description for axis in off if axis.name != 'time']
        if turns:
            parts.append(f'the extrinsic looks off: LiDAR points lie {", ".join(turns)}')
        parts += [f'the time offset looks off: LiDAR {axis.description}'
                  for axis in off if axis.name == 'time']  # fmt: skip
        if not parts and self.extrinsic is CheckStatus.OK:
            also = ' and time offset' if self.time is CheckStatus.OK else ''
            parts.append(f'the extrinsic{also} looks right')
        if self.missing:
            parts.append(f'not enough evidence: {", ".join(self.missing)}')
        return '; '.join(parts)


def axis_status(
    offset: float, deviation: float, *, off_beyond: float, ok_within: float, certainty: float
) -> CheckStatus:
    """Judges one axis.

    Args:
        offset: as estimated.
        deviation: its standard deviation, in the same unit.
        off_beyond: smallest offset that is worth a warning.
        ok_within: an axis is ok where offsets beyond this are excluded by two deviations.
        certainty: deviations that an offset must lie away from 0 to count as off.
    """
    if not np.isfinite(deviation):
        return CheckStatus.NOT_ENOUGH_EVIDENCE
    if abs(offset) >= max(off_beyond, certainty * deviation):
        return CheckStatus.LOOKS_OFF
    if abs(offset) + 2 * deviation <= ok_within:
        return CheckStatus.OK
    return CheckStatus.NOT_ENOUGH_EVIDENCE
