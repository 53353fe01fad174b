"""Which arithmetic a training step uses."""

from __future__ import annotations

import pytest
import torch

from mt_depth_ros.training.precision import Precision, uses_bfloat16

CPU = torch.device('cpu')


@pytest.mark.parametrize(('precision', 'expected'), [('float32', False), ('bfloat16', True)])
def test_a_named_precision_is_used_whatever_the_device(
    precision: Precision, *, expected: bool
) -> None:
    assert uses_bfloat16(precision, CPU) is expected


@pytest.mark.parametrize(
    ('capabilities', 'expected'),
    [
        ({'avx2': True, 'avx512_bf16': False, 'amx_bf16': False}, False),
        ({'avx2': True, 'avx512_bf16': True}, True),
        ({'amx_bf16': True}, True),
        ({}, False),
    ],
)
def test_auto_takes_bfloat16_only_on_cpus_that_compute_in_it(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], *, expected: bool
) -> None:
    monkeypatch.setattr(torch.cpu, 'get_capabilities', lambda: capabilities, raising=False)
    assert uses_bfloat16('auto', CPU) is expected


def test_auto_is_float32_where_torch_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, 'get_capabilities', raising=False)
    assert not uses_bfloat16('auto', CPU)
