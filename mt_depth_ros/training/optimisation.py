"""Optimiser, learning rate over time, and the moving average of the weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import cos, pi
from typing import Literal, TypeAlias

import torch
from torch import nn, Tensor

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.checkpoint import is_of_parts

Schedule: TypeAlias = Literal['constant', 'cosine']


@dataclass(frozen=True, kw_only=True, slots=True)
class OptimiserConfig:
    """How weights change.

    Attributes:
        name: of the optimiser.
        learning_rate: the highest.
        beta2: decay of the squared gradients' mean.
        weight_decay: of ``adamw``, or the L2 penalty of ``adam``.
        warm_up_steps: steps over which the learning rate rises linearly.
        schedule: what it does afterwards; ``cosine`` falls to ``final_share`` at the last step.
        final_share: of the learning rate.
        schedule_part: which part of the schedule this run is, from 0 to 1: a training of several
            runs, each of which starts from the weights of the one before, has one schedule.
        clip_norm: largest norm of the gradient; None for any.
        average_decay: of the moving average of the weights, which is what is validated and
            saved; None: the weights themselves.

    Raises:
        ConfigError: a value out of range.
    """

    name: Literal['adam', 'adamw'] = 'adam'
    learning_rate: float = 1e-4
    beta2: float = 0.999
    weight_decay: float = 0.0
    warm_up_steps: int = 0
    schedule: Schedule = 'constant'
    final_share: float = 0.0
    schedule_part: tuple[float, float] = (0.0, 1.0)
    clip_norm: float | None = None
    average_decay: float | None = None

    def __post_init__(self) -> None:
        in_range = self.learning_rate > 0 and 0 <= self.beta2 < 1 and self.weight_decay >= 0
        in_range = in_range and self.warm_up_steps >= 0 and 0 <= self.final_share <= 1
        begin, end = self.schedule_part
        in_range = in_range and 0 <= begin < end <= 1
        in_range = in_range and (self.clip_norm is None or self.clip_norm > 0)
        in_range = in_range and (self.average_decay is None or 0 < self.average_decay < 1)
        if not in_range:
            raise ConfigError(
                expected='learning_rate > 0, beta2 in [0, 1), weight_decay >= 0, '
                'warm_up_steps >= 0, final_share in [0, 1], schedule_part with '
                '0 <= begin < end <= 1, clip_norm > 0, '
                'average_decay in (0, 1)',
                got=str(self),
                where='optimiser',
                remedy='correct the value',
            )

    def learning_rate_at(self, step: int, num_steps: int) -> float:
        """The learning rate of a step, 0 the first of ``num_steps``."""
        done = max(0, step - self.warm_up_steps) / max(1, num_steps - 1 - self.warm_up_steps)
        begin, end = self.schedule_part
        rate = self.learning_rate * self._share_at(begin + (end - begin) * min(done, 1.0))
        return rate * min(1.0, (step + 1) / max(1, self.warm_up_steps))

    def _share_at(self, progress: float) -> float:
        """Of the highest learning rate, with this share of the whole schedule done."""
        if self.schedule == 'constant':
            return 1.0
        falling = (1 + cos(pi * progress)) / 2
        return self.final_share + (1 - self.final_share) * falling


def train_only(network: nn.Module, parts: Sequence[str]) -> None:
    """Lets only the weights of these parts change, in place.

    Raises:
        ConfigError: there is no such part, or what should stay has a batch norm, which would not.
    """
    where = 'network.added_parts'
    _require_parts(network, parts, where)
    _keep(network, lambda name: not is_of_parts(name, parts), where)


def keep_parts(network: nn.Module, parts: Sequence[str]) -> None:
    """Lets all weights but those of these parts change, in place.

    Raises:
        ConfigError: as :func:`train_only`.
    """
    where = 'network.kept_parts'
    _require_parts(network, parts, where)
    _keep(network, lambda name: is_of_parts(name, parts), where)


def _require_parts(network: nn.Module, parts: Sequence[str], where: str) -> None:
    for part in parts:
        if part not in dict(network.named_modules()):
            raise ConfigError(
                expected=f'of {", ".join(name for name, _ in network.named_children())}',
                got=part,
                where=where,
                remedy='name parts that the network has with these network.options',
            )


def _keep(network: nn.Module, is_kept: Callable[[str], bool], where: str) -> None:
    for name, weights in network.named_parameters():
        weights.requires_grad_(not is_kept(name))
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d) and is_kept(name):
            raise ConfigError(
                expected='parts that stay as they are while others learn',
                got=f'a batch norm, {name}, which changes with what it sees',
                where=where,
                remedy='train the whole network',
            )


def build_optimiser(network: nn.Module, config: OptimiserConfig) -> torch.optim.Optimizer:
    """The optimiser of all weights that may change."""
    optimiser_class = torch.optim.Adam if config.name == 'adam' else torch.optim.AdamW
    return optimiser_class(
        [weights for weights in network.parameters() if weights.requires_grad],
        lr=config.learning_rate,
        betas=(0.9, config.beta2),
        weight_decay=config.weight_decay,
    )


class AveragedWeights:
    """The moving average of a network's weights.

    Until enough steps were made it forgets faster, ``(1 + n) / (10 + n)`` after n steps, so that
    the initial weights do not linger. The statistics of batch norms are averaged alike: those of
    the last few batches belong to other weights, and scatter. Counters are taken over.

    Args:
        network: whose weights; not changed but inside :meth:`swapped_in`.
        decay: in (0, 1).
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._network = network
        self._decay = decay
        self._num_updates = 0
        self._averages = {name: t.detach().clone() for name, t in network.state_dict().items()}

    @torch.no_grad()
    def update(self) -> None:
        """Takes in the weights after a step."""
        self._num_updates += 1
        decay = min(self._decay, (1 + self._num_updates) / (10 + self._num_updates))
        for name, current in self._network.state_dict().items():
            average = self._averages[name]
            if average.is_floating_point():
                average.lerp_(current, 1.0 - decay)
            else:
                average.copy_(current)

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        """The network has the averages in this context and its own weights again afterwards."""
        own = {name: t.detach().clone() for name, t in self._network.state_dict().items()}
        self._network.load_state_dict(self._averages)
        try:
            yield
        finally:
            self._network.load_state_dict(own)

    def state(self) -> dict[str, Tensor]:
        """All there is to save."""
        return {**self._averages, _COUNT: torch.tensor(self._num_updates)}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Goes on where :meth:`state` was taken."""
        self._num_updates = int(state[_COUNT])
        for name, average in self._averages.items():
            average.copy_(state[name])


_COUNT = 'number of updates'
