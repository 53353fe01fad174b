"""The training loop, on Lightning Fabric: one process or many, on CPU or GPU.

An epoch is the unit that is done or not done. After each the whole state is on disk; a run that
was interrupted starts the epoch again and, as every draw depends on its number alone, ends as if
nothing had happened: bit for bit on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, cast

from lightning_fabric import Fabric
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from mt_depth_ros.networks.checkpoint import save_checkpoint
from mt_depth_ros.networks.checkpoint_description import Provenance
from mt_depth_ros.networks.network import DepthNetwork, in_channels_last
from mt_depth_ros.training.batch_source import BatchSource
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.epoch_speed import EpochSpeed
from mt_depth_ros.training.errors import TrainingError
from mt_depth_ros.training.examples import Example, TrainingFrames, ValidationFrames
from mt_depth_ros.training.frame_order import EpochBatches, FrameOrder
from mt_depth_ros.training.frame_source import FrameSource
from mt_depth_ros.training.losses import loss_terms
from mt_depth_ros.training.optimisation import AveragedWeights, build_optimiser
from mt_depth_ros.training.precision import uses_bfloat16
from mt_depth_ros.training.previews import preview
from mt_depth_ros.training.run_folder import PREVIEWS_FOLDER, RunFolder, source_commit
from mt_depth_ros.training.validation import ErrorSums
from mt_depth_ros.visualization.pictures import write_picture

OnProgress = Callable[[int, int, str], None]
"""Told the steps done, the steps in all and how it goes, in words."""


@dataclass(slots=True)
class Progress:
    """Where a run stands.

    Attributes:
        epoch: full epochs done.
        step: optimiser steps done.
        best_mae_m: lowest validation error so far.
        best_epoch: when.
        validations_since_best: how often it was not lower since.
        speed: of the last epoch: images a second and peak memory, by their names in the metrics.
    """

    epoch: int = 0
    step: int = 0
    best_mae_m: float = float('inf')
    best_epoch: int = 0
    validations_since_best: int = 0
    speed: dict[str, float] = field(default_factory=dict)


class Trainer:
    """One run.

    Args:
        config: what to do.
        fabric: launched.
        network: with its initial weights.
        frames: to learn from.
        folder: of the run.
        on_progress: told of every step.
    """

    def __init__(
        self,
        config: TrainingConfig,
        fabric: Fabric,
        network: DepthNetwork,
        frames: FrameSource,
        *,
        folder: RunFolder,
        on_progress: OnProgress,
    ) -> None:
        self._config, self._fabric, self._folder = config, fabric, folder
        self._on_progress = on_progress
        self._frames = frames
        self._order = FrameOrder.of_run(
            config, num_frames=len(frames.train), processes=fabric.world_size
        )
        self._batches = EpochBatches(self._order, fabric.global_rank)
        self._validation_frames = ValidationFrames(frames.validation, config)
        shared = range(fabric.global_rank, len(self._validation_frames), fabric.world_size)
        workers, on_gpu = config.data.workers, fabric.device.type == 'cuda'
        self._training = BatchSource(
            TrainingFrames(frames.train, config), self._batches, workers=workers, pinned=on_gpu
        )
        self._validation = BatchSource(
            self._validation_frames,
            [[index] for index in shared],
            workers=workers,
            pinned=on_gpu,
        )
        is_faster = (
            network.trains_channels_last
            or fabric.device.type != 'cpu'
            or uses_bfloat16(config.run.precision, fabric.device)
        )
        self._network = in_channels_last(network) if is_faster else network
        optimiser = build_optimiser(network, config.optimiser)
        # What is validated and saved is the network itself, which shares the weights.
        stepped = cast('nn.Module', torch.compile(network)) if config.run.compile else network
        self._model, self._optimiser = fabric.setup(stepped, optimiser)
        decay = config.optimiser.average_decay
        self._average = None if decay is None else AveragedWeights(network, decay)
        self.progress = Progress()
        self._tensorboard: SummaryWriter | None = None
        self._commit = source_commit()

    @property
    def num_steps(self) -> int:
        """Optimiser steps of the whole run."""
        return self._config.run.epochs * self._order.steps_per_epoch

    def fit(self) -> Progress:
        """Trains to the end, or until it gets no better.

        Raises:
            TrainingError: it cannot go on; see its message.
        """
        self._resume()
        if self._fabric.is_global_zero:
            self._tensorboard = SummaryWriter(
                str(self._folder.tensorboard), purge_step=self.progress.step + 1
            )
        try:
            while self.progress.epoch < self._config.run.epochs and not self._is_overtrained:
                self._run_epoch()
        finally:
            if self._tensorboard is not None:
                self._tensorboard.close()
        return self.progress

    @property
    def _is_overtrained(self) -> bool:
        patience = self._config.run.early_stopping_validations
        return patience is not None and self.progress.validations_since_best >= patience

    def _run_epoch(self) -> None:
        config, progress = self._config, self.progress
        self._model.train()
        self._batches.epoch = progress.epoch
        speed = EpochSpeed(self._fabric.device)
        for example in self._training:
            self._run_step(example.to(self._fabric.device))
        progress.speed = speed.metrics(self._order.images_per_epoch)
        progress.epoch += 1
        if self._fabric.is_global_zero:
            self._log(progress.speed)
        is_last = progress.epoch == config.run.epochs
        if is_last or progress.epoch % config.run.validate_every_epochs == 0:
            self._validate()
        if self._fabric.is_global_zero:
            self._folder.save_state(self._state())
        self._fabric.barrier()

    def _run_step(self, example: Example) -> None:
        progress, optimiser = self.progress, self._config.optimiser
        rate = optimiser.learning_rate_at(progress.step, self.num_steps)
        for group in self._optimiser.param_groups:
            group['lr'] = rate
        output = self._model(*example.given)
        with torch.autocast(self._fabric.device.type, enabled=False):
            terms = loss_terms(output, example.target, self._config.loss)
            loss = torch.stack(list(terms.values())).sum()
        self._optimiser.zero_grad()
        self._fabric.backward(loss)
        norm = self._fabric.clip_gradients(
            self._model,
            self._optimiser,
            max_norm=optimiser.clip_norm or float('inf'),
            error_if_nonfinite=False,
        )
        # Gradients are the mean over all processes, so all of them stop here together.
        if norm is None or not torch.isfinite(norm):
            raise self._diverged(loss, terms, rate, example)
        self._optimiser.step()
        if self._average is not None:
            self._average.update()
        progress.step += 1
        self._report({'loss': loss, **terms, 'gradient_norm': norm}, rate)

    def _report(self, values: dict[str, torch.Tensor], rate: float) -> None:
        progress = self.progress
        if not self._fabric.is_global_zero:
            return
        if progress.step % self._config.run.log_every_steps == 0:
            metrics = {f'train/{name}': value.item() for name, value in values.items()}
            self._log({**metrics, 'train/learning_rate': rate})
        text = f'epoch {progress.epoch + 1}, best {progress.best_mae_m:.3f} m'
        self._on_progress(progress.step, self.num_steps, text)

    def _log(self, metrics: dict[str, float]) -> None:
        self._folder.log(self.progress.epoch, self.progress.step, metrics)
        if self._tensorboard is not None:
            for name, value in metrics.items():
                self._tensorboard.add_scalar(name, value, self.progress.step)

    @torch.no_grad()
    def _validate(self) -> None:
        """Scores the averaged weights on all validation frames, shared among the processes."""
        self._model.eval()
        averaged = nullcontext() if self._average is None else self._average.swapped_in()
        with averaged:
            loss, sums = self._config.loss, ErrorSums.none(self._fabric.device)
            for batch in self._validation:
                example = batch.to(self._fabric.device)
                output = self._network(*example.given)  # in float32, as it is served
                sums += ErrorSums.of_batch(
                    output,
                    example,
                    max_depth_m=loss.max_depth_m,
                    sky_from_m=loss.sky_from_m,
                )
            total = self._fabric.all_reduce(sums.values, reduce_op='sum')
            metrics = ErrorSums(torch.as_tensor(total)).metrics()
            self._keep(metrics)

    def _keep(self, metrics: dict[str, float]) -> None:
        """Notes whether this is the best so far; saves the weights and draws the pictures."""
        progress = self.progress
        error_m = metrics.get('mae_m', float('nan'))
        is_better = error_m < progress.best_mae_m
        progress.validations_since_best = 0 if is_better else progress.validations_since_best + 1
        # Of equal ones the last: where depth stays as it is, something else is being learned.
        is_best = error_m <= progress.best_mae_m
        if is_best:
            progress.best_mae_m, progress.best_epoch = error_m, progress.epoch
        if not self._fabric.is_global_zero:
            return
        self._log({f'validation/{name}': value for name, value in metrics.items()})
        provenance = Provenance(
            commit=self._commit,
            date=datetime.now(timezone.utc).isoformat(timespec='seconds'),
            data=f'{len(self._frames.train)} frames of {", ".join(self._config.data.roots)}, '
            f'split {self._frames.split}, list {self._frames.hashes["train"][:16]}',
            metrics={'epoch': progress.epoch, 'step': progress.step, **metrics},
        )
        for path in [self._folder.last_weights, *([self._folder.weights] if is_best else [])]:
            self._save_weights(path, provenance)
        for index in range(min(self._config.run.previews, len(self._validation_frames))):
            self._draw_preview(index)

    def _save_weights(self, path: Any, provenance: Provenance) -> None:
        try:
            save_checkpoint(
                path,
                self._network,
                input_size=self._config.view.input_size,
                provenance=provenance,
            )
        except OSError as error:
            raise TrainingError(
                expected='to write the weights',
                got=error.strerror or str(error),
                where=str(path),
                remedy='make room, then resume: everything up to the last full epoch is there',
            ) from error

    def _draw_preview(self, index: int) -> None:
        frame = self._validation_frames.prepared(index)
        name = f'{self._config.network.architecture}, epoch {self.progress.epoch}'
        panel = preview(self._network, frame, name=name, device=self._fabric.device)
        path = self._folder.path / PREVIEWS_FOLDER / f'frame_{index}_{self.progress.epoch:04}.png'
        self._folder.guarded(path, lambda unfinished: write_picture(unfinished, panel))

    def _state(self) -> dict[str, Any]:
        progress = self.progress
        return {
            'epoch': progress.epoch,
            'step': progress.step,
            'best_mae_m': progress.best_mae_m,
            'best_epoch': progress.best_epoch,
            'validations_since_best': progress.validations_since_best,
            'network': self._network.state_dict(),
            'optimiser': self._optimiser.state_dict(),
            'average': None if self._average is None else self._average.state(),
        }

    def _resume(self) -> None:
        state = self._folder.load_state()
        if state is not None:
            self._restore(state)
        if self._fabric.is_global_zero:
            self._folder.forget_after(self.progress.step)
        self._fabric.barrier()

    def _restore(self, state: dict[str, Any]) -> None:
        self._network.load_state_dict(state.pop('network'))
        self._optimiser.load_state_dict(state.pop('optimiser'))
        average = state.pop('average')
        if self._average is not None and average is not None:
            self._average.load_state(average)
        self.progress = Progress(**state)

    def _diverged(
        self,
        loss: torch.Tensor,
        terms: dict[str, torch.Tensor],
        rate: float,
        example: Example,
    ) -> TrainingError:
        values = ', '.join(f'{name} {value.item():.4g}' for name, value in terms.items())
        return TrainingError(
            expected='finite gradients',
            got=f'loss {loss.item():.4g} ({values}) at learning rate {rate:.3g} on frames '
            f'{", ".join(example.names)}',
            where=f'epoch {self.progress.epoch + 1}, step {self.progress.step + 1}',
            remedy='no weight was changed by this step, and the state after epoch '
            f'{self.progress.epoch} is in {self._folder.path}; lower optimiser.learning_rate or '
            'set optimiser.clip_norm in a new run',
        )
