"""How long output has been awaited in vain, and whether that is longer than usual."""

from __future__ import annotations

from mt_depth_ros.ros.node_state import NodeState, Silence

# Nothing is said before, steady seconds.
_SILENT_AFTER_S = 2.5
# A slow camera or model may be silent for so many times the gap between its last two outputs.
_SLOW_GAPS = 3.0


class OutputSilence:
    """Counts from the last output on, or from when somebody began to listen.

    Where the time between two messages is short, an interval without output is nothing unusual; so
    it is not the interval that is judged.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begins anew, as with an activation."""
        self._awaited_since_s: float | None = None
        self._published = 0
        self._began_s = 0.0
        self._dropped: dict[str, int] = {}

    def observe(self, state: NodeState, now_s: float) -> Silence | None:
        """The silence as of now; None where no output is awaited.

        Args:
            state: the state now.
            now_s: steady time, seconds.
        """
        if not state.is_active or not state.listeners:
            self._awaited_since_s = None
            return None
        ledger = state.ledger
        if self._awaited_since_s is None:
            self._awaited_since_s = self._began_s = now_s
            self._published, self._dropped = ledger.published, dict(ledger.dropped)
        elif ledger.published != self._published:
            self._began_s = now_s if ledger.published_s is None else ledger.published_s
            self._published, self._dropped = ledger.published, dict(ledger.dropped)
        # A gap in which nobody listened tells nothing of how slow the node is.
        gap_s = min(ledger.gap_s, max(self._began_s - self._awaited_since_s, 0.0))
        return Silence(
            lasts_s=now_s - self._began_s,
            patience_s=max(_SILENT_AFTER_S, _SLOW_GAPS * gap_s),
            dropped_before=self._dropped,
        )
