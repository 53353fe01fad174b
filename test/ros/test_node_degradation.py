"""A real node with a real network whose backend is made to fail: depth goes on, and says so."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import numpy as np
import pytest
import torch

from mt_depth_ros.networks.checkpoint import save_checkpoint
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.pipeline.build import build_predictor


class FaultyCompleter:
    """The real completer, with a switch that makes it raise what a backend raises."""

    def __init__(self, completer) -> None:
        self._completer = completer
        self.name, self.grid_size = completer.name, completer.grid_size
        self.error: Exception | None = None

    def complete(self, given):
        if self.error is not None:
            raise self.error
        return self._completer.complete(given)


class FaultySegmenter:
    """The same for the mask."""

    name = 'faulty'

    def __init__(self, segmenter) -> None:
        self._segmenter = segmenter
        self.error: Exception | None = None

    def segment(self, image_rgb):
        if self.error is not None:
            raise self.error
        return self._segmenter.segment(image_rgb)


class Faults:
    """Builds the predictor the node asks for and keeps hold of its backends."""

    def build(self, config):
        predictor, identity = build_predictor(config)
        self.network = predictor.completer = FaultyCompleter(predictor.completer)
        self.mask = predictor.segmenter = FaultySegmenter(predictor.segmenter)
        return predictor, identity


@pytest.fixture(scope='module')
def weights(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp('weights') / 'net.safetensors'
    provenance = Provenance(commit='none', date='2026-01-01', data='untrained')
    # Untrained it answers the nearest measurement; it looks at the mask.
    network = build_network('mt_depth_plus', {'channels': (8, 8), 'image_channels': 4})
    save_checkpoint(path, network, input_size=(32, 64), provenance=provenance)
    return str(path)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def live(start_node, weights, faults):
    live = start_node(
        build=faults.build,
        parameters={'model': weights, 'device': 'cpu', 'diagnostics_period': 0.1},
    )
    live.statuses = {}
    live.diagnostics = {}

    def take_status(message: DiagnosticArray) -> None:
        stamp = message.header.stamp
        live.statuses[stamp.sec * 1_000_000_000 + stamp.nanosec] = message.status[0]

    def take_diagnostics(message: DiagnosticArray) -> None:
        for status in message.status:
            node, _, task = status.name.partition(': ')
            if node == live.name.lstrip('/'):
                live.diagnostics[task] = status

    live.peer.create_subscription(DiagnosticArray, f'{live.name}/depth/status', take_status, 10)
    live.peer.create_subscription(DiagnosticArray, '/diagnostics', take_diagnostics, 10)
    return live


def completer_of(status: DiagnosticStatus) -> str:
    return next(pair.value for pair in status.values if pair.key == 'completer')


def mode_of(live) -> str:
    status = live.diagnostics.get('lifecycle')
    values = {pair.key: pair.value for pair in status.values} if status is not None else {}
    return values.get('mode', '')


def send(live, until) -> tuple[np.ndarray, DiagnosticStatus]:
    """Depth and status of one frame."""
    stamp_ns = live.send_frame()
    depth_m = live.wait_for(stamp_ns)['depth'].pixels
    return depth_m, until(lambda: live.statuses.get(stamp_ns), 'the status of the frame')


def matched_subscriptions(live, until) -> None:
    until(lambda: mode_of(live) == 'network', 'the diagnostics')
    until(lambda: live.peer.count_publishers(f'{live.name}/depth/status') == 1, 'the status')
    # The first status may come before its subscription is matched on the node's side.
    until(lambda: live.send_frame() and live.statuses, 'the first status')


@pytest.mark.parametrize(
    ('error', 'reason'),
    [
        (
            torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 2.00 GiB'),
            'out_of_memory',
        ),
        (RuntimeError('cuDNN error: CUDNN_STATUS_EXECUTION_FAILED'), 'backend_error'),
    ],
)
def test_a_network_that_fails_in_the_middle_gives_way_and_comes_back(
    live, until, faults, error, reason
) -> None:
    matched_subscriptions(live, until)
    _, status = send(live, until)
    assert status.level == DiagnosticStatus.OK
    network = completer_of(status)

    faults.network.error = error
    depth_m, status = send(live, until)
    np.testing.assert_allclose(depth_m, 10.0, rtol=1e-4)
    assert status.level == DiagnosticStatus.WARN
    assert (completer_of(status), network != 'adaptive') == ('adaptive', True)
    until(lambda: mode_of(live).startswith('classical fallback: the network failed'), 'the mode')
    until(lambda: live.diagnostics['model'].level == DiagnosticStatus.WARN, 'the warning')
    (line,) = until(lambda: live.lines('[degraded]'), 'the log')
    assert str(error)[:20] in line
    assert 'the classical fill answers instead' in line
    counts = {pair.key: pair.value for pair in live.diagnostics['model'].values}
    assert int(counts[f'degraded: {reason}']) >= 1

    faults.network.error = None
    _, status = send(live, until)
    assert (status.level, completer_of(status)) == (DiagnosticStatus.OK, network)
    until(lambda: mode_of(live) == 'network', 'the mode')
    assert until(lambda: live.lines('the network answers again'), 'the log')
    assert live.node.ledger.state.dropped.get('internal_error', 0) == 0


def test_a_mask_that_fails_is_done_without(live, until, faults) -> None:
    matched_subscriptions(live, until)
    faults.mask.error = RuntimeError('the mask backend is gone')
    depth_m, status = send(live, until)
    np.testing.assert_allclose(depth_m, 10.0, rtol=1e-4)
    assert completer_of(status) == 'adaptive'
    assert 'the mask backend is gone' in status.message
    faults.mask.error = None
    until(lambda: completer_of(send(live, until)[1]) != 'adaptive', 'the network')


def test_a_few_points_are_filled_classically_and_the_view_is_explained(live, until) -> None:
    matched_subscriptions(live, until)
    # Which of so few points the self-check keeps out depends on the stamp.
    assert live.set_parameter('self_check_share', 0.0) == ''
    stamp_ns = live.next_stamp()
    points_m = live.messages.wall()[:40]
    live.send_frame(stamp_ns, points=live.messages.points(stamp_ns, points_m=points_m))
    status = until(lambda: live.statuses.get(stamp_ns), 'the status')
    assert completer_of(status) == 'adaptive'
    assert '40 measurements in the image' in status.message
    (line,) = until(lambda: live.lines('[few_points_in_view]'), 'the log')
    assert 'got 40 of 40 points' in line
    assert "'lidar'" in line and "'camera'" in line
    # From the next frame on.
    assert live.set_parameter('min_points_in_view', 30) == ''
    stamp_ns = live.next_stamp()
    live.send_frame(stamp_ns, points=live.messages.points(stamp_ns, points_m=points_m))
    status = until(lambda: live.statuses.get(stamp_ns), 'the status')
    assert status.level == DiagnosticStatus.OK


def test_a_network_without_the_mask_it_should_be_given(start_node, weights, until) -> None:
    live = start_node(parameters={'model': weights, 'device': 'cpu', 'mask_backend': 'topic'})
    stamp_ns = live.send_frame()
    np.testing.assert_allclose(live.wait_for(stamp_ns)['depth'].pixels, 10.0, rtol=1e-4)
    assert until(lambda: live.lines('[degraded]'), 'the log')
    stamp_ns = live.next_stamp()
    live.send('mask', live.messages.mask(stamp_ns))
    live.send_frame(stamp_ns)
    live.wait_for(stamp_ns)
    assert until(lambda: live.lines('the network answers again'), 'the log')
