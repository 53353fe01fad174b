"""How right the depth is, live: part of the LiDAR is kept out of the input and compared with it.

Each frame gives a few patches of its measurements away (:mod:`pipeline.patch_withholding`). What
is predicted there without them is compared with them, over a window of frames. It needs no ground
truth, and so goes on where the robot works.

``docs/SELF_CHECK.md`` says what this measures, what it does not, and how near it comes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.types import DepthMeasurements, DepthPrediction, RgbdFrame
from mt_depth_ros.pipeline.patch_errors import patch_errors, PatchErrors
from mt_depth_ros.pipeline.patch_withholding import choose_patches, Patches
from mt_depth_ros.pipeline.self_check_report import pooled_report, SelfCheckReport

_NS_PER_S = 1e9


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfCheckConfig:
    """How much is kept out, and over what time errors are pooled.

    Attributes:
        share: of the image whose measurements are kept out, in [0, 0.1]; 0 turns it off.
        window_s: frames this much older than the newest, by their stamps, are forgotten.
    """

    share: float = 0.02
    window_s: float = 30.0

    def __post_init__(self) -> None:
        if not (0.0 <= self.share <= 0.1 and self.window_s > 0.0):
            raise ConfigError(
                expected='a share from 0 to 0.1 and a window above 0 s',
                got=f'{self.share:g} and {self.window_s:g} s',
                where='self-check',
                remedy='change these settings; a share of 0 turns it off',
            )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CheckedFrame:
    """A frame without what was kept out of it.

    Attributes:
        frame: what the predictor may see.
        measurements: all of them, those kept out as well.
        patches: which are kept out; None: this frame gives nothing away.
    """

    frame: RgbdFrame
    measurements: DepthMeasurements
    patches: Patches | None


class SelfCheck:
    """Keeps measurements out of frames and pools the errors there. Holds no lock.

    Around every prediction::

        checked = check.hold_back(frame)
        prediction = predictor.predict(checked.frame)
        check.score(checked, prediction)

    Args:
        config: how much; may be replaced between frames.
    """

    def __init__(self, config: SelfCheckConfig | None = None) -> None:
        self.config = config or SelfCheckConfig()
        self._scored: deque[tuple[int, PatchErrors]] = deque()

    def reset(self) -> None:
        """Forgets everything, as after a jump of the clock or with another model."""
        self._scored.clear()

    def hold_back(self, frame: RgbdFrame, *, least: int = 1) -> CheckedFrame:
        """Takes the patches out of a frame; the same frame always gives the same.

        Args:
            frame: with all its measurements.
            least: measurements that a network is asked from. A frame that has them but would not
                any more gives nothing away, as the check must not change who answers.
        """
        patches = None
        if self.config.share > 0.0:
            patches = choose_patches(
                frame.measurements, frame.camera, stamp_ns=frame.stamp_ns, share=self.config.share
            )
        if patches is not None:
            num_kept = np.count_nonzero(~patches.withheld)
            if num_kept < least <= len(frame.measurements):
                patches = None
        kept = frame
        if patches is not None and patches.withheld.any():
            kept = replace(frame, measurements=_chosen(frame.measurements, ~patches.withheld))
        return CheckedFrame(frame=kept, measurements=frame.measurements, patches=patches)

    def score(self, checked: CheckedFrame, prediction: DepthPrediction) -> PatchErrors | None:
        """Compares a prediction with what was kept out; stamps that go back start anew.

        Args:
            checked: as :meth:`hold_back` gave it.
            prediction: of its frame.

        Returns:
            The errors of this frame, or None where it gave nothing away.
        """
        stamp_ns = checked.frame.stamp_ns
        if self._scored and stamp_ns < self._scored[-1][0]:
            self.reset()
        while self._scored and stamp_ns - self._scored[0][0] > self.config.window_s * _NS_PER_S:
            self._scored.popleft()
        if checked.patches is None:
            return None
        errors = patch_errors(checked.measurements, checked.patches, checked.frame, prediction)
        self._scored.append((stamp_ns, errors))
        return errors

    def report(self) -> SelfCheckReport:
        """The errors over the window."""
        span_s = 0.0
        if self._scored:
            span_s = (self._scored[-1][0] - self._scored[0][0]) / _NS_PER_S
        return pooled_report([errors for _, errors in self._scored], span_s=span_s)


def _chosen(measurements: DepthMeasurements, which: np.ndarray) -> DepthMeasurements:
    return DepthMeasurements(
        u_px=measurements.u_px[which],
        v_px=measurements.v_px[which],
        depth_m=measurements.depth_m[which],
    )
