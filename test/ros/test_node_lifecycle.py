"""The node's lifecycle, asked for over the services that ``ros2 lifecycle`` calls."""

from __future__ import annotations

import gc
from hashlib import sha256
from pathlib import Path
import threading
import time
import weakref

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest

from mt_depth_ros.networks.checkpoint import save_checkpoint
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.pipeline.build import build_predictor
from mt_depth_ros.pipeline.warm_up import TYPICAL_SIZE
from mt_depth_ros.ros import input_session

WAITING = {'autostart': False}


def observed(before=lambda config: None, during=lambda frame: None):
    """A builder of the real predictor, with calls before building and before each prediction."""

    def build(config):
        before(config)
        predictor, identity = build_predictor(config)
        predict = predictor.predict

        def observed_predict(frame, **options):
            during(frame)
            return predict(frame, **options)

        predictor.predict = observed_predict
        return predictor, identity

    return build


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """The weights of a small network that has learnt nothing."""
    path = tmp_path / 'tiny.safetensors'
    save_checkpoint(
        path,
        build_network('unet', {'channels': [4, 8]}),
        input_size=(16, 32),
        provenance=Provenance(commit='0123abc', date='2026-01-31', data='none'),
    )
    return path


def subscribers(live) -> int:
    return live.peer.count_subscribers(f'{live.name}/input/image')


def publishers(live) -> int:
    return live.peer.count_publishers(f'{live.name}/depth/image_rect')


def test_it_walks_through_every_state_and_back(start_node, until) -> None:
    live = start_node(parameters=WAITING)
    assert live.state() == 'unconfigured'
    for _ in range(2):
        assert publishers(live) == 0
        assert live.set_state('configure')
        assert live.state() == 'inactive'
        until(lambda: publishers(live) == 1, 'the outputs')
        assert subscribers(live) == 0
        assert live.set_state('activate')
        assert live.state() == 'active'
        live.check_it_goes_on()
        assert live.set_state('deactivate')
        assert live.state() == 'inactive'
        until(lambda: subscribers(live) == 0, 'the end of the input')
        assert live.set_state('cleanup')
        assert live.state() == 'unconfigured'
        until(lambda: publishers(live) == 0, 'the end of the outputs')
    assert live.set_state('shutdown')
    assert live.state() == 'finalized'
    assert live.lines('failed') == []


@pytest.mark.parametrize('way', [(), ('configure',), ('configure', 'activate')])
def test_it_shuts_down_from_every_state(start_node, until, way: tuple[str, ...]) -> None:
    live = start_node(parameters=WAITING)
    for transition in way:
        assert live.set_state(transition)
    assert live.set_state('shutdown')
    assert live.state() == 'finalized'
    until(lambda: (publishers(live), subscribers(live)) == (0, 0), 'the end of the topics')
    # What main does at the end, from here as from any other state.
    live.node.shut_down()
    assert live.node.state == 'finalized'


def test_a_transition_that_the_state_does_not_have_is_refused_and_it_goes_on(start_node) -> None:
    live = start_node()
    for transition in ('activate', 'configure', 'cleanup', 'no_such_transition'):
        assert not live.set_state(transition)
        assert live.state() == 'active'
    live.check_it_goes_on()


def test_deactivating_amid_a_stream_loses_no_count_and_activating_goes_on(
    start_node, until
) -> None:
    builds = []
    live = start_node(build=observed(before=builds.append))
    live.check_it_goes_on()
    is_over = threading.Event()

    def stream() -> None:
        while not is_over.wait(0.01):
            live.send_frame()

    streaming = threading.Thread(target=stream)
    streaming.start()
    try:
        for _ in range(3):
            until(lambda: live.node.ledger.state.published > 3, 'frames')
            assert live.set_state('deactivate')
            newest_ns = live.next_stamp()
            state = live.node.ledger.state
            assert live.set_state('activate')
            until(lambda ns=newest_ns: max(r.stamp_ns for r in live.recorded) > ns, 'new frames')
            # The waiting frame, if there was one, is in the books of the time before; as are the
            # images that came while the new subscriptions did not know the LiDAR yet.
            expected = {'superseded', 'deactivated', 'no_cloud_within_tolerance'}
            assert set(state.dropped) <= expected
    finally:
        is_over.set()
        streaming.join()
    # The model was loaded once.
    assert len(builds) == 1
    live.node.deactivate()


def test_the_books_balance_over_a_deactivation(start_node, until) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(frame) -> None:
        if frame.frame_id == 'camera':
            begun.set()
            assert go_on.wait(60.0)

    live = start_node(build=observed(during=wait), parameters={'sync_max_wait': 10.0})
    live.send_frame()
    assert begun.wait(60.0)
    # One waits for the worker, one for its depth.
    live.send_frame()
    live.send_frame(points=None)
    until(lambda: live.node.received == {'image': 3, 'camera_info': 3, 'points': 2,
                                         'sparse_depth': 0}, 'the frames')  # fmt: skip
    asked = threading.Thread(target=lambda: live.set_state('deactivate'))
    asked.start()
    until(lambda: not live.node.is_active, 'the transition')
    go_on.set()
    asked.join()
    state = live.node.ledger.state
    assert (state.published, state.dropped) == (1, {'deactivated': 2})
    assert live.set_state('activate')
    assert live.node.ledger.state.published == 0
    live.check_it_goes_on()


