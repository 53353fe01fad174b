"""Problems are counted always and logged once in a while."""

from __future__ import annotations

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.ros.problem_log import ProblemLog


def wrong_encoding() -> SensorInputError:
    return SensorInputError(
        reason='unsupported_encoding',
        expected='rgb8',
        got="'yuv422'",
        where='/camera/image',
        remedy='publish rgb8',
    )


def test_a_problem_is_logged_once_a_period_with_the_number_left_out() -> None:
    lines: list[str] = []
    times_s = iter((0.0, 1.0, 4.9, 5.0))
    log = ProblemLog(lines.append, period_s=5.0, steady_s=lambda: next(times_s))
    for _ in range(4):
        log.report(wrong_encoding())
    assert lines == [
        "[unsupported_encoding] /camera/image: expected rgb8, got 'yuv422'; publish rgb8",
        "[unsupported_encoding] /camera/image: expected rgb8, got 'yuv422'; publish rgb8 "
        '(2 more since the last message)',
    ]
    assert log.counts == {'unsupported_encoding': 4}


def test_one_problem_does_not_silence_another() -> None:
    lines: list[str] = []
    log = ProblemLog(lines.append, period_s=5.0, steady_s=lambda: 0.0)
    log.report_text('first', 'this')
    log.report_text('second', 'that')
    assert lines == ['[first] this', '[second] that']


def test_one_topic_does_not_silence_another() -> None:
    lines: list[str] = []
    log = ProblemLog(lines.append, period_s=5.0, steady_s=lambda: 0.0)
    log.report_text('zero_stamp', 'this', where='/image')
    log.report_text('zero_stamp', 'that', where='/points')
    assert lines == ['[zero_stamp] this', '[zero_stamp] that']
    assert log.counts == {'zero_stamp': 2}
