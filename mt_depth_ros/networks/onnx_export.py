"""Networks as ONNX files: written, run by other runtimes, and compared with torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
import torch
from torch import nn, Tensor

from mt_depth_ros.core.arrays import FloatArray
from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.core.optional_packages import import_optional
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.network_input import NetworkInput

Runtime: TypeAlias = Literal['onnxruntime', 'openvino']

INPUT_NAMES = ('image', 'sparse_depth_m', 'mask', 'validity')
OUTPUT_NAMES = ('depth_m', 'uncertainty_m', 'sky_logit')
TOLERANCE_M = 1e-3


class ExportCheck(NamedTuple):
    """How an exported network compares with torch.

    Attributes:
        largest_difference_m: of the depth of any pixel.
        frames: compared.
    """

    largest_difference_m: float
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
        _imported(name)
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


class ExportedNetwork(Protocol):
    """An ONNX file, ready to run."""

    def run(self, given: NetworkInput) -> dict[str, FloatArray]:
        """Runs one frame; gives (1, 1, H, W) float32 by output name."""


def load_onnx(path: Path, runtime: Runtime, *, threads: int) -> ExportedNetwork:
    """Loads an ONNX file.

    Args:
        path: the file.
        runtime: what runs it, on the CPU in float32.
        threads: it may use.

    Raises:
        ConfigError: the runtime is not installed.
    """
    return _OnnxRuntime(path, threads) if runtime == 'onnxruntime' else _OpenVino(path, threads)


def check_export(
    network: DepthNetwork, exported: ExportedNetwork, frames: Sequence[NetworkInput], *, where: str
) -> ExportCheck:
    """Compares an exported network with torch.

    Args:
        network: in evaluation mode, on the CPU.
        exported: what was made of it.
        frames: batches of one.
        where: the file, for the error.

    Raises:
        CheckpointError: depth differs by more than :data:`TOLERANCE_M` at a pixel.
    """
    largest = 0.0
    for given in frames:
        with torch.inference_mode():
            expected = network(*given).depth_B1HW.numpy()
        difference = np.abs(exported.run(given)['depth_m'] - expected)
        largest = max(largest, float(np.nan_to_num(difference, nan=np.inf).max()))
    if largest > TOLERANCE_M:
        raise CheckpointError(
            expected=f'the depth that torch gives, within {TOLERANCE_M:g} m',
            got=f'up to {largest:.3g} m off in {len(frames)} frames',
            where=where,
            remedy='do not use this file; serve the .safetensors weights with torch',
        )
    return ExportCheck(largest, len(frames))


class _OnnxRuntime:
    def __init__(self, path: Path, threads: int) -> None:
        runtime = _imported('onnxruntime', ORT_DISABLE_TELEMETRY='1')
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session: Any = runtime.InferenceSession(
            str(path), options, providers=['CPUExecutionProvider']
        )
        self._inputs = {each.name for each in self._session.get_inputs()}
        self._outputs = [each.name for each in self._session.get_outputs()]

    def run(self, given: NetworkInput) -> dict[str, FloatArray]:
        answers = self._session.run(self._outputs, _arrays(given, self._inputs))
        return dict(zip(self._outputs, answers, strict=True))


class _OpenVino:
    def __init__(self, path: Path, threads: int) -> None:
        runtime = _imported('openvino', CI='true')  # what keeps its import from phoning home
        # Its bfloat16 would also round the pixel coordinates of the nearest measurement.
        options = {'INFERENCE_NUM_THREADS': threads, 'INFERENCE_PRECISION_HINT': 'f32'}
        self._model: Any = runtime.Core().compile_model(str(path), 'CPU', options)
        self._request: Any = self._model.create_infer_request()
        self._inputs = {each.get_any_name() for each in self._model.inputs}
        self._outputs = [each.get_any_name() for each in self._model.outputs]

    def run(self, given: NetworkInput) -> dict[str, FloatArray]:
        answers = self._request.infer(_arrays(given, self._inputs))
        return {name: np.array(answers[name]) for name in self._outputs}


def _arrays(given: NetworkInput, wanted: set[str]) -> dict[str, FloatArray]:
    return {
        name: np.ascontiguousarray(tensor.numpy())
        for name, tensor in zip(INPUT_NAMES, given, strict=True)
        if name in wanted
    }


def _names(num_outputs: int) -> Sequence[str]:
    return OUTPUT_NAMES[:num_outputs]


def _imported(name: str, **environment: str) -> ModuleType:
    return import_optional(
        name, where='ONNX export', remedy="pip install 'mt_depth_ros[export]'", **environment
    )
