"""Stamps and frame names of message headers."""

from __future__ import annotations

from mt_depth_ros.messages.message_protocols import HeaderMessage, TimeMessage

NANOSECONDS_PER_SECOND = 1_000_000_000


def stamp_ns_from(stamp: TimeMessage) -> int:
    """Nanoseconds since the epoch of the clock that stamped the message.

    Args:
        stamp: seconds and nanoseconds.
    """
    return int(stamp.sec) * NANOSECONDS_PER_SECOND + int(stamp.nanosec)


def stamp_parts(stamp_ns: int) -> tuple[int, int]:
    """Seconds and nanoseconds for a builtin_interfaces/Time.

    Args:
        stamp_ns: nanoseconds.

    Returns:
        sec, an int32, and nanosec in [0, 1e9).

    Raises:
        ValueError: the seconds do not fit into an int32.
    """
    sec, nanosec = divmod(stamp_ns, NANOSECONDS_PER_SECOND)
    if not -(2**31) <= sec < 2**31:
        raise ValueError(f'stamp_ns: expected seconds that fit into an int32, got {sec}')
    return sec, nanosec


def frame_id_from(header: HeaderMessage) -> str:
    """The frame a message is in, as tf2 names it: without a leading slash.

    Args:
        header: the message's header. Drivers from ROS 1 times still write ``/velodyne``; tf2
            drops the slash when it looks a frame up, and so do we, everywhere.
    """
    return header.frame_id.lstrip('/')
