"""Watches whether depth edges lie on image edges: is the calibration still right?

Cheap enough to run beside the completion: now and then a pair of frames is looked at, and every
few samples the offset that fits them best is found anew.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.sensors import LidarScan
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.core.types import RgbdFrame
from mt_depth_ros.pipeline.calibration_verdict import (
    axis_status,
    AxisFinding,
    CalibrationVerdict,
    CheckStatus,
)
from mt_depth_ros.pipeline.core_share import CoreShare
from mt_depth_ros.pipeline.edge_alignment import EdgeAlignment, SEARCH_DEG
from mt_depth_ros.pipeline.edge_sampling import edge_sample, on_grid, view_edges
from mt_depth_ros.pipeline.image_edges import shrink, SmallImage
from mt_depth_ros.pipeline.image_motion import measure_motion, SceneMotion
from mt_depth_ros.pipeline.offset_fit import fit_offset, OffsetFit

_NS_PER_S = 1e9
# Above this, an image and a scan of different stamps only count where the motion is known.
_SAME_TIME_S = 0.005
# Radians a second: below, time moves nothing.
_LEAST_FLOW = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationCheckConfig:
    """How much is looked at, and what counts as off.

    Attributes:
        interval_s: between samples, by their stamps.
        with_motion: look at pairs of frames, which tell the motion. False: every frame is a
            sample by itself, as for pictures that do not follow each other; nothing can be said
            of time then.
        max_pair_s: longest time between the two images that tell the motion.
        max_samples: the newest so many are judged together.
        min_samples: no verdict on fewer.
        min_edges: no verdict on fewer depth edges, over all samples.
        min_distinctness: standard errors by which the best offset must beat those around it.
        turn_off_deg, roll_off_deg, time_off_ms: least offset worth a warning: above what the
            method gets wrong where the calibration is right.
        turn_ok_deg, roll_ok_deg, time_ok_ms: what must be excluded to say ok.
        certainty: standard deviations an offset must lie away from 0 to count as off.
        min_turn_rate_degps: the view turns where it does so faster than this.
        min_turning: no verdict on time with fewer turning samples.
        max_core_share: of one core, on average over the steady clock; samples are left out where
            they would cost more. None: no limit, so that the same frames give the same verdict.
    """

    interval_s: float = 0.7
    with_motion: bool = True
    max_pair_s: float = 0.25
    max_samples: int = 14
    min_samples: int = 8
    min_edges: int = 500
    min_distinctness: float = 4.0
    turn_off_deg: float = 0.4
    roll_off_deg: float = 0.7
    time_off_ms: float = 25.0
    turn_ok_deg: float = 1.0
    roll_ok_deg: float = 1.5
    time_ok_ms: float = 50.0
    certainty: float = 4.0
    min_turn_rate_degps: float = 2.0
    min_turning: int = 4
    max_core_share: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.min_samples <= self.max_samples:
            raise ConfigError(
                expected='1 <= min_samples <= max_samples',
                got=f'{self.min_samples} and {self.max_samples}',
                where='calibration check',
                remedy='change these settings',
            )


class CalibrationCheck:
    """Collects samples of one camera and its LiDAR; holds no lock, so call it from one thread.

    Give it every frame, or only those that :meth:`wants` asks for::

        if check.wants(frame.stamp_ns):
            check.add(frame, scan, camera_from_lidar, difference_ns=match.difference_ns)
        ...
        verdict = check.verdict()

    Args:
        config: how much is looked at, and what counts as off.
    """

    def __init__(self, config: CalibrationCheckConfig | None = None) -> None:
        self._config = config or CalibrationCheckConfig()
        self._share = CoreShare(self._config.max_core_share)
        self.reset()

    def reset(self) -> None:
        """Forgets everything, as after a new calibration."""
        self._alignment = EdgeAlignment(self._config.max_samples)
        self._turn_rates_degps: deque[float] = deque(maxlen=self._config.max_samples)
        self._before: tuple[int, SmallImage] | None = None
        self._newest_ns: int | None = None
        self._num_still = 0

    @property
    def num_samples(self) -> int:
        """Samples held."""
        return len(self._alignment)

    @property
    def spent_s(self) -> float:
        """Processor time used so far."""
        return self._share.spent_s

    def wants(self, stamp_ns: int) -> bool:
        """Whether :meth:`add` would look at a frame of this stamp; costs nothing."""
        # A pair that is begun is ended: its second image would come too late afterwards.
        if not (self._share.may_run or self._ends_pair(stamp_ns)):
            return False
        if self._newest_ns is None or stamp_ns < self._newest_ns:
            return True
        return stamp_ns - self._newest_ns >= self._config.interval_s * _NS_PER_S

    def add(
        self,
        frame: RgbdFrame,
        scan: LidarScan | None,
        camera_from_lidar: RigidTransform | None,
        *,
        difference_ns: int,
    ) -> bool:
        """Looks at a frame: of a pair, the first is kept for its image, the second is a sample.

        Stamps that go back, or another grid, of other pixels or calibrated otherwise, start
        everything anew. While the view stands still, the same edges over and over would only look
        like more evidence: they are left out.

        Args:
            frame: the rectified frame.
            scan: the scan it was made of; None: its depth came as an image.
            camera_from_lidar: as the frame was made with; needed with a scan.
            difference_ns: aligned stamp of the depth less that of the image.

        Returns:
            Whether it became a sample.

        Raises:
            ValueError: a scan without ``camera_from_lidar``.
        """
        if not self.wants(frame.stamp_ns):
            return False
        with self._share.running():
            return self._add(frame, scan, camera_from_lidar, difference_ns)

    def verdict(self) -> CalibrationVerdict:
        """Judges the samples held; takes some 30 ms, so ask every few samples only."""
        with self._share.running():
            return self._judge_samples()

    def _add(
        self,
        frame: RgbdFrame,
        scan: LidarScan | None,
        camera_from_lidar: RigidTransform | None,
        difference_ns: int,
    ) -> bool:
        before, now = self._before, shrink(frame.image_rgb, frame.camera)
        if before is not None and not _goes_on(before, (frame.stamp_ns, now)):
            self.reset()
            before = None
        self._before = (frame.stamp_ns, now)
        if self._config.with_motion and self._begins_pair(before, frame.stamp_ns):
            return False
        motion = self._motion(before, frame, now)
        is_still = motion is not None and motion.is_still
        if before is not None and not self._is_pair(before[0], frame.stamp_ns):
            # Too far apart to tell how fast things move, but not whether they do.
            motion = None
        if motion is None and abs(difference_ns) > _SAME_TIME_S * _NS_PER_S:
            return False
        self._newest_ns = frame.stamp_ns
        if is_still and self.num_samples > 0:
            self._num_still += 1
            return False
        view = view_edges(frame, scan, camera_from_lidar)
        later_s = -difference_ns / _NS_PER_S
        self._alignment.add(edge_sample(view, now, motion, image_is_later_s=later_s))
        self._turn_rates_degps.append(0.0 if motion is None else motion.turn_rate_degps)
        return True

    def _judge_samples(self) -> CalibrationVerdict:
        missing = self._missing()
        if missing:
            return self._without_verdict(missing, None)
        moves = self._alignment.effect_of_time() > _LEAST_FLOW
        fit = fit_offset(self._alignment, with_time=moves)
        if moves and not np.isfinite(fit.deviation).all():
            fit = fit_offset(self._alignment, with_time=False)
        if not self._is_credible(fit):
            return self._without_verdict(('no offset makes the edges meet clearly',), fit)
        axes = self._judge(fit)
        statuses = [axis.status for axis in axes[:3]]
        return CalibrationVerdict(
            extrinsic=_joint(statuses),
            time=axes[3].status,
            axes=axes,
            num_samples=self.num_samples,
            num_edges=self._alignment.num_edges,
            num_turning=self._num_turning,
            score=fit.score,
            score_as_given=fit.score_as_given,
            missing=tuple(
                f'{axis.name}{self._why(axis)}'
                for axis in axes
                if axis.status is CheckStatus.NOT_ENOUGH_EVIDENCE
            ),
        )

    def _is_credible(self, fit: OffsetFit) -> bool:
        return (
            fit.distinctness >= self._config.min_distinctness
            and bool(np.isfinite(fit.deviation[:3]).all())
            and float(np.abs(fit.offset[:3]).max()) <= np.radians(SEARCH_DEG)
        )

    @property
    def _num_turning(self) -> int:
        least = self._config.min_turn_rate_degps
        return sum(rate >= least for rate in self._turn_rates_degps)

    def _ends_pair(self, stamp_ns: int) -> bool:
        if self._before is None or self._before[0] == self._newest_ns:
            return False
        return self._is_pair(self._before[0], stamp_ns)

    def _is_pair(self, before_ns: int, stamp_ns: int) -> bool:
        return 0 < stamp_ns - before_ns <= self._config.max_pair_s * _NS_PER_S

    def _begins_pair(self, before: tuple[int, SmallImage] | None, stamp_ns: int) -> bool:
        """Whether the image before is none to pair with: too old, and its frame is used up."""
        if before is None:
            return True
        is_old = stamp_ns - before[0] > self._config.max_pair_s * _NS_PER_S
        return is_old and before[0] == self._newest_ns

    def _motion(
        self, before: tuple[int, SmallImage] | None, frame: RgbdFrame, now: SmallImage
    ) -> SceneMotion | None:
        if before is None:
            return None
        elapsed_s = (frame.stamp_ns - before[0]) / _NS_PER_S
        follows = self._config.with_motion or self._is_pair(before[0], frame.stamp_ns)
        if elapsed_s <= 0 or not follows:
            return None
        measurements = on_grid(frame.measurements, frame.camera, now.camera)
        return measure_motion(before[1], now, measurements, elapsed_s=elapsed_s)

    def _missing(self) -> tuple[str, ...]:
        config, missing = self._config, []
        if self.num_samples < config.min_samples:
            still = f' ({self._num_still} more of a view that stood still)' * (self._num_still > 0)
            missing.append(f'{self.num_samples} of {config.min_samples} samples{still}')
        if self._alignment.num_edges < config.min_edges:
            missing.append(f'{self._alignment.num_edges} of {config.min_edges} depth edges')
        return tuple(missing)

    def _why(self, axis: AxisFinding) -> str:
        if axis.name == 'time' and self._num_turning < self._config.min_turning:
            return f': {self._num_turning} of {self._config.min_turning} turning samples'
        return f': {axis.offset:+.2g} {axis.unit} within {axis.deviation:.2g}'

    def _judge(self, fit: OffsetFit) -> tuple[AxisFinding, ...]:
        config = self._config
        turn = ('deg', config.turn_off_deg, config.turn_ok_deg)
        limits = {
            'pitch': turn,
            'yaw': turn,
            'roll': ('deg', config.roll_off_deg, config.roll_ok_deg),
            'time': ('ms', config.time_off_ms, config.time_ok_ms),
        }
        scale = np.array([*np.degrees(np.ones(3)), 1e3])
        offsets, deviations = fit.offset * scale, fit.deviation * scale
        if self._num_turning < config.min_turning:
            # Driving straight, a camera that zooms a little too much looks the same.
            offsets[3], deviations[3] = 0.0, np.inf
        return tuple(
            AxisFinding(
                name=name,
                unit=unit,
                offset=float(offset),
                deviation=float(deviation),
                status=axis_status(
                    offset, deviation,
                    off_beyond=off, ok_within=ok, certainty=config.certainty,
                ),
            )
            for (name, (unit, off, ok)), offset, deviation in zip(
                limits.items(), offsets, deviations, strict=True
            )
        )  # fmt: skip

    def _without_verdict(
        self, missing: tuple[str, ...], fit: OffsetFit | None
    ) -> CalibrationVerdict:
        return CalibrationVerdict(
            extrinsic=CheckStatus.NOT_ENOUGH_EVIDENCE,
            time=CheckStatus.NOT_ENOUGH_EVIDENCE,
            axes=(),
            num_samples=self.num_samples,
            num_edges=self._alignment.num_edges,
            num_turning=self._num_turning,
            score=0.0 if fit is None else fit.score,
            score_as_given=0.0 if fit is None else fit.score_as_given,
            missing=missing,
        )


def _goes_on(before: tuple[int, SmallImage], now: tuple[int, SmallImage]) -> bool:
    return now[0] >= before[0] and _is_same_grid(before[1].camera, now[1].camera)


def _is_same_grid(before: RectifiedCamera, now: RectifiedCamera) -> bool:
    return (
        (before.width, before.height) == (now.width, now.height)
        and np.array_equal(before.p, now.p)
        and np.array_equal(before.rotation, now.rotation)
    )


def _joint(statuses: list[CheckStatus]) -> CheckStatus:
    for status in (CheckStatus.LOOKS_OFF, CheckStatus.NOT_ENOUGH_EVIDENCE):
        if status in statuses:
            return status
    return CheckStatus.OK
