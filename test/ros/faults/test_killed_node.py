"""kill -9 in the middle of a stream, and a new start."""

from __future__ import annotations

import signal
import uuid

import numpy as np

STEP_NS = 100_000_000


def test_a_killed_node_starts_again_in_the_middle_of_the_stream(
    start_node_process, start_drivers, listen, until
) -> None:
    namespace = f'/killed_{uuid.uuid4().hex[:8]}'
    name = f'{namespace}/depth_completion'
    listener = listen(name)
    process = start_node_process(namespace)
    # The drivers and the listener stay up, as those of a robot do.
    drivers = start_drivers(name)
    stamp_ns = 1_700_000_000_000_000_000

    def depth_comes():
        nonlocal stamp_ns
        stamp_ns += STEP_NS
        drivers.send(stamp_ns)
        return [message for message in list(listener.recorded) if message.stamp_ns > began_ns]

    for _ in range(2):
        began_ns = stamp_ns
        np.testing.assert_allclose(until(depth_comes, 'depth')[0].pixels, 10.0)
        # Frames are on their way and being computed when it is hit.
        for _ in range(5):
            stamp_ns += STEP_NS
            drivers.send(stamp_ns)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        process = start_node_process(namespace)
    began_ns = stamp_ns
    np.testing.assert_allclose(until(depth_comes, 'depth')[0].pixels, 10.0)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    stamps_ns = [message.stamp_ns for message in listener.recorded]
    assert len(stamps_ns) == len(set(stamps_ns))
