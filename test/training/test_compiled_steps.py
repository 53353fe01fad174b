from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import shutil

import pytest
import torch

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.checkpoint import load_checkpoint
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.train import train

MakeConfig = Callable[..., TrainingConfig]

UNET = {'architecture': 'unet', 'options': {'channels': [4, 8], 'convolutions_per_stage': 1}}


@pytest.mark.skipif(shutil.which('g++') is None, reason='needs a C++ compiler')
def test_compiled_steps_learn_what_the_others_learn(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    results = []
    for is_compiled in (False, True):
        config = make_config(
            network=UNET,
            run={'epochs': 1, 'compile': is_compiled},
            optimiser={'average_decay': None},
            output=str(tmp_path / str(is_compiled)),
        )
        train(config)
        checkpoint = load_checkpoint(Path(config.output) / 'model.safetensors')
        results.append(checkpoint.network.state_dict())
    plain, compiled = results
    assert list(compiled) == list(plain)
    for name, value in plain.items():
        torch.testing.assert_close(compiled[name], value, rtol=0.0, atol=1e-3)


def test_without_a_compiler_it_says_so(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('PATH', '/nonexistent')
    monkeypatch.delenv('CXX', raising=False)
    config = make_config(run={'compile': True})
    with pytest.raises(ConfigError, match=r'run\.compile: expected a C\+\+ compiler.* got none'):
        train(config)
    assert not Path(config.output).exists()
