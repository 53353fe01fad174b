"""Networks as ONNX files: written, and compared with torch as other runtimes run them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn, Tensor

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.network_input import NetworkInput
from mt_depth_ros.networks.onnx_runtimes import ExportedNetwork, exporting_package, INPUT_NAMES

OUTPUT_NAMES = ('depth_m', 'uncertainty_m', 'sky_logit')
TOLERANCE_M = 1e-3

ROUNDED_TOLERANCE = 1e-2
"""Of depth, in the mean over a frame's pixels, for a runtime that rounds to bfloat16."""


class ExportCheck(NamedTuple):
    """How an exported network compares with torch.

    Attributes:
        largest_difference_m: of the depth of any pixel.
        largest_mean_share: of the depth, the mean difference of a frame.
        frames: compared.
    """

    largest_difference_m: float
    largest_mean_share: float
    frames: int


class _Answers(nn.Module):
    """The outputs a robot uses, as the tuple that ONNX wants."""

    def __init__(self, network: DepthNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        output = self.network(*given)
        answers = (output.depth_B1HW, output.uncertainty_B1HW, output.sky_logit_B1HW)
        return tuple(answer for answer in answers if answer is not None)


def export_onnx(network: DepthNetwork, path: Path, *, input_size: tuple[int, int]) -> None:
    """Writes a network as one ONNX file for batches of one frame.

    Inputs are those of :meth:`DepthNetwork.forward` by the names :data:`INPUT_NAMES`, less those
    the network does not look at; outputs are those of :data:`OUTPUT_NAMES` that it has.

    Args:
        network: put into evaluation mode, on the CPU.
        path: the file; complete or not there at all.
        input_size: (height, width), pixels.

    Raises:
        ConfigError: the exporter is not installed.
    """
    for name in ('onnx', 'onnxscript'):
        exporting_package(name)
    height, width = input_size
    given = tuple(torch.zeros(1, channels, height, width) for channels in (3, 1, 1, 1))
    answers = _Answers(network).eval()
    with torch.no_grad():
        num_outputs = len(answers(*given))
    program = torch.onnx.export(
        answers,
        given,
        dynamo=True,
        verbose=False,
        input_names=INPUT_NAMES,
        output_names=_names(num_outputs),
    )
    if program is None:
        raise ValueError('torch gave no program to save')
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f'unfinished-{path.name}')
    program.save(unfinished)
    unfinished.replace(path)


def check_export(
    network: DepthNetwork,
    exported: ExportedNetwork,
    frames: Sequence[NetworkInput],
    *,
    where: str,
    is_rounded: bool = False,
) -> ExportCheck:
    """Compares an exported network with torch.

    Args:
        network: in evaluation mode, on the CPU.
        exported: what was made of it.
        frames: batches of one.
        where: the file, for the error.
        is_rounded: whether it runs in bfloat16.

    Raises:
        CheckpointError: depth differs by more than :data:`TOLERANCE_M` at a pixel; of a rounded
            one, by more than :data:`ROUNDED_TOLERANCE` in the mean.
    """
    largest_m, largest_share = 0.0, 0.0
    for given in frames:
        with torch.inference_mode():
            expected_m = network(*given).depth_B1HW.numpy()
        difference_m = np.abs(exported.run(given)['depth_m'] - expected_m)
        difference_m = np.nan_to_num(difference_m, nan=np.inf)
        largest_m = max(largest_m, float(difference_m.max()))
        share = difference_m / np.maximum(expected_m, TOLERANCE_M)
        largest_share = max(largest_share, float(share.mean()))
    if largest_share > ROUNDED_TOLERANCE if is_rounded else largest_m > TOLERANCE_M:
        allowed = f'{ROUNDED_TOLERANCE:.0%} in the mean' if is_rounded else f'{TOLERANCE_M:g} m'
        raise CheckpointError(
            expected=f'the depth that torch gives, within {allowed}',
            got=f'up to {largest_m:.3g} m off in {len(frames)} frames, {largest_share:.2%} in the '
            'mean of the worst',
            where=where,
            remedy='do not use this file; serve the .safetensors weights with torch',
        )
    return ExportCheck(largest_m, largest_share, len(frames))


def _names(num_outputs: int) -> Sequence[str]:
    return OUTPUT_NAMES[:num_outputs]
