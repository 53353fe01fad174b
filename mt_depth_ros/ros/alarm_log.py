"""Alarms of the diagnostics in the log: each once while it lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
import time

from mt_depth_ros.ros.diagnostic_section import Alarm

_AGAIN_AFTER_S = 60.0


class AlarmLog:
    """Logs an alarm when it comes up, and not again before it was gone for a minute.

    Args:
        warn: writes one line to the log.
        steady_s: the clock durations are measured on, seconds.
    """

    def __init__(
        self, warn: Callable[[str], object], *, steady_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._warn = warn
        self._steady_s = steady_s
        self._last_seen_s: dict[str, float] = {}

    def observe(self, alarms: Iterable[Alarm]) -> None:
        """Takes in the alarms as of now."""
        now_s = self._steady_s()
        for alarm in alarms:
            if not alarm.is_logged:
                continue
            last_s = self._last_seen_s.get(alarm.key)
            self._last_seen_s[alarm.key] = now_s
            if last_s is None or now_s - last_s > _AGAIN_AFTER_S:
                self._warn(f'[{alarm.key.partition(":")[0]}] {alarm.text}')
