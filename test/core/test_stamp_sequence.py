"""Order, restarts and periods read from the stamps of one sensor."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from mt_depth_ros.core.stamp_sequence import PeriodEstimate, StampSequence

MS = 1_000_000


def estimate(*gaps_ms: int) -> PeriodEstimate:
    period = PeriodEstimate()
    for gap_ms in gaps_ms:
        period.add_gap(gap_ms * MS)
    return period


def test_one_gap_is_a_period_but_three_are_needed_to_rely_on_it():
    assert estimate().period_ns is None
    assert estimate(100).period_ns == 100 * MS
    assert estimate(100, 100).shortest_gap_ns == 0


def test_equal_gaps_have_no_jitter():
    assert estimate(100, 100, 100).period_ns == 100 * MS
    assert estimate(100, 100, 100).shortest_gap_ns == 100 * MS


def test_jitter_is_twice_the_way_down_to_the_lowest_tenth():
    # Median 100, lowest 96 of five: 100 - 2 * 4.
    assert estimate(96, 98, 100, 102, 104).shortest_gap_ns == 92 * MS


def test_one_wrong_gap_in_ten_changes_nothing():
    assert estimate(1, *[100] * 9).shortest_gap_ns == 100 * MS


def test_lost_messages_change_nothing_while_most_arrive():
    period = estimate(*[100, 200, 100, 300, 100] * 4)
    assert period.period_ns == 100 * MS
    assert period.shortest_gap_ns == 100 * MS


def test_gaps_without_a_common_period_bound_nothing():
    assert estimate(*[30, 70] * 10).shortest_gap_ns == 10 * MS
    assert estimate(*[10, 90] * 10).shortest_gap_ns == 0
    assert estimate(*[100, 200, 200] * 6).shortest_gap_ns == 0


def test_a_faster_sensor_is_believed_after_three_of_its_gaps():
    period = estimate(*[100] * 20, 50, 50)
    assert period.shortest_gap_ns == 100 * MS
    period.add_gap(50 * MS)
    assert period.shortest_gap_ns == 0  # wait, until the median follows
    for _ in range(8):
        period.add_gap(50 * MS)
    assert period.shortest_gap_ns == 50 * MS


@settings(deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=10**12), min_size=3, max_size=60))
def test_the_shortest_gap_never_exceeds_the_period(gaps_ns: list[int]):
    period = PeriodEstimate()
    for gap_ns in gaps_ns:
        period.add_gap(gap_ns)
    assert period.period_ns is not None
    assert 0 <= period.shortest_gap_ns <= period.period_ns
    assert min(gaps_ns) <= period.period_ns <= max(gaps_ns)


def sequence(*stamps_ms: int) -> StampSequence:
    stamps = StampSequence()
    for stamp_ms in stamps_ms:
        stamps.append(stamp_ms * MS)
    return stamps


def restarts(stamps: StampSequence, stamp_ms: int) -> bool:
    return stamps.restarts_at(stamp_ms * MS, reset_after_ns=500 * MS)


def test_a_small_step_back_to_a_new_stamp_is_a_late_message():
    assert not restarts(sequence(1000, 1100, 1200), 1150)


def test_a_step_back_of_exactly_the_limit_is_still_late_and_one_more_is_a_restart():
    stamps = sequence(1000)
    assert not stamps.restarts_at(500 * MS, reset_after_ns=500 * MS)
    assert stamps.restarts_at(500 * MS - 1, reset_after_ns=500 * MS)


def test_a_repeated_older_stamp_is_a_restart_however_small_the_step():
    assert restarts(sequence(1000, 1100, 1200), 1000)


def test_the_newest_stamp_repeated_is_no_restart():
    assert not restarts(sequence(1000, 1100), 1100)


def again(stamps: StampSequence, *stamps_ms: int) -> StampSequence:
    """After a restart, the stamps of another pass."""
    stamps.restart(reset_after_ns=500 * MS)
    for stamp_ms in stamps_ms:
        stamps.append(stamp_ms * MS)
    return stamps


def test_a_late_stamp_of_a_later_pass_is_late_though_an_earlier_pass_had_it():
    stamps = again(sequence(*range(1000, 2000, 100)), 1000, 1200)
    assert not restarts(stamps, 1100)


def test_a_short_recording_restarts_at_a_stamp_that_only_an_earlier_pass_had():
    # 1000 was lost in the second pass.
    stamps = again(sequence(1000, 1100, 1500), 1100, 1500)
    assert restarts(stamps, 1000)


def test_nothing_restarts_before_the_first_stamp():
    assert not restarts(StampSequence(), 5)
    assert StampSequence().step_back_ns(5) == 0


def test_the_gap_across_a_restart_is_not_counted_and_the_period_stays():
    stamps = sequence(1000, 1100, 1200, 1300)
    stamps.restart(reset_after_ns=500 * MS)
    stamps.append(50 * MS)
    assert stamps.newest_ns == 50 * MS
    assert stamps.period.period_ns == 100 * MS


def test_a_stamp_that_does_not_increase_cannot_be_appended():
    with pytest.raises(ValueError, match='expected more than 1000000000, got 1000000000'):
        sequence(1000, 1000)
