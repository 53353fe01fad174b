from __future__ import annotations

import time

import pytest

from mt_depth_ros.pipeline.core_share import CoreShare


def work_for(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_work_has_to_wait_until_it_is_paid_for() -> None:
    share = CoreShare(0.001)
    assert share.may_run
    with share.running():
        work_for(0.005)
    assert share.spent_s >= 0.005
    assert not share.may_run  # 5 ms at a thousandth of a core take 5 s


def test_without_a_limit_work_may_always_run() -> None:
    share = CoreShare(None)
    with share.running():
        work_for(0.002)
    assert share.may_run


def test_work_that_raises_is_charged_too() -> None:
    share = CoreShare(0.001)
    with pytest.raises(KeyError), share.running():
        work_for(0.002)
        raise KeyError
    assert not share.may_run


@pytest.mark.parametrize('wrong', [0.0, -0.1, 1.5])
def test_a_share_that_is_none_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match='share: expected above 0 and at most 1'):
        CoreShare(wrong)