def test_a_frame_that_does_not_end_leads_to_unconfigured_and_a_fresh_start(
    start_node, until, monkeypatch
) -> None:
    monkeypatch.setattr(input_session, '_FRAME_TIMEOUT_S', 0.1)
    begun, go_on = threading.Event(), threading.Event()

    def hang_once(frame) -> None:
        if frame.frame_id == 'camera' and not begun.is_set():
            begun.set()
            assert go_on.wait(60.0)

    live = start_node(build=observed(during=hang_once))
    hung_ns = live.send_frame()
    assert begun.wait(60.0)
    assert not live.set_state('deactivate')
    assert live.state() == 'unconfigured'
    assert live.set_state('configure')
    assert live.set_state('activate')
    go_on.set()
    live.check_it_goes_on()
    # Nothing came of the frame that was given up.
    assert [item.stamp_ns for item in live.recorded if item.stamp_ns == hung_ns] == []
    assert live.node.ledger.state.dropped == {}


@pytest.mark.parametrize('damage', ['missing', 'truncated', 'one byte changed'])
def test_a_model_that_cannot_be_used_fails_configure_until_it_is_there(
    start_node, until, tiny_model, damage: str
) -> None:
    content = tiny_model.read_bytes()
    expected_sha256 = sha256(content).hexdigest()
    if damage == 'missing':
        tiny_model.unlink()
    elif damage == 'truncated':
        tiny_model.write_bytes(content[: len(content) // 2])
    else:
        tiny_model.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    live = start_node(parameters={'model': str(tiny_model)})
    assert live.state() == 'unconfigured'
    (line,) = until(lambda: live.lines('configure failed'), 'the reason')
    assert str(tiny_model) in line
    assert 'expected' in line
    assert f'ros2 lifecycle set {live.name} configure' in line
    if damage != 'missing':
        assert expected_sha256 in line
    # Again, and nothing has changed.
    assert not live.set_state('configure')
    assert live.state() == 'unconfigured'
    tiny_model.write_bytes(content)
    assert live.set_state('configure')
    assert live.set_state('activate')
    live.check_it_goes_on()
    assert live.node.trouble == ''


def test_another_model_may_be_chosen_while_unconfigured_only(start_node, until) -> None:
    live = start_node(parameters={'model': 'no_such_model'})
    assert live.state() == 'unconfigured'
    assert live.set_parameter('model', 'linear') == ''
    assert live.set_state('configure')
    refusal = live.set_parameter('model', 'nearest')
    assert 'parameter model: expected the node to be unconfigured, got it is inactive' in refusal
    assert f'first ros2 lifecycle set {live.name} cleanup, then set it' in refusal
    assert live.set_state('activate')
    refusal = live.set_parameter('model', 'nearest')
    assert f'ros2 lifecycle set {live.name} deactivate and cleanup' in refusal
    # The same value again, as `ros2 param load` sets it, is no change.
    assert live.set_parameter('model', 'linear') == ''
    live.check_it_goes_on()
    assert live.node.config.model == 'linear'


def test_what_activate_reads_may_be_changed_while_inactive(start_node, until) -> None:
    live = start_node(parameters={'depth_source': 'points'})
    topic = f'{live.name}/input/sparse_depth'
    refusal = live.set_parameter('depth_source', 'sparse_depth')
    assert 'expected the node to be unconfigured or inactive, got it is active' in refusal
    assert f'first ros2 lifecycle set {live.name} deactivate, then set it' in refusal
    assert live.set_state('deactivate')
    assert live.set_parameter('depth_source', 'sparse_depth') == ''
    assert live.set_state('activate')
    until(lambda: live.peer.count_subscribers(topic) == 1, 'the other input')
    assert list(live.node.received) == ['image', 'camera_info', 'sparse_depth']


def test_autostart_is_read_at_the_start_only(start_node) -> None:
    live = start_node()
    assert 'read-only' in live.set_parameter('autostart', False)
    assert live.state() == 'active'


def test_cleanup_frees_the_model(start_node, tiny_model) -> None:
    built = []

    def build(config):
        predictor, identity = build_predictor(config)
        built.append(weakref.ref(predictor))
        built.append(weakref.ref(predictor.completer))
        return predictor, identity

    live = start_node(build=build, parameters={'model': str(tiny_model)})
    live.check_it_goes_on()
    assert live.set_state('deactivate')
    assert all(reference() is not None for reference in built)
    assert live.set_state('cleanup')
    gc.collect()
    assert [reference() for reference in built] == [None, None]


@pytest.mark.parametrize('error', [RuntimeError('the backend broke'), MemoryError('no memory')])
def test_an_unexpected_error_in_configure_is_logged_and_can_be_retried(
    start_node, until, error: Exception
) -> None:
    failures = iter([error])

    def fail_once(config) -> None:
        for failure in failures:
            raise failure

    live = start_node(build=observed(before=fail_once))
    assert live.state() == 'unconfigured'
    (line,) = until(lambda: live.lines('configure failed'), 'the reason')
    assert 'Traceback' in line
    assert str(error) in line
    assert live.set_state('configure')
    assert live.set_state('activate')
    live.check_it_goes_on()


@pytest.mark.parametrize('transition', ['activate', 'deactivate', 'cleanup'])
def test_an_unexpected_error_in_any_transition_ends_unconfigured_with_everything_freed(
    start_node, until, monkeypatch, transition: str
) -> None:
    live = start_node(parameters=WAITING)
    for earlier in ('configure', 'activate', 'deactivate'):
        if earlier == transition:
            break
        assert live.set_state(earlier)
    step = getattr(live.node, transition)
    failures = iter([RuntimeError('no more sockets')])

    def break_once() -> None:
        for failure in failures:
            raise failure
        step()

    monkeypatch.setattr(live.node, transition, break_once)
    assert not live.set_state(transition)
    assert live.state() == 'unconfigured'
    assert 'no more sockets' in live.node.trouble
    until(lambda: (publishers(live), subscribers(live)) == (0, 0), 'the end of the topics')
    assert live.set_state('configure')
    assert live.set_state('activate')
    live.check_it_goes_on()


def test_it_warms_up_for_the_camera_it_knows(start_node) -> None:
    sizes = []
    live = start_node(build=observed(during=lambda frame: sizes.append(frame.image_rgb.shape[:2])))
    assert set(sizes) == {TYPICAL_SIZE}
    live.check_it_goes_on()
    assert live.set_state('deactivate')
    assert live.set_state('cleanup')
    sizes.clear()
    assert live.set_state('configure')
    assert set(sizes) == {(48, 64)}


def test_it_does_not_warm_up_for_a_calibration_that_no_image_fits(start_node, until) -> None:
    """A garbled one may be of any size, more than the memory holds."""
    sizes = []
    live = start_node(build=observed(during=lambda frame: sizes.append(frame.image_rgb.shape[:2])))
    live.check_it_goes_on()
    stamp_ns = live.next_stamp()
    garbled = live.messages.camera_info(stamp_ns)
    garbled.width, garbled.height = 2500, 2000
    live.send_frame(stamp_ns, camera_info=garbled)
    until(lambda: live.node.ledger.state.dropped.get('size_mismatch'), 'the drop')
    assert live.set_state('deactivate')
    assert live.set_state('cleanup')
    sizes.clear()
    assert live.set_state('configure')
    assert set(sizes) == {(48, 64)}


def test_diagnostics_go_out_in_every_state_and_amid_configure(start_node, until) -> None:
    load, predict = threading.Event(), threading.Event()
    live = start_node(
        parameters={**WAITING, 'diagnostics_period': 0.1},
        build=observed(
            before=lambda config: load.wait(60.0), during=lambda frame: predict.wait(60.0)
        ),
    )
    heard: list[DiagnosticStatus] = []

    def take(message: DiagnosticArray) -> None:
        heard.extend(
            status
            for status in message.status
            if status.name == f'{live.name.strip("/")}: lifecycle'
        )

    live.peer.create_subscription(DiagnosticArray, '/diagnostics', take, 10)

    def wait_for(*texts: str) -> None:
        heard.clear()
        until(lambda: any(s.message.startswith(texts) for s in list(heard)), f'{texts}')

    wait_for('unconfigured')
    asked = threading.Thread(target=lambda: live.set_state('configure'))
    asked.start()
    wait_for('configuring, loading')
    load.set()
    wait_for('configuring, warming up')
    predict.set()
    asked.join()
    wait_for('inactive')
    assert live.set_state('activate')
    wait_for('active, classical')
    assert live.set_state('shutdown')
    wait_for('finalized')


def test_diagnostics_say_why_it_does_not_work(start_node, until) -> None:
    live = start_node(parameters={'model': 'no_such_model', 'diagnostics_period': 0.1})
    heard: list[DiagnosticStatus] = []
    live.peer.create_subscription(
        DiagnosticArray, '/diagnostics', lambda message: heard.extend(message.status), 10
    )
    (status,) = until(
        lambda: [s for s in list(heard) if s.name == f'{live.name.strip("/")}: lifecycle'][:1],
        'the status',
    )
    assert status.level == DiagnosticStatus.ERROR
    assert status.message.startswith('unconfigured: configure failed: ')
    assert 'no_such_model' in status.message


def test_the_reason_is_repeated_until_it_is_gone(start_node, until) -> None:
    live = start_node(parameters={'model': 'no_such_model'})
    live.node._remind()
    (line,) = until(lambda: live.lines('still unconfigured'), 'the reminder')
    assert 'no_such_model' in line
    assert live.set_parameter('model', 'nearest') == ''
    assert live.set_state('configure')
    live.node._remind()
    time.sleep(0.2)
    assert len(live.lines('still ')) == 1
