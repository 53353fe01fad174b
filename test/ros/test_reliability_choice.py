"""When a subscription asks for reliable delivery."""

from __future__ import annotations

from rclpy.qos import ReliabilityPolicy

from mt_depth_ros.ros.reliability_choice import Delivery, ReliabilityChoice

RELIABLE = {b'driver': ReliabilityPolicy.RELIABLE}
BEST_EFFORT = {b'camera': ReliabilityPolicy.BEST_EFFORT}
SILENCE = 'nothing arrives with best effort although a reliable publisher is there'


def reason(choice, now_s, publishers, *, received=0, lost=0) -> str:
    return choice.reason_to_switch(
        Delivery(now_s=now_s, publishers=publishers, received=received, lost=lost)
    )


def test_silence_of_a_reliable_publisher_for_two_seconds_makes_it_reliable() -> None:
    choice = ReliabilityChoice('auto')
    assert not choice.is_reliable
    assert reason(choice, 10.0, RELIABLE) == ''
    assert reason(choice, 11.9, RELIABLE) == ''
    assert reason(choice, 12.0, RELIABLE) == SILENCE
    choice.switch()
    assert choice.is_reliable
    assert reason(choice, 12.5, RELIABLE) == ''


def test_messages_that_arrive_keep_it_best_effort() -> None:
    choice = ReliabilityChoice('auto')
    reason(choice, 0.0, RELIABLE)
    assert reason(choice, 1.0, RELIABLE, received=1) == ''
    assert reason(choice, 100.0, RELIABLE, received=1) == ''


def test_a_message_before_the_first_look_counts() -> None:
    choice = ReliabilityChoice('auto')
    assert reason(choice, 0.0, RELIABLE, received=1) == ''
    assert reason(choice, 100.0, RELIABLE, received=1) == ''


def test_silence_of_a_new_publisher_counts_though_another_one_was_heard() -> None:
    choice = ReliabilityChoice('auto')
    reason(choice, 0.0, RELIABLE, received=7)
    restarted = {b'driver again': ReliabilityPolicy.RELIABLE}
    assert reason(choice, 1.0, restarted, received=7) == ''
    assert reason(choice, 3.0, restarted, received=7) == SILENCE


def test_silence_of_a_best_effort_publisher_changes_nothing() -> None:
    choice = ReliabilityChoice('auto')
    for now_s in (0.0, 5.0, 10.0):
        assert reason(choice, now_s, BEST_EFFORT) == ''


def test_the_wait_starts_anew_with_a_publisher_that_comes_back() -> None:
    choice = ReliabilityChoice('auto')
    reason(choice, 0.0, RELIABLE)
    assert reason(choice, 5.0, {}) == ''
    assert reason(choice, 6.0, RELIABLE) == ''
    assert reason(choice, 8.0, RELIABLE) == SILENCE


def test_a_good_part_lost_makes_it_reliable() -> None:
    choice = ReliabilityChoice('auto')
    reason(choice, 0.0, RELIABLE, received=1, lost=0)
    # 2 of 8: a quarter, but not yet three messages.
    assert reason(choice, 1.0, RELIABLE, received=7, lost=2) == ''
    assert reason(choice, 1.5, RELIABLE, received=10, lost=3) == (
        '3 of 12 messages were lost with best effort'
    )


def test_a_few_lost_messages_are_what_best_effort_means() -> None:
    choice = ReliabilityChoice('auto')
    for second in range(20):
        # 30 messages a second, one in ten lost.
        assert reason(choice, float(second), RELIABLE, received=27 * second, lost=3 * second) == ''


def test_losses_of_long_ago_are_forgotten() -> None:
    choice = ReliabilityChoice('auto')
    reason(choice, 0.0, RELIABLE, received=1, lost=0)
    reason(choice, 0.1, RELIABLE, received=1, lost=2)
    assert reason(choice, 10.0, RELIABLE, received=1, lost=4) == ''


def test_a_best_effort_publisher_takes_the_choice_back() -> None:
    choice = ReliabilityChoice('auto')
    choice.switch()
    assert reason(choice, 0.0, {**BEST_EFFORT, **RELIABLE}) == ''
    assert reason(choice, 0.5, BEST_EFFORT) == 'only best-effort publishers are left'
    choice.switch()
    assert not choice.is_reliable


def test_what_the_user_fixed_stays() -> None:
    for wanted in ('best_effort', 'reliable'):
        choice = ReliabilityChoice(wanted)
        assert choice.is_reliable == (wanted == 'reliable')
        for now_s in (0.0, 5.0):
            assert reason(choice, now_s, RELIABLE) == ''
            assert reason(choice, now_s, BEST_EFFORT) == ''
