"""The mean of several weights of one network.

Trainings that go on from the same weights end in one basin of the loss, and the mean of where
they end is often better than each, at the cost of none (Wortsman et al., Model soups, arXiv
2203.05482). Running statistics of batch normalisation are averaged, too, which is near, not exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import float64, Tensor

from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.networks.checkpoint import (
    Checkpoint,
    load_checkpoint,
    load_weights_into,
    save_checkpoint,
)
from mt_depth_ros.networks.checkpoint_description import Provenance


@dataclass(frozen=True, kw_only=True, slots=True)
class Averaged:
    """What an average was made of.

    Attributes:
        sha256: of the weights file written.
        differing: settings that the checkpoints disagree on -> their values, in order; the first
            is what was written.
    """

    sha256: str
    differing: dict[str, list[Any]]


def average_weights(
    paths: Sequence[Path], output: Path, *, shares: Sequence[float] | None = None
) -> Averaged:
    """Writes the mean of the weights of one architecture, with the config of the first.

    Args:
        paths: two or more ``.safetensors`` files, each with its ``.json`` beside it.
        output: the ``.safetensors`` file to write.
        shares: how much each counts, above 0; they are scaled to sum to 1. None: all alike.

    Raises:
        CheckpointError: weights cannot be read or differ in architecture, tensors or input size.
        ConfigError: fewer than two paths, or shares that are not one positive number for each.
    """
    if len(paths) < 2:
        raise ConfigError(
            expected='two files or more',
            got=str(len(paths)),
            where='weights to average',
            remedy='name the weights of each training',
        )
    parts = _normalised(shares or [1.0] * len(paths), len(paths))
    checkpoints = [load_checkpoint(path) for path in paths]
    first = checkpoints[0]
    for other in checkpoints[1:]:
        _require_same_network(first, other)
    states = [each.network.state_dict() for each in checkpoints]
    mean = {name: _mean([state[name] for state in states], parts) for name in states[0]}
    first.network.load_state_dict(mean)
    sha256 = save_checkpoint(
        output,
        first.network,
        input_size=first.description.input_size,
        provenance=_joined([each.description.provenance for each in checkpoints], parts),
    )
    return Averaged(sha256=sha256, differing=_differing(checkpoints))


def _normalised(shares: Sequence[float], count: int) -> list[float]:
    if len(shares) != count or not all(0 < share < float('inf') for share in shares):
        raise ConfigError(
            expected=f'{count} numbers above 0',
            got=str(list(shares)),
            where='shares of the weights',
            remedy='give one for each file, or none',
        )
    return [share / sum(shares) for share in shares]


def _require_same_network(first: Checkpoint, other: Checkpoint) -> None:
    for what, wanted, got in (
        ('architecture', first.description.architecture, other.description.architecture),
        ('input size', first.description.input_size, other.description.input_size),
    ):
        if wanted != got:
            raise CheckpointError(
                expected=f'{what} {wanted}, as that of {first.path}',
                got=str(got),
                where=str(other.path),
                remedy='average weights of one network alone',
            )
    load_weights_into(load_checkpoint(first.path).network, other.path)  # names what does not fit


def _mean(tensors: Sequence[Tensor], parts: Sequence[float]) -> Tensor:
    """In double precision; counters are the first's."""
    first = tensors[0]
    if not first.is_floating_point():
        return first
    total = sum(part * tensor.to(float64) for part, tensor in zip(parts, tensors, strict=True))
    assert isinstance(total, Tensor)
    return total.to(first.dtype)


def _joined(provenances: Sequence[Provenance], parts: Sequence[float]) -> Provenance:
    """Of all of them; their metrics are not those of the mean."""
    shares = ', '.join(f'{part:.3g}' for part in parts)
    return Provenance(
        commit=', '.join(dict.fromkeys(each.commit for each in provenances)),
        date=max(each.date for each in provenances),
        data=f'mean of weights, shares {shares}: '
        + '; '.join(dict.fromkeys(each.data for each in provenances)),
    )


def _differing(checkpoints: Sequence[Checkpoint]) -> dict[str, list[Any]]:
    configs = [each.description.config for each in checkpoints]
    return {
        name: [config.get(name) for config in configs]
        for name in configs[0]
        if any(config.get(name) != configs[0][name] for config in configs)
    }
