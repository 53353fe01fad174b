"""A thread that always works on the newest item and lets older ones go."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
from typing import Generic, TypeVar

ItemT = TypeVar('ItemT')


class NewestItemWorker(Generic[ItemT]):
    """One slot and one thread: what is not begun when a newer item comes is given back.

    So the age of what comes out stays bounded however slow the work is, and whoever puts items
    in never waits.

    Args:
        work: called in the worker's thread with one item at a time.
        on_error: called in the worker's thread with what ``work`` raised and the item; the
            worker then goes on.
        name: of the thread.
    """

    def __init__(
        self,
        work: Callable[[ItemT], None],
        *,
        on_error: Callable[[Exception, ItemT], None],
        name: str,
    ) -> None:
        self._work = work
        self._on_error = on_error
        self._changed = threading.Condition()
        self._waiting: ItemT | None = None
        self._busy_since_s: float | None = None
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def put(self, item: ItemT) -> ItemT | None:
        """Hands in the newest item.

        Returns:
            The item that waited and will not be worked on any more, or None.
        """
        with self._changed:
            superseded, self._waiting = self._waiting, item
            self._changed.notify_all()
        return superseded

    @property
    def in_flight(self) -> int:
        """Items that wait or are being worked on."""
        with self._changed:
            return int(self._busy_since_s is not None) + int(self._waiting is not None)

    @property
    def busy_s(self) -> float:
        """How long the item at work has been worked on, seconds; 0 where there is none."""
        with self._changed:
            since_s = self._busy_since_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    @property
    def is_running(self) -> bool:
        """Whether the thread lives: from :meth:`start` until it has ended after :meth:`close`."""
        return self._thread.is_alive()

    def close(self, timeout_s: float = 5.0) -> ItemT | None:
        """Ends the thread after the item it works on.

        Args:
            timeout_s: longest to wait for that.

        Returns:
            The item that still waited, or None.
        """
        with self._changed:
            self._is_closing = True
            left, self._waiting = self._waiting, None
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return left

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy_since_s = None
                self._changed.wait_for(lambda: self._is_closing or self._waiting is not None)
                if self._waiting is None:
                    return
                item, self._waiting = self._waiting, None
                self._busy_since_s = time.monotonic()
            try:
                self._work(item)
            except Exception as error:
                self._on_error(error, item)
