"""Which arithmetic a training step uses."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from lightning_fabric.plugins.precision.amp import MixedPrecision
import torch

Precision: TypeAlias = Literal['auto', 'float32', 'bfloat16']

_CPU_FEATURES = ('avx512_bf16', 'amx_bf16')


class BFloat16Convolutions(MixedPrecision):
    """Computes convolutions in bfloat16, of an input that stays as exact as it was measured.

    Fabric's own rounds the input too: a depth of 20 m by up to 6 cm, which no network finds again
    and none sees when it is served.

    Args:
        device: what is trained on.
    """

    def __init__(self, device: torch.device) -> None:
        super().__init__('bf16-mixed', device.type)

    def convert_input(self, data: Any) -> Any:
        """Gives the input of the network as it is."""
        return data


def uses_bfloat16(precision: Precision, device: torch.device) -> bool:
    """Whether convolutions are computed in bfloat16.

    ``auto`` uses it where it is faster: on GPUs that have it, and on CPUs with AVX512-BF16 or AMX.
    Others emulate it: on a CPU with AVX2 alone a step of ``unet`` takes ten times as long.

    Args:
        precision: what the config says.
        device: what is trained on.
    """
    if precision != 'auto':
        return precision == 'bfloat16'
    if device.type == 'cuda':
        return bool(torch.cuda.is_bf16_supported())
    if device.type != 'cpu':
        return False
    # Newer than the oldest torch that trains; without it nothing is known, so the safe choice.
    capabilities: dict[str, object] = getattr(torch.cpu, 'get_capabilities', dict)()
    return any(capabilities.get(feature) for feature in _CPU_FEATURES)
