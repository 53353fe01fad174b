"""The entry to a training run."""

from __future__ import annotations

import os
from pathlib import Path
import shutil

from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from lightning_fabric.utilities.exceptions import MisconfigurationException
from lightning_fabric.utilities.rank_zero import rank_zero_only
import torch

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.processor import processor_name
from mt_depth_ros.networks.checkpoint import load_part_into, load_weights_into
from mt_depth_ros.networks.depth_branch import load_depth_branch
from mt_depth_ros.networks.mt_depth import MTDepth
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.pipeline.allocator import keep_large_blocks
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.errors import TrainingError
from mt_depth_ros.training.frame_order import FrameOrder
from mt_depth_ros.training.frame_source import open_frames
from mt_depth_ros.training.optimisation import keep_parts, train_only
from mt_depth_ros.training.precision import BFloat16Convolutions, uses_bfloat16
from mt_depth_ros.training.run_folder import RunFolder
from mt_depth_ros.training.trainer import OnProgress, Progress, Trainer

_WORKER_TROUBLE = ('DataLoader worker', 'Caught ')


def train(
    config: TrainingConfig, *, resume: bool = False, on_progress: OnProgress | None = None
) -> Progress:
    """Trains a network and leaves a run folder behind.

    Args:
        config: what to do; ``config.output`` is the folder.
        resume: go on with the run that is in the folder, after its last full epoch.
        on_progress: told of every step.

    Returns:
        Where the run ended.

    Raises:
        ConfigError: the config does not fit the data, or the run to resume.
        CheckpointError: the weights to start from do not fit.
        DataFileError: the data cannot be read.
        TrainingError: training cannot go on: it diverged, the disk is full, a worker died.
    """
    folder = RunFolder(Path(config.output).expanduser())
    frames = open_frames(config)
    # All that may refuse comes before there are other processes, so that none of them waits for
    # one that does, and before the folder is begun, so that the corrected config may use it.
    processes = config.run.devices * config.run.nodes
    FrameOrder.of_run(config, num_frames=len(frames.train), processes=processes)
    if getattr(rank_zero_only, 'rank', 0) == 0:
        folder.claim(config, frames.hashes, resume=resume)
    fabric = _fabric(config)
    if fabric.device.type == 'cpu':
        _require_compiler(config)
    network = _initial_network(config)
    fabric.launch()
    if fabric.is_global_zero:
        machine = _machine(fabric.device)
        bfloat16 = uses_bfloat16(config.run.precision, fabric.device)
        if resume:
            folder.note_resumption(machine=machine, bfloat16=bfloat16)
        else:
            folder.begin(
                config, frames.hashes, split=frames.split, machine=machine, bfloat16=bfloat16
            )
    fabric.barrier()
    if fabric.device.type == 'cpu':
        keep_large_blocks()
    trainer = Trainer(
        config,
        fabric,
        network,
        frames,
        folder=folder,
        on_progress=on_progress or _tell_nobody,
    )
    try:
        return trainer.fit()
    except (RuntimeError, ConnectionError, EOFError) as error:
        # The latter two come of a worker that ends while it hands a batch over.
        if isinstance(error, RuntimeError) and not str(error).startswith(_WORKER_TROUBLE):
            raise
        raise TrainingError(
            expected='the worker processes to prepare frames',
            got=(str(error).strip() or 'one that ended').splitlines()[-1],
            where=f'epoch {trainer.progress.epoch + 1}, after step {trainer.progress.step}',
            remedy=f'mend what it says, then resume {folder.path}: everything up to epoch '
            f'{trainer.progress.epoch} is there',
        ) from error


def _initial_network(config: TrainingConfig) -> DepthNetwork:
    """Random weights of the config's seed, or what it starts from."""
    torch.manual_seed(config.seed)
    choice = config.network
    network = build_network(choice.architecture, choice.options)
    if choice.start_from is not None:
        path = Path(choice.start_from).expanduser()
        load_weights_into(network, path, added_parts=choice.added_parts)
    for part, weights in choice.parts_from.items():
        load_part_into(network, part, Path(weights).expanduser())
    if choice.depth_branch_from is not None:
        assert isinstance(network, MTDepth)  # the config is checked
        load_depth_branch(network, Path(choice.depth_branch_from).expanduser())
    if choice.added_parts:
        train_only(network, choice.added_parts)
    if choice.kept_parts:
        keep_parts(network, choice.kept_parts)
    return network


def _fabric(config: TrainingConfig) -> Fabric:
    run = config.run
    on_gpu = run.accelerator != 'cpu' and torch.cuda.is_available()
    device = torch.device('cuda' if on_gpu else 'cpu')
    mixed = uses_bfloat16(run.precision, device)
    is_distributed = run.devices * run.nodes > 1
    try:
        return Fabric(
            accelerator=run.accelerator,
            devices=run.devices,
            num_nodes=run.nodes,
            # A network's auxiliary heads have no gradient where their loss has no weight.
            strategy=DDPStrategy(find_unused_parameters=True) if is_distributed else 'auto',
            plugins=[BFloat16Convolutions(device)] if mixed else [],
        )
    except (RuntimeError, MisconfigurationException) as error:  # what Lightning says of devices
        raise ConfigError(
            expected=f'{run.devices} of accelerator {run.accelerator}',
            got=(str(error).strip() or type(error).__name__).splitlines()[0],
            where='run.accelerator, run.devices',
            remedy=f'set them to what is there, {torch.cuda.device_count()} GPUs, '
            'or run.accelerator: cpu',
        ) from error


def _machine(device: torch.device) -> str:
    on_gpu = device.type == 'cuda'
    return torch.cuda.get_device_name(device) if on_gpu else processor_name()


def _require_compiler(config: TrainingConfig) -> None:
    compilers = (os.environ.get('CXX'), 'g++', 'clang++')
    if config.run.compile and not any(name and shutil.which(name) for name in compilers):
        raise ConfigError(
            expected='a C++ compiler: g++, clang++, or what CXX names',
            got='none',
            where='run.compile',
            remedy='install one (apt install g++), or set run.compile: false',
        )


def _tell_nobody(done: int, total: int, text: str) -> None:
    """Nobody wants to know."""
