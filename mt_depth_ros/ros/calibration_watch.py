"""The check of the calibration beside the node's work: in a thread of its own, at low priority."""

from __future__ import annotations

from collections.abc import Callable
import os
import sys
import threading
from typing import TypeAlias

import numpy as np

from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.pipeline.calibration_check import CalibrationCheck, CalibrationCheckConfig
from mt_depth_ros.pipeline.calibration_verdict import CalibrationVerdict
from mt_depth_ros.ros.frame_assembly import PlacedFrame
from mt_depth_ros.ros.newest_item_worker import NewestItemWorker

CORE_SHARE = 0.02
"""Of one core that the check may use, on average."""

_LOWEST_PRIORITY = 19
_Offer: TypeAlias = tuple[int, PlacedFrame, int]
_SAME_ROTATION, _SAME_TRANSLATION_M = 1e-3, 0.01


class CalibrationWatch:
    """Takes frames when it has nothing to do and judges them in the background. Thread-safe.

    Args:
        on_error: gets what the check raised, which ends it.
        config: how much is looked at.
    """

    def __init__(
        self,
        on_error: Callable[[Exception], None],
        config: CalibrationCheckConfig | None = None,
    ) -> None:
        self._on_error = on_error
        self._lock = threading.Lock()
        self._check = CalibrationCheck(config or CalibrationCheckConfig(max_core_share=CORE_SHARE))
        self._verdict: CalibrationVerdict | None = None
        self._placed_by: RigidTransform | None = None
        self._generation = self._seen_generation = 0
        self._has_priority_set = False
        self._worker = NewestItemWorker[_Offer](
            self._look, on_error=lambda error, _: self._on_error(error), name='calibration_check'
        )
        self._worker.start()

    @property
    def verdict(self) -> CalibrationVerdict | None:
        """What is known of the calibration; None before anything was judged."""
        with self._lock:
            return self._verdict

    @property
    def is_busy(self) -> bool:
        """Whether a frame is being looked at; one offered meanwhile is left out."""
        return self._worker.in_flight > 0

    def offer(self, placed: PlacedFrame, *, later_by_s: float) -> None:
        """Hands in a frame; never waits for the check. A moved sensor starts it anew.

        Args:
            placed: the frame.
            later_by_s: what is added to the stamps of the depth.
        """
        if placed.scan is None:
            return
        assert placed.camera_from_lidar is not None
        if not _is_same(self._placed_by, placed.camera_from_lidar):
            self._placed_by = placed.camera_from_lidar
            self.reset()
        # While it works on a frame, the check is its thread's alone.
        if self.is_busy or not self._check.wants(placed.frame.stamp_ns):
            return
        with self._lock:
            generation = self._generation
        frame = placed.frame
        apart_ns = frame.measurement_stamp_ns + round(later_by_s * 1e9) - frame.stamp_ns
        self._worker.put((generation, placed, apart_ns))

    def reset(self) -> None:
        """Forgets every frame, as after a jump of the clock."""
        with self._lock:
            self._generation += 1
            self._verdict = None

    def close(self) -> None:
        """Ends the thread."""
        self._worker.close()

    def _look(self, item: _Offer) -> None:
        if not self._has_priority_set and sys.platform == 'linux':
            # Elsewhere the priority of a thread cannot be set without that of its process.
            self._has_priority_set = True
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST_PRIORITY)
        generation, placed, apart_ns = item
        if generation != self._seen_generation:
            self._check.reset()
            self._seen_generation = generation
        is_sample = self._check.add(
            placed.frame,
            placed.scan,
            placed.camera_from_lidar,
            difference_ns=apart_ns,
        )
        if not is_sample:
            return
        verdict = self._check.verdict()
        with self._lock:
            if generation == self._generation:
                self._verdict = verdict


def _is_same(before: RigidTransform | None, now: RigidTransform) -> bool:
    return (
        before is not None
        and np.allclose(before.rotation, now.rotation, atol=_SAME_ROTATION)
        and np.allclose(before.translation_m, now.translation_m, atol=_SAME_TRANSLATION_M)
    )
