"""Begins MT-Depth with a depth branch that has learned alone: its baseline, the U-Net."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.networks.checkpoint import load_checkpoint
from mt_depth_ros.networks.mt_depth import MTDepth
from mt_depth_ros.networks.unet import UNet


def load_depth_branch(network: MTDepth, path: Path) -> None:
    """Gives the depth branch (section 3.2) and its initial depth the weights of a U-Net.

    Args:
        network: changed in place; the mask's attention, the fusion and the head keep theirs.
        path: the weights file of a ``unet`` of the same options.

    Raises:
        CheckpointError: as :func:`checkpoint.load_checkpoint`, or it is another architecture or
            has other options.
    """
    given = load_checkpoint(path).network
    if not isinstance(given, UNet):
        raise CheckpointError(
            expected='weights of a unet, the depth branch alone',
            got=type(given).__name__,
            where=str(path),
            remedy='train one by config/train_unet.yaml, or leave network.depth_branch_from out',
        )
    own = asdict(network.config)
    differing = [f'{k} {v}' for k, v in asdict(given.config).items() if own[k] != v]
    if differing:
        raise CheckpointError(
            expected='a unet with the options of the network it becomes a part of',
            got=', '.join(differing),
            where=str(path),
            remedy='set the same network.options, or train the unet with those of the network',
        )
    network.backbone.load_state_dict(given.backbone.state_dict())
    network.initial_head.load_state_dict(given.depth_head.state_dict())
