"""From a config to the predictor it asks for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version

import torch

import mt_depth_ros
from mt_depth_ros.classical.registry import build_classical, CLASSICAL_NAMES
from mt_depth_ros.core.completion import DepthCompleter
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.model_manifest import load_model
from mt_depth_ros.pipeline.allocator import keep_large_blocks
from mt_depth_ros.pipeline.classical_fallback import ClassicalFallback, FallbackConfig
from mt_depth_ros.pipeline.exported_network import (
    exported_network,
    NetworkRuntime,
    require_runtime,
)
from mt_depth_ros.pipeline.network_completer import NetworkCompleter, NetworkGrid
from mt_depth_ros.pipeline.postprocessing import RangeConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.segmentation.build import build_segmenter
from mt_depth_ros.segmentation.config import SegmentationConfig

DEFAULT_MODEL = 'mt_depth_plus'
"""What ``auto`` means: the most accurate completer that ships."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PredictorConfig:
    """Which predictor to build.

    Attributes:
        model: ``auto``, a classical completer, a name of ``models/manifest.yaml``, or the path
            of a ``.safetensors`` file.
        device: ``auto`` (a GPU where there is one), ``cpu``, ``cuda`` or ``cuda:N``.
        grid: which grid a network runs on.
        runtime: what runs a network; what is not torch needs the CPU and the trained grid.
        segmentation: the foreground mask; its device follows ``device``.
        limits: range and sky rule.
        fallback: when a classical fill answers in a network's place, as a robot wants it; None:
            a backend's failure is an error, as an evaluation wants it.
    """

    model: str = 'auto'
    device: str = 'auto'
    grid: NetworkGrid = 'trained'
    runtime: NetworkRuntime = 'torch'
    segmentation: SegmentationConfig = field(default_factory=SegmentationConfig)
    limits: RangeConfig = field(default_factory=RangeConfig)
    fallback: FallbackConfig | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelIdentity:
    """What exactly answers, for summaries and diagnostics.

    Attributes:
        name: of the completer.
        kind: ``classical`` or the network's architecture.
        sha256: of the weights; empty for a classical completer.
        device: where it runs.
        runtime: what runs a network; empty for a classical completer.
        precision: of its arithmetic.
        version: the commit and date a network was trained at, or the package's version.
    """

    name: str
    kind: str
    sha256: str
    device: str
    precision: str = 'float32'
    runtime: str = ''
    version: str = ''


def build_predictor(config: PredictorConfig) -> tuple[DepthPredictor, ModelIdentity]:
    """Builds the predictor, with its weights verified and loaded.

    Also tunes the allocator of this process, see :mod:`mt_depth_ros.pipeline.allocator`.

    Raises:
        ConfigError: no such model or device, or the mask backend cannot be used.
        CheckpointError: the weights cannot be used.
    """
    device = resolve_device(config.device)
    keep_large_blocks()
    completer, identity = _build_completer(config, device)
    segmenter = build_segmenter(replace(config.segmentation, device=device))
    predictor = DepthPredictor(
        completer,
        segmenter,
        config.limits,
        completer_needs_mask=isinstance(completer, NetworkCompleter) and completer.uses_mask,
        is_network=isinstance(completer, NetworkCompleter),
        fallback=ClassicalFallback(config.fallback) if config.fallback is not None else None,
    )
    return predictor, identity


def resolve_device(name: str) -> str:
    """The torch device a device parameter means.

    Raises:
        ConfigError: the name is unknown or there is no such device.
    """
    if name == 'auto':
        return 'cuda' if torch.cuda.is_available() else 'cpu'
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    available = device is not None and (
        device.type == 'cpu'
        or (device.type == 'cuda' and (device.index or 0) < torch.cuda.device_count())
    )
    if not available:
        raise ConfigError(
            expected='auto, cpu, cuda or cuda:N of a GPU that is here',
            got=f'{name!r} with {torch.cuda.device_count()} CUDA devices',
            where='device',
            remedy='choose cpu, or install the CUDA build of torch and its driver',
        )
    return name


def _build_completer(config: PredictorConfig, device: str) -> tuple[DepthCompleter, ModelIdentity]:
    name = DEFAULT_MODEL if config.model == 'auto' else config.model
    if name in CLASSICAL_NAMES:
        identity = ModelIdentity(
            name=name, kind='classical', sha256='', device='cpu', version=_package_version()
        )
        return build_classical(name), identity
    checkpoint = load_model(name, other_names=('auto', *CLASSICAL_NAMES))
    run = None
    if config.runtime != 'torch':
        require_runtime(config.runtime, device=device, grid=config.grid)
        run = exported_network(
            checkpoint.network,
            sha256=checkpoint.sha256,
            size=checkpoint.description.input_size,
            runtime=config.runtime,
        )
    completer = NetworkCompleter(
        name,
        checkpoint.network,
        trained_size=checkpoint.description.input_size,
        device=device,
        grid=config.grid,
        run=run,
    )
    provenance = checkpoint.description.provenance
    identity = ModelIdentity(
        name=name,
        kind=checkpoint.description.architecture,
        sha256=checkpoint.sha256,
        device=device,
        precision='bfloat16' if config.runtime == 'openvino_bfloat16' else 'float32',
        runtime=config.runtime,
        version=f'{provenance.commit[:12]} {provenance.date}',
    )
    return completer, identity


def _package_version() -> str:
    try:
        return version(mt_depth_ros.__name__)
    except PackageNotFoundError:  # run from a source tree that was never installed
        return 'source tree'
