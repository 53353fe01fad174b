"""One status of ``/diagnostics``: what is told, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue


class Level(IntEnum):
    """How a status stands; the numbers are those of diagnostic_msgs/DiagnosticStatus.

    OK: as it should be, or idle by choice.
    WARN: works, but not as it should.
    ERROR: gives no output, and will not until somebody acts.
    STALE: nothing to judge by: the node does not run, or what is shown is from before.
    """

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """Something wrong, in plain words.

    Attributes:
        key: what it is about; the log tells of each key once while it lasts.
        text: what is wrong and what to do.
        level: WARN or ERROR.
        is_logged: False where the log has it already from elsewhere.
    """

    key: str
    text: str
    level: Level = Level.WARN
    is_logged: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class DiagnosticSection:
    """One status.

    Attributes:
        name: short; behind the node's name it is the name of the status.
        message: one line, where there is no alarm.
        values: keys and values, in order.
        alarms: what is wrong.
        level: where there is no alarm.
    """

    name: str
    message: str
    values: tuple[tuple[str, object], ...] = ()
    alarms: tuple[Alarm, ...] = ()
    level: Level = Level.OK

    def status(self, node_name: str) -> DiagnosticStatus:
        """The message.

        Args:
            node_name: fully qualified, without a slash in front.
        """
        alarms = sorted(self.alarms, key=lambda alarm: -alarm.level)
        level = alarms[0].level if alarms else self.level
        return DiagnosticStatus(
            level=bytes([level]),
            name=f'{node_name}: {self.name}',
            message='; '.join(alarm.text for alarm in alarms) or self.message,
            hardware_id='none',
            values=[KeyValue(key=key, value=str(value)) for key, value in self.values],
        )


def rate_text(number: int, elapsed_s: float) -> str:
    """Messages a second, or ``-`` where there is no time to tell it by."""
    return f'{number / elapsed_s:.1f}' if elapsed_s > 0.0 else '-'
