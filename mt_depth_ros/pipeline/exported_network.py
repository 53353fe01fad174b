"""Networks run by OpenVINO or ONNX Runtime in torch's place.

A network is exported the first time it is served and the file is kept in the user's cache; the
weights alone ship.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
import logging
import os
from pathlib import Path
import tempfile
from typing import Literal, TypeAlias

import numpy as np
import torch

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.user_cache import cache_folder
from mt_depth_ros.networks.made_up_input import made_up_input
from mt_depth_ros.networks.network import DepthNetwork, NetworkOutput
from mt_depth_ros.networks.network_input import NetworkInput
from mt_depth_ros.networks.onnx_export import check_export, export_onnx, OUTPUT_NAMES
from mt_depth_ros.networks.onnx_runtimes import (
    exact_runtime,
    ExactRuntime,
    ExportedNetwork,
    load_onnx,
    require_bfloat16,
    Runtime,
)

NetworkRuntime: TypeAlias = Literal['torch', 'openvino', 'openvino_bfloat16', 'onnxruntime']
RunNetwork: TypeAlias = Callable[[NetworkInput], NetworkOutput]

_EXPORTERS = ('onnx', 'onnxscript')
_CLOSE = 1e-2
"""Rounding stays below it; other weights or a change of the network's code do not."""

logger = logging.getLogger(__name__)


def require_runtime(runtime: Runtime, *, device: str, grid: str) -> None:
    """Checks that a runtime is installed and can run what is asked of it.

    Args:
        runtime: which.
        device: torch device; these runtimes are for the CPU.
        grid: which grid the network runs on; an export is for one size, so not the camera's.

    Raises:
        ConfigError: it is not, or cannot.
    """
    packages = (exact_runtime(runtime), *_EXPORTERS)
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise ConfigError(
            expected=f'the packages {", ".join(packages)}',
            got=f'no {", no ".join(missing)}',
            where='network runtime',
            remedy="pip install 'mt_depth_ros[export]', or choose torch",
        )
    if device != 'cpu' or grid != 'trained':
        raise ConfigError(
            expected=f'the CPU and the trained grid for {runtime}',
            got=f'device {device}, grid {grid}',
            where='network runtime',
            remedy='choose torch',
        )
    if runtime == 'openvino_bfloat16':
        require_bfloat16()


def exported_network(
    network: DepthNetwork, *, sha256: str, size: tuple[int, int], runtime: Runtime
) -> RunNetwork:
    """Gives what runs a network in a runtime; exports it unless that was done before.

    Args:
        network: with its weights, on the CPU.
        sha256: of the weights, by which the kept file is found again.
        size: (height, width) it will run on.
        runtime: which.

    Raises:
        CheckpointError: the runtime answers otherwise than torch.
        ConfigError: the runtime is not installed.
    """
    network = network.eval()
    name = f'{sha256[:16]}_{size[0]}x{size[1]}.onnx'
    folder = _writable(cache_folder() / 'onnx')
    exact = exact_runtime(runtime)
    if folder is not None:
        exported = _kept_or_exported(network, folder / name, size, exact)
        return _as_output(_as_wanted(network, exported, folder / name, size, runtime))
    with tempfile.TemporaryDirectory(prefix='mt_depth_onnx_') as elsewhere:
        path = Path(elsewhere) / name
        exported = _export(network, path, size, exact)
        return _as_output(_as_wanted(network, exported, path, size, runtime))


def _writable(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _as_wanted(
    network: DepthNetwork,
    exported: ExportedNetwork,
    path: Path,
    size: tuple[int, int],
    runtime: Runtime,
) -> ExportedNetwork:
    """What was found right, or it in bfloat16 if that was asked for and is nearly so."""
    if runtime == exact_runtime(runtime):
        return exported
    rounded = load_onnx(path, runtime, threads=torch.get_num_threads())
    given = [made_up_input(size, seed=0)]
    check_export(network, rounded, given, where=str(path), is_rounded=True)
    return rounded


def _kept_or_exported(
    network: DepthNetwork, path: Path, size: tuple[int, int], runtime: ExactRuntime
) -> ExportedNetwork:
    if path.is_file():
        kept = _loaded(path, runtime)
        if kept is not None and _answers_alike(network, kept, size):
            return kept
        logger.warning('%s does not answer as the network does; it is exported anew', path)
    return _export(network, path, size, runtime)


def _export(
    network: DepthNetwork, path: Path, size: tuple[int, int], runtime: ExactRuntime
) -> ExportedNetwork:
    logger.info('exporting the network for %s, once: %s', runtime, path)
    unfinished = path.with_name(f'{os.getpid()}-{path.name}')  # two nodes may start together
    try:
        export_onnx(network, unfinished, input_size=size)
        exported = load_onnx(unfinished, runtime, threads=torch.get_num_threads())
        check_export(network, exported, [made_up_input(size, seed=0)], where=str(path))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return exported


def _loaded(path: Path, runtime: ExactRuntime) -> ExportedNetwork | None:
    """A kept file; None where it is damaged."""
    try:
        return load_onnx(path, runtime, threads=torch.get_num_threads())
    except ConfigError:
        raise
    except Exception as error:
        logger.warning('%s cannot be loaded: %s', path, error)
        return None


def _answers_alike(
    network: DepthNetwork, exported: ExportedNetwork, size: tuple[int, int]
) -> bool:
    """Whether a kept file is of this network's weights and of this version of its code.

    That of a LiDAR's frames, too: they go through rules that random points never reach.
    """
    return all(
        _answers_frame_alike(network, exported, made_up_input(size, seed=0, in_lines=in_lines))
        for in_lines in (False, True)
    )


def _answers_frame_alike(
    network: DepthNetwork, exported: ExportedNetwork, given: NetworkInput
) -> bool:
    with torch.inference_mode():
        output = network(*given)
    expected = (output.depth_B1HW, output.uncertainty_B1HW, output.sky_logit_B1HW)
    try:
        answers = exported.run(given)
    # What one of another input raises differs from runtime to runtime.
    except Exception as error:
        logger.warning('a kept network cannot be run: %s', error)
        return False
    return all(
        answer is None
        if tensor is None
        else answer is not None and np.allclose(answer, tensor.numpy(), rtol=_CLOSE, atol=_CLOSE)
        for tensor, answer in zip(expected, map(answers.get, OUTPUT_NAMES), strict=True)
    )


def _as_output(exported: ExportedNetwork) -> RunNetwork:
    def run(given: NetworkInput) -> NetworkOutput:
        """What the network in torch would answer."""
        answers = exported.run(given)
        depth, uncertainty, sky = (
            torch.from_numpy(answers[name]) if name in answers else None for name in OUTPUT_NAMES
        )
        assert depth is not None
        return NetworkOutput(depth_B1HW=depth, uncertainty_B1HW=uncertainty, sky_logit_B1HW=sky)

    return run
