"""Trains YOLO11n-seg through ultralytics.

ultralytics is AGPL-3.0 and optional, and so is what is trained with it. Beside
``yolo_segmenter.py`` this is the only file that imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import math
from pathlib import Path
from typing import Any, TypeAlias

import torch

from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.segmentation.process_isolation import (
    torchvision_or_stand_in,
    ultralytics_isolated,
)
from mt_depth_ros.segmentation.yolo_segmenter import INSTALL

ARCHITECTURE = 'yolo11n-seg.yaml'
BATCH_NORM_MOMENTUM = 0.1  # ultralytics' 0.03 averages over more steps than a short training has
TellEpoch: TypeAlias = Callable[[int, dict[str, float]], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskTrainingConfig:
    """How a mask model is trained.

    Attributes:
        data: the dataset's ``data.yaml``.
        output: folder of the run.
        epochs: times that every image is seen.
        minutes: train so long, with as many epochs as fit, in place of ``epochs``.
        image_size: the image's longer side in the model, pixels; a multiple of 32.
        batch: images a step.
        learning_rate: of AdamW, before its cosine decay.
        seed: of weights, order and augmentation.
        one_image_size: all images are equally large, so they are trained without padding to a
            square; else four are put together to fill one.
        initial_weights: a ``.pt`` file to start from; None: random weights.
        device: ``cpu`` or the number of a GPU.
        threads: of torch on the CPU.
        bfloat16: mixed precision on the CPU: about twice as fast where the CPU knows it.
    """

    data: Path
    output: Path
    epochs: int = 30
    minutes: float | None = None
    image_size: int = 640
    batch: int = 8
    learning_rate: float = 2e-3
    seed: int = 0
    one_image_size: bool = True
    initial_weights: Path | None = None
    device: str = 'cpu'
    threads: int = 1
    bfloat16: bool = False

    def __post_init__(self) -> None:
        self._require('epochs', self.epochs >= 1, 'at least 1')
        self._require('minutes', self.minutes is None or self.minutes > 0, 'above 0')
        sides = self.image_size % 32 == 0 and 64 <= self.image_size <= 4096
        self._require('image_size', sides, 'a multiple of 32, 64 to 4096')
        self._require('batch', self.batch >= 1, 'at least 1')
        self._require('learning_rate', 0.0 < self.learning_rate < 1.0, 'a number in (0, 1)')
        self._require('threads', self.threads >= 1, 'at least 1')
        weights = self.initial_weights
        exists = weights is None or (weights.suffix == '.pt' and weights.is_file())
        self._require('initial_weights', exists, 'a .pt file that is there')

    def _require(self, field: str, holds: bool, expected: str) -> None:
        if not holds:
            raise ConfigError(
                expected=expected,
                got=str(getattr(self, field)),
                where=f'mask training {field}',
                remedy=f'change {field}',
            )

    @property
    def last_weights(self) -> Path:
        """The weights after the last full epoch, with all that resuming needs."""
        return self.output / 'weights' / 'last.pt'


def train_mask_model(
    config: MaskTrainingConfig,
    *,
    resume: bool = False,
    on_step: Callable[[int, int], None] | None = None,
    on_epoch: TellEpoch | None = None,
) -> Path:
    """Trains a model; an interrupted run goes on after its last full epoch.

    To resume a run that is complete gives its weights.

    Args:
        config: how; a resumed run keeps the epochs, batch, rates and seed that it began with.
        resume: go on with the run in ``config.output``.
        on_step: called with (steps done, steps in all).
        on_epoch: called with the epoch, from 1, and its mean losses.

    Returns:
        The ``.pt`` file: averaged weights after the last epoch.

    Raises:
        ConfigError: ultralytics or what its trainer needs is not there.
        CheckpointError: there is no run to resume, or it diverged.
    """
    if resume and not config.last_weights.is_file():
        raise CheckpointError(
            expected='an interrupted run',
            got='no such file',
            where=str(config.last_weights),
            remedy='start it without --resume; the first epoch has to end before it can go on',
        )
    with ultralytics_isolated():
        trainer_class, non_max_suppression = _import_trainer()
        with torchvision_or_stand_in(non_max_suppression):
            if resume and _is_complete(config.last_weights):
                return config.last_weights
            threads = torch.get_num_threads()
            try:
                _train(trainer_class, config, resume, on_step, on_epoch)
            finally:
                torch.set_num_threads(threads)
    return config.last_weights


def _train(
    trainer_class: Any,
    config: MaskTrainingConfig,
    resume: bool,
    on_step: Callable[[int, int], None] | None,
    on_epoch: TellEpoch | None,
) -> None:
    trainer = trainer_class(overrides=_overrides(config, resume=resume))

    def start(trainer: Any) -> None:
        """Sets what the trainer has no option for, before the first step."""
        torch.set_num_threads(config.threads)  # ultralytics sets its own number
        for layer in trainer.model.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.momentum = BATCH_NORM_MOMENTUM
        if config.bfloat16:
            _forward_in_bfloat16(trainer.model)

    steps_done = 0

    def step(trainer: Any) -> None:
        nonlocal steps_done
        steps_done += 1
        steps = len(trainer.train_loader)
        if on_step is not None:
            on_step(trainer.start_epoch * steps + steps_done, trainer.epochs * steps)

    def epoch_end(trainer: Any) -> None:
        losses = {name: float(value) for name, value in trainer.tloss.items()}
        if not all(math.isfinite(value) for value in losses.values()):
            raise _diverged(losses, trainer.epoch + 1, config)
        if on_epoch is not None:
            on_epoch(trainer.epoch + 1, losses)

    trainer.add_callback('on_train_start', start)
    trainer.add_callback('on_train_batch_end', step)
    trainer.add_callback('on_train_epoch_end', epoch_end)
    trainer.train()


def _is_complete(weights: Path) -> bool:
    """Whether the run that left these weights had no epoch left to do."""
    run = torch.load(weights, map_location='cpu', weights_only=False)
    # Of a complete run ultralytics leaves the weights alone, as epoch -1.
    return bool(run['epoch'] < 0 or run['epoch'] + 1 >= run['train_args']['epochs'])


def _diverged(losses: dict[str, float], epoch: int, config: MaskTrainingConfig) -> CheckpointError:
    kept = config.last_weights.is_file()
    return CheckpointError(
        expected='losses that are numbers',
        got=', '.join(f'{name} {value:g}' for name, value in losses.items()),
        where=f'mask training epoch {epoch}',
        remedy='choose another --seed or other --weights, or leave out --bfloat16'
        + ('; --resume goes on after the epoch before it' if kept else ''),
    )


def _forward_in_bfloat16(model: Any) -> None:
    """Convolves in bfloat16 on the CPU, as ultralytics does on GPUs only; losses stay float32.

    Only this instance changes: the averaged copy, which is saved, was made before.
    """
    predict = model.predict

    def in_bfloat16(*given: Any, **options: Any) -> Any:
        with torch.autocast('cpu', torch.bfloat16):
            return _to_float32(predict(*given, **options))

    model.predict = in_bfloat16


def _to_float32(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.float()
    if isinstance(value, dict):
        return {key: _to_float32(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_to_float32(each) for each in value)
    return value


def _overrides(config: MaskTrainingConfig, *, resume: bool) -> dict[str, Any]:
    """The recipe in the words of ultralytics."""
    last = str(config.last_weights)
    return {
        'model': last if resume else ARCHITECTURE,
        'resume': last if resume else False,
        'pretrained': str(config.initial_weights) if config.initial_weights else False,
        'data': str(config.data),
        'project': str(config.output.parent), 'name': config.output.name, 'exist_ok': True,
        'epochs': config.epochs, 'time': config.minutes / 60 if config.minutes else None,
        'imgsz': config.image_size, 'batch': config.batch,
        'nbs': config.batch, 'optimizer': 'AdamW', 'lr0': config.learning_rate, 'lrf': 0.02,
        'cos_lr': True, 'warmup_epochs': min(2.0, config.epochs / 10), 'seed': config.seed,
        # Padding to a square would waste two thirds of a wide image; padding-free batches cannot
        # be mosaics.
        'rect': config.one_image_size, 'mosaic': 0.0 if config.one_image_size else 1.0,
        'close_mosaic': max(1, config.epochs // 10), 'scale': 0.5, 'translate': 0.1,
        'fliplr': 0.5, 'hsv_h': 0.02, 'hsv_s': 0.6, 'hsv_v': 0.5,
        'device': config.device, 'amp': False,
        'workers': 0 if config.device == 'cpu' else 8,
        # Validated once, at the end: here and by the merged mask it is used for.
        'val': False, 'plots': False, 'patience': 0,
    }  # fmt: skip


def _import_trainer() -> tuple[Any, Callable[..., Any]]:
    try:
        import matplotlib
        import polars
        from ultralytics.models.yolo.segment import SegmentationTrainer
        from ultralytics.utils.nms import TorchNMS
    except ImportError as error:
        raise ConfigError(
            expected='ultralytics, and matplotlib and polars to train with it',
            got=str(error),
            where='mask training',
            remedy=f"install them with {INSTALL} and pip install 'mt_depth_ros[train,export]'",
        ) from error
    del matplotlib, polars
    return SegmentationTrainer, TorchNMS.nms
