"""Networks as ONNX files: written, and compared with torch as other runtimes run them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn, Tensor

from mt_depth_ros.core.arrays import FloatArray
from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.core.whole_files import whole_file
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.network_input import NetworkInput
from mt_depth_ros.networks.onnx_runtimes import ExportedNetwork, exporting_package, INPUT_NAMES

OUTPUT_NAMES = ('depth_m', 'uncertainty_m', 'sky_logit')
TOLERANCE_M = 1e-3

ROUNDED_TOLERANCE = 1e-2
"""Of depth, in the mean over a frame's pixels, for a runtime that rounds to bfloat16."""

UNCERTAINTY_TOLERANCE, ROUNDED_UNCERTAINTY_TOLERANCE = 1e-2, 5e-2
"""Of the uncertainty: at any pixel, and in the mean for a runtime that rounds to bfloat16. How far
off a network is, ``mt_depth export`` prints."""

SKY_TOLERANCE, ROUNDED_SKY_TOLERANCE = 1e-3, 1e-2
"""The share of a frame's pixels where sky may change hands: few, but a network that can hardly
decide is one as well."""


class ExportCheck(NamedTuple):
    """How an exported network compares with torch.

    Attributes:
        largest_difference_m: of the depth of any pixel.
        largest_mean_share: of the depth, the mean difference of a frame.
        uncertainty_share: of the uncertainty, the difference at any pixel; of a rounded network,
            the mean difference of a frame.
        sky_share: of a frame's pixels, those where one says sky and the other does not.
        frames: compared.
    """

    largest_difference_m: float
    largest_mean_share: float
    uncertainty_share: float
    sky_share: float
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
    with whole_file(path) as unfinished:
        program.save(unfinished)


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
        CheckpointError: depth differs by more than :data:`TOLERANCE_M` at a pixel, uncertainty by
            more than :data:`UNCERTAINTY_TOLERANCE`, or sky at more than :data:`SKY_TOLERANCE` of
            a frame; of a rounded one, by more than the tolerances of such, in the mean.
    """
    found = _compared(network, exported, frames, is_rounded=is_rounded)
    if is_rounded:
        is_far_off = found.largest_mean_share > ROUNDED_TOLERANCE
        allowed, in_the_mean = f'{ROUNDED_TOLERANCE:.0%} in the mean', ' in the mean'
        uncertainty, sky = ROUNDED_UNCERTAINTY_TOLERANCE, ROUNDED_SKY_TOLERANCE
    else:
        is_far_off = found.largest_difference_m > TOLERANCE_M
        allowed, in_the_mean = f'{TOLERANCE_M:g} m', ''
        uncertainty, sky = UNCERTAINTY_TOLERANCE, SKY_TOLERANCE
    if is_far_off:
        raise _refusal(
            f'the depth that torch gives, within {allowed}',
            f'up to {found.largest_difference_m:.3g} m off in {len(frames)} frames, '
            f'{found.largest_mean_share:.2%} in the mean of the worst',
            where,
        )
    if found.uncertainty_share > uncertainty:
        raise _refusal(
            f'the uncertainty that torch gives, within {uncertainty:.0%}{in_the_mean}',
            f'{found.uncertainty_share:.2%} off in {len(frames)} frames',
            where,
        )
    if found.sky_share > sky:
        raise _refusal(
            f'sky where torch has it, but for {sky:.1%} of the pixels',
            f'another answer at {found.sky_share:.1%} of the worst of {len(frames)} frames',
            where,
        )
    return found


def _compared(
    network: DepthNetwork,
    exported: ExportedNetwork,
    frames: Sequence[NetworkInput],
    *,
    is_rounded: bool,
) -> ExportCheck:
    """The largest differences of any frame; endless where one answers no number."""
    largest_m, largest_share, uncertainty_share, sky_share = 0.0, 0.0, 0.0, 0.0
    for given in frames:
        with torch.inference_mode():
            expected = network(*given)
        answers = exported.run(given)
        expected_m = expected.depth_B1HW.numpy()
        difference_m = _difference(answers['depth_m'], expected_m)
        largest_m = max(largest_m, float(difference_m.max()))
        share = difference_m / np.maximum(expected_m, TOLERANCE_M)
        largest_share = max(largest_share, float(share.mean()))
        if expected.uncertainty_B1HW is not None:
            scale_m = expected.uncertainty_B1HW.numpy()
            share = _difference(answers['uncertainty_m'], scale_m)
            share /= np.maximum(scale_m, TOLERANCE_M)
            off = share.mean() if is_rounded else share.max()
            uncertainty_share = max(uncertainty_share, float(off))
        if expected.sky_logit_B1HW is not None:
            sky_logit = answers['sky_logit']
            differs = (sky_logit > 0.0) != (expected.sky_logit_B1HW.numpy() > 0.0)
            sky_share = max(sky_share, float((differs | np.isnan(sky_logit)).mean()))
    return ExportCheck(largest_m, largest_share, uncertainty_share, sky_share, len(frames))


def _difference(answer: FloatArray, expected: FloatArray) -> FloatArray:
    difference = np.nan_to_num(np.abs(answer - expected), nan=np.inf, posinf=np.inf)
    return np.asarray(difference, np.float32)


def _refusal(expected: str, got: str, where: str) -> CheckpointError:
    return CheckpointError(
        expected=expected,
        got=got,
        where=where,
        remedy='do not use this file; serve the .safetensors weights with torch',
    )


def _names(num_outputs: int) -> Sequence[str]:
    return OUTPUT_NAMES[:num_outputs]
