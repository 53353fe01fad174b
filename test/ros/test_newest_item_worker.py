"""The worker keeps up by letting go of what is old."""

from __future__ import annotations

import threading

from mt_depth_ros.ros.newest_item_worker import NewestItemWorker


class Recorded:
    """Work that notes its items and can be held up."""

    def __init__(self) -> None:
        self.items: list[int] = []
        self.errors: list[tuple[str, int]] = []
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.done = threading.Semaphore(0)

    def work(self, item: int) -> None:
        self.items.append(item)
        self.begun.release()
        assert self.go_on.acquire(timeout=60)
        if item < 0:
            raise RuntimeError('no negative numbers')
        self.done.release()

    def fail(self, error: Exception, item: int) -> None:
        self.errors.append((str(error), item))
        self.done.release()


def start(recorded: Recorded) -> NewestItemWorker[int]:
    worker = NewestItemWorker[int](recorded.work, on_error=recorded.fail, name='test')
    worker.start()
    return worker


def test_what_waits_is_superseded_by_what_is_newer() -> None:
    recorded = Recorded()
    worker = start(recorded)
    assert worker.put(1) is None
    assert recorded.begun.acquire(timeout=60)
    assert worker.put(2) is None
    assert worker.put(3) == 2
    assert worker.in_flight == 2
    recorded.go_on.release(2)
    assert recorded.done.acquire(timeout=60)
    assert recorded.done.acquire(timeout=60)
    assert recorded.items == [1, 3]
    assert worker.close() is None


def test_it_tells_how_long_an_item_has_been_worked_on() -> None:
    recorded = Recorded()
    worker = start(recorded)
    assert worker.busy_s == 0.0
    worker.put(1)
    assert recorded.begun.acquire(timeout=60)
    before_s = worker.busy_s
    assert 0.0 < before_s < worker.busy_s
    recorded.go_on.release()
    assert recorded.done.acquire(timeout=60)
    worker.close()
    assert worker.busy_s == 0.0


def test_an_error_is_handed_over_and_the_next_item_is_worked_on() -> None:
    recorded = Recorded()
    worker = start(recorded)
    recorded.go_on.release(2)
    worker.put(-1)
    assert recorded.done.acquire(timeout=60)
    worker.put(5)
    assert recorded.done.acquire(timeout=60)
    assert recorded.errors == [('no negative numbers', -1)]
    assert recorded.items == [-1, 5]
    worker.close()


def test_closing_gives_back_what_waits() -> None:
    recorded = Recorded()
    worker = start(recorded)
    worker.put(1)
    assert recorded.begun.acquire(timeout=60)
    worker.put(2)
    left = []
    closing = threading.Thread(target=lambda: left.append(worker.close()))
    closing.start()
    recorded.go_on.release()
    closing.join(60)
    assert left == [2]
    assert recorded.items == [1]


def test_closing_before_the_start_ends_at_once() -> None:
    recorded = Recorded()
    worker = NewestItemWorker[int](recorded.work, on_error=recorded.fail, name='test')
    assert worker.close() is None
