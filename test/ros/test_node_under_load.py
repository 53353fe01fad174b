"""A pipeline slower than its input, and one that fails, in the real node."""

from __future__ import annotations

import threading
import time

from mt_depth_ros.pipeline.build import build_predictor
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.pipeline.warm_up import WARM_UP_FRAME


def predictor_that_first_calls(before_predict):
    """A builder of the real predictor that calls something before each prediction."""

    def build(config):
        predictor, identity = build_predictor(config)

        class Interrupted(DepthPredictor):
            def predict(self, frame, **options):
                if frame.frame_id != WARM_UP_FRAME:
                    before_predict(frame)
                return super().predict(frame, **options)

        interrupted = Interrupted(
            predictor.completer, predictor.segmenter, predictor.limits, completer_needs_mask=False
        )
        return interrupted, identity

    return build


def test_a_slow_pipeline_works_on_the_newest_frame_and_counts_the_rest(start_node, until) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(frame) -> None:
        begun.set()
        assert go_on.wait(60.0)

    live = start_node(build=predictor_that_first_calls(wait))
    first_ns = live.send_frame()
    assert begun.wait(60.0)
    stamps_ns = []
    for number in range(9):
        stamps_ns.append(live.send_frame())
        until(lambda n=number: live.node.received['points'] == n + 2, 'the frame')
    until(lambda: live.node.ledger.state.dropped.get('superseded', 0) == 8, 'what is let go')
    go_on.set()
    live.wait_for(first_ns)
    live.wait_for(stamps_ns[-1])
    assert sorted({item.stamp_ns for item in live.recorded}) == [first_ns, stamps_ns[-1]]
    state = live.node.ledger.state
    # The books balance: ten images came, two went out.
    assert state.published == 2
    assert state.dropped == {'superseded': 8}


def test_depth_that_came_in_time_counts_though_the_callbacks_were_held_up(
    start_node, until
) -> None:
    live = start_node(parameters={'sync_max_wait': 0.2})
    live.check_it_goes_on()
    held_up, go_on = threading.Event(), threading.Event()

    def hold_up() -> None:
        timer.cancel()
        held_up.set()
        assert go_on.wait(60.0)

    stamp_ns = live.send_frame(points=None)
    until(lambda: live.node.received['image'] == 2, 'the image')
    timer = live.node.create_timer(0.0, hold_up)
    assert held_up.wait(60.0)
    live.send('points', live.messages.points(stamp_ns))
    # Longer than the image would have waited.
    time.sleep(0.4)
    go_on.set()
    live.wait_for(stamp_ns)
    live.node.destroy_timer(timer)


def test_an_unexpected_error_is_logged_and_the_node_goes_on(start_node, until) -> None:
    failures = iter([RuntimeError('the backend broke')])

    def fail_once(frame) -> None:
        for failure in failures:
            raise failure

    live = start_node(build=predictor_that_first_calls(fail_once))
    live.send_frame()
    until(lambda: live.node.ledger.state.dropped.get('internal_error'), 'the failure')
    (line,) = until(lambda: live.lines('[internal_error]'), 'the message')
    assert 'Traceback' in line
    assert 'the backend broke' in line
    live.check_it_goes_on()
