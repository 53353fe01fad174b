"""Backends that fail: what counts as failure, when they are asked again."""

from __future__ import annotations

import pytest
import torch

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.pipeline.backend_guard import BackendGuard, BackendUnavailable
from mt_depth_ros.pipeline.retry_backoff import RetryBackoff


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def failing(error: Exception):
    def ask():
        raise error

    return ask


def test_pauses_double_from_the_second_failure_on_up_to_the_longest() -> None:
    backoff = RetryBackoff(shortest_s=1.0, longest_s=6.0, steady_s=Clock())
    assert [backoff.failed() for _ in range(6)] == [0.0, 1.0, 2.0, 4.0, 6.0, 6.0]
    backoff.worked()
    assert backoff.failed() == 0.0


def test_a_week_of_failures_does_not_overflow() -> None:
    backoff = RetryBackoff(steady_s=Clock())
    assert {backoff.failed() for _ in range(5000)} == {0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0}


def test_a_pause_ends_when_its_time_is_over() -> None:
    clock = Clock()
    backoff = RetryBackoff(steady_s=clock)
    backoff.failed()
    assert backoff.is_due
    backoff.failed()
    assert not backoff.is_due
    clock.now_s += 0.99
    assert not backoff.is_due
    clock.now_s += 0.01
    assert backoff.is_due


def test_a_resting_backend_is_not_asked_and_comes_back() -> None:
    clock = Clock()
    guard = BackendGuard('the network', RetryBackoff(steady_s=clock))
    for _ in range(2):
        with pytest.raises(BackendUnavailable, match=r'the network failed \(ValueError: broken\)'):
            guard.run(failing(ValueError('broken')))
    asked = []
    with pytest.raises(BackendUnavailable, match='next try in 1 s'):
        guard.run(lambda: asked.append(1))
    assert asked == []
    clock.now_s += 1.0
    assert guard.run(lambda: 7) == 7
    assert guard.failure is None


@pytest.mark.parametrize(
    ('error', 'reason'),
    [
        (torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 2 GiB'), 'out_of_memory'),
        (RuntimeError('[GPU] failed to allocate memory for blob'), 'out_of_memory'),
        (MemoryError(), 'out_of_memory'),
        (RuntimeError('CUDA error: an illegal memory access was encountered'), 'backend_error'),
        (TypeError('not callable'), 'backend_error'),
    ],
)
def test_failures_are_counted_by_what_was_raised(error, reason) -> None:
    guard = BackendGuard('the network', RetryBackoff())
    with pytest.raises(BackendUnavailable) as caught:
        guard.run(failing(error))
    assert caught.value.degradation.reason == reason
    assert type(error).__name__ in caught.value.degradation.text


def test_errors_of_onnx_runtime_and_openvino_count(tmp_path) -> None:
    """Their own classes, raised by themselves on a file that is no model."""
    onnxruntime = pytest.importorskip('onnxruntime', reason='needs onnxruntime')
    openvino = pytest.importorskip('openvino', reason='needs openvino')
    path = tmp_path / 'broken.onnx'
    path.write_bytes(b'this is no model')
    for load in (
        lambda: onnxruntime.InferenceSession(str(path)),
        lambda: openvino.Core().read_model(str(path)),
    ):
        with pytest.raises(BackendUnavailable) as caught:
            BackendGuard('the network', RetryBackoff()).run(load)
        assert caught.value.degradation.reason == 'backend_error'


def test_refused_input_is_not_the_backends_fault() -> None:
    guard = BackendGuard('the network', RetryBackoff())
    refusal = SensorInputError(
        reason='no_measurements', expected='some', got='none', where='input', remedy='look'
    )
    with pytest.raises(SensorInputError):
        guard.run(failing(refusal))
    assert guard.failure is None


def test_an_interrupt_is_no_failure() -> None:
    guard = BackendGuard('the network', RetryBackoff())
    with pytest.raises(KeyboardInterrupt):
        guard.run(failing(KeyboardInterrupt()))
    assert guard.failure is None


def test_only_the_first_line_of_a_long_error_is_told() -> None:
    guard = BackendGuard('the network', RetryBackoff())
    with pytest.raises(BackendUnavailable) as caught:
        guard.run(failing(RuntimeError('\n first line \nsecond line' + 'x' * 5000)))
    assert '(RuntimeError: first line)' in caught.value.degradation.text
    assert 'second' not in caught.value.degradation.text
