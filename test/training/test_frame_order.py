from __future__ import annotations

from hypothesis import given, strategies
import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.training.frame_order import EpochBatches, FrameOrder


def order(**changes: int) -> FrameOrder:
    values = {'num_frames': 12, 'draws_per_epoch': 12, 'batch_size': 2, 'processes': 1, 'seed': 0}
    return FrameOrder(**{**values, **changes})


def drawn(given_order: FrameOrder, epoch: int, process: int = 0) -> list[int]:
    return [draw.index for batch in given_order.batches(epoch, process) for draw in batch]


def test_an_epoch_draws_each_frame_once_in_another_order_than_the_next() -> None:
    assert sorted(drawn(order(), 0)) == list(range(12))
    assert sorted(drawn(order(), 1)) == list(range(12))
    assert drawn(order(), 0) != drawn(order(), 1)
    assert drawn(order(), 0) != drawn(order(seed=1), 0)


def test_short_epochs_go_through_all_frames_before_any_comes_again() -> None:
    short = order(draws_per_epoch=4)
    assert sorted(drawn(short, 0) + drawn(short, 1) + drawn(short, 2)) == list(range(12))


@given(
    frames=strategies.integers(4, 40),
    draws=strategies.integers(8, 100),
    processes=strategies.integers(1, 4),
    epoch=strategies.integers(0, 5),
)
def test_processes_share_an_epoch_without_overlap(
    frames: int, draws: int, processes: int, epoch: int
) -> None:
    shared = order(num_frames=frames, draws_per_epoch=draws, processes=processes)
    numbers = [
        draw.number
        for process in range(processes)
        for batch in shared.batches(epoch, process)
        for draw in batch
    ]
    assert len(numbers) == shared.steps_per_epoch * 2 * processes
    assert sorted(numbers) == list(range(epoch * draws, epoch * draws + len(numbers)))


def test_two_processes_see_in_a_step_what_one_with_twice_the_batch_does() -> None:
    one = order(batch_size=4).batches(3, 0)
    two = order(processes=2)
    assert [a + b for a, b in zip(two.batches(3, 0), two.batches(3, 1), strict=True)] == one


def test_what_does_not_fill_a_step_is_left_out() -> None:
    assert order(draws_per_epoch=11, batch_size=4).steps_per_epoch == 2


def test_less_than_a_step_is_refused() -> None:
    with pytest.raises(ConfigError, match=r'expected at least 32 frames in an epoch.*got 12'):
        order(batch_size=16, processes=2)


def test_the_batches_follow_the_epoch_they_are_told() -> None:
    batches = EpochBatches(order(), 0)
    batches.epoch = 2
    assert list(batches) == order().batches(2, 0)
    assert len(batches) == 6
