"""What runs an exported network in torch's place, on a CPU."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from mt_depth_ros.core.arrays import FloatArray
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.optional_packages import import_optional
from mt_depth_ros.networks.network_input import NetworkInput

ExactRuntime: TypeAlias = Literal['onnxruntime', 'openvino']
Runtime: TypeAlias = Literal['onnxruntime', 'openvino', 'openvino_bfloat16']

INPUT_NAMES = ('image', 'sparse_depth_m', 'mask', 'validity')


class ExportedNetwork(Protocol):
    """An ONNX file, ready to run."""

    def run(self, given: NetworkInput) -> dict[str, FloatArray]:
        """Runs one frame; gives (1, 1, H, W) float32 by output name."""


def load_onnx(path: Path, runtime: Runtime, *, threads: int) -> ExportedNetwork:
    """Loads an ONNX file.

    Args:
        path: the file.
        runtime: what runs it, on the CPU in float32; ``openvino_bfloat16`` rounds what goes into
            convolutions to bfloat16. Where measurements are and how deep never goes through one
            on its way to the answer, and stays float32.
        threads: it may use.

    Raises:
        ConfigError: the runtime is not installed, or the CPU does not compute in bfloat16.
    """
    if runtime == 'onnxruntime':
        return _OnnxRuntime(path, threads)
    if runtime == 'openvino':
        return _OpenVino(path, threads, precision='f32')
    require_bfloat16()
    return _OpenVino(path, threads, precision='bf16')


def exact_runtime(runtime: Runtime) -> ExactRuntime:
    """The runtime that does the same without rounding; its name is that of its package."""
    return 'openvino' if runtime == 'openvino_bfloat16' else runtime


def has_bfloat16() -> bool:
    """Whether OpenVINO is there and computes in bfloat16 on this CPU."""
    if find_spec('openvino') is None:
        return False
    return 'BF16' in _openvino().Core().get_property('CPU', 'OPTIMIZATION_CAPABILITIES')


def require_bfloat16() -> None:
    """Raises a :class:`ConfigError` where this CPU has no bfloat16."""
    if not has_bfloat16():
        raise ConfigError(
            expected='a CPU that computes in bfloat16 (avx512_bf16 or amx_bf16)',
            got='one that does not',
            where='network runtime openvino_bfloat16',
            remedy='choose openvino',
        )


class _OnnxRuntime:
    def __init__(self, path: Path, threads: int) -> None:
        runtime = exporting_package('onnxruntime', ORT_DISABLE_TELEMETRY='1')
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
    def __init__(self, path: Path, threads: int, *, precision: Literal['f32', 'bf16']) -> None:
        options = {'INFERENCE_NUM_THREADS': threads, 'INFERENCE_PRECISION_HINT': precision}
        self._model: Any = _openvino().Core().compile_model(str(path), 'CPU', options)
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


def _openvino() -> Any:
    return exporting_package('openvino', CI='true')  # what keeps its import from phoning home


def exporting_package(name: str, **environment: str) -> ModuleType:
    """Imports a package of the extra ``export``.

    Raises:
        ConfigError: it is not installed.
    """
    return import_optional(
        name, where='ONNX export', remedy="pip install 'mt_depth_ros[export]'", **environment
    )
