from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import pytest

from mt_depth_ros.messages.header_codec import (
    frame_id_from,
    stamp_ns_from,
    stamp_parts,
)


def test_seconds_and_nanoseconds_become_one_number(messages, stamp_ns):
    assert stamp_ns_from(messages.header().stamp) == stamp_ns == 1_700_000_000_123_456_789


def test_a_stamp_before_zero_has_positive_nanoseconds():
    assert stamp_parts(-1) == (-1, 999_999_999)


@given(st.integers(-(2**31) * 10**9, 2**31 * 10**9 - 1))
def test_stamps_survive_the_way_there_and_back(stamp_ns):
    sec, nanosec = stamp_parts(stamp_ns)
    assert 0 <= nanosec < 10**9
    assert sec * 10**9 + nanosec == stamp_ns


def test_a_stamp_that_overflows_the_message_is_a_programming_error():
    with pytest.raises(ValueError, match='fit into an int32, got 2147483648'):
        stamp_parts(2**31 * 10**9)


def test_a_leading_slash_is_no_part_of_the_frame(messages):
    assert frame_id_from(messages.header('/velodyne')) == 'velodyne'
