from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from mt_depth_ros.core.errors import CheckpointError
from mt_depth_ros.networks.checkpoint import save_checkpoint
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.depth_branch import load_depth_branch
from mt_depth_ros.networks.mt_depth import MTDepth
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.registry import build_network

SMALL = {'channels': (4, 8)}


def mt_depth(**options: Any) -> MTDepth:
    network = build_network('mt_depth', {**SMALL, **options})
    assert isinstance(network, MTDepth)
    return network.eval()


def saved(network: DepthNetwork, folder: Path) -> Path:
    path = folder / 'learned.safetensors'
    save_checkpoint(
        path, network, input_size=(16, 32), provenance=Provenance(commit='0', date='', data='')
    )
    return path


def learned_unet() -> DepthNetwork:
    network = build_network('unet', SMALL)
    given = torch.rand(2, 3, 16, 32), torch.rand(2, 1, 16, 32), torch.zeros(2, 1, 16, 32)
    network.train()(*given, torch.ones(2, 1, 16, 32))  # its batch norms have seen something
    return network.eval()


def test_the_initial_depth_is_that_of_the_unet_and_the_rest_stays(tmp_path: Path) -> None:
    unet, network = learned_unet(), mt_depth()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    load_depth_branch(network, saved(unet, tmp_path))
    given = torch.rand(1, 3, 16, 32), 80 * torch.rand(1, 1, 16, 32), torch.rand(1, 1, 16, 32)
    validity = torch.ones(1, 1, 16, 32)
    assert torch.equal(
        network(*given, validity).initial_depth_B1HW, unet(*given, validity).depth_B1HW
    )
    for name, tensor in network.state_dict().items():
        changes = name.startswith(('backbone.', 'initial_head.'))
        assert changes or torch.equal(tensor, before[name]), name


def test_other_options_are_named(tmp_path: Path) -> None:
    network = mt_depth(depth_scale_m=100.0)
    with pytest.raises(CheckpointError, match=r'expected a unet with the .* got depth_scale_m 80'):
        load_depth_branch(network, saved(learned_unet(), tmp_path))


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r'expected weights of a unet, .* got MTDepth'):
        load_depth_branch(mt_depth(), saved(mt_depth(), tmp_path))
