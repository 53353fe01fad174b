"""The mask trainer for real, on a few small drawn scenes, through the command."""

from __future__ import annotations

from importlib.util import find_spec, module_from_spec, spec_from_file_location
import os
from pathlib import Path
import subprocess
import sys

import numpy as np
import pytest
import torch

from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.segmentation.mask_training import MaskTrainingConfig, train_mask_model
from mt_depth_ros.segmentation.onnx_segmenter import OnnxSegmenter
from mt_depth_ros.segmentation.process_isolation import ultralytics_isolated

REPOSITORY = Path(__file__).parents[2]
_SPEC = spec_from_file_location('overfit_yolo', Path(__file__).with_name('overfit_yolo.py'))
assert _SPEC is not None and _SPEC.loader is not None
overfit_yolo = module_from_spec(_SPEC)
_SPEC.loader.exec_module(overfit_yolo)

NEEDED = ('ultralytics', 'matplotlib', 'polars', 'onnx', 'onnxruntime')
needs_trainer = pytest.mark.skipif(
    any(find_spec(name) is None for name in NEEDED), reason=f'needs {", ".join(NEEDED)}'
)


# The command as it is, stopped by a signal of its own once the second epoch has ended: the first
# is kept by then, whatever the machine's speed.
INTERRUPTED = """
import os, signal
from mt_depth_ros.cli.main import main
from mt_depth_ros.segmentation import mask_training

# A process started in the background by a script ignores this signal.
signal.signal(signal.SIGINT, signal.default_int_handler)
train = mask_training.train_mask_model

def interrupted(config, *, on_epoch, **options):
    def tell(epoch, losses):
        on_epoch(epoch, losses)
        if epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)
    return train(config, on_epoch=tell, **options)

mask_training.train_mask_model = interrupted
main()
"""


def train(
    folder: Path, *options: str, code: str = '', output: str = 'run'
) -> subprocess.CompletedProcess[str]:
    home = folder / 'home'
    home.mkdir(exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(('YOLO_', 'MPL', 'XDG_'))}
    program = ['-c', code] if code else ['-m', 'mt_depth_ros.cli.main']
    command = [sys.executable, *program, 'train-mask', str(folder / 'data')]
    recipe = ['--epochs=4', '--image-size=96', '--batch=4', '--threads=1', '--seed=3']
    return subprocess.run(
        [*command, f'--output={folder / output}', *recipe, *options],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**kept, 'HOME': str(home)},
        timeout=600,
        check=False,
    )


@needs_trainer
@pytest.mark.slow
def test_an_interrupted_training_goes_on_ends_with_onnx_and_does_not_run_on_nan(
    tmp_path: Path,
) -> None:
    (tmp_path / 'data').mkdir()
    overfit_yolo.write_dataset(tmp_path / 'data').rename(tmp_path / 'data/data.yaml')

    first = train(tmp_path, code=INTERRUPTED)
    assert first.returncode == 130, first.stderr
    assert 'epoch 2:' in first.stdout
    assert 'interrupted; --resume goes on' in ' '.join(first.stdout.split())
    assert not (tmp_path / 'run/mask.onnx').exists()

    refused = train(tmp_path)
    assert refused.returncode == 1
    assert 'nothing is overwritten' in ' '.join(refused.stderr.split())

    second = train(tmp_path, '--resume')
    assert second.returncode == 0, second.stderr
    assert 'epoch 4:' in second.stdout
    assert 'epoch 1:' not in second.stdout
    assert 'merged mask on the validation images: IoU' in second.stdout
    model = tmp_path / 'run/mask.onnx'
    assert model.stat().st_size < 6.5e6
    assert list((tmp_path / 'home').iterdir()) == []

    exported = model.read_bytes()
    model.unlink()
    third = train(tmp_path, '--resume')
    assert third.returncode == 0, third.stderr
    assert 'epoch' not in third.stdout
    assert model.read_bytes() == exported

    with ultralytics_isolated():
        run = torch.load(tmp_path / 'run/weights/last.pt', weights_only=False)
        next(run['model'].parameters()).data.fill_(torch.nan)
        torch.save(run, tmp_path / 'broken.pt')
    fourth = train(tmp_path, f'--weights={tmp_path / "broken.pt"}', output='second')
    assert fourth.returncode == 1
    assert 'epoch 1: expected losses that are numbers, got box_loss nan' in fourth.stderr

    image, _, _ = overfit_yolo.draw_scene(np.random.default_rng(1))
    config = SegmentationConfig(input_size=96, confidence=1e-4)
    segmentation = OnnxSegmenter(config, model).segment(image)
    assert segmentation.mask.shape == image.shape[:2]
    assert {each.class_name for each in segmentation.instances} <= {'car', 'box', 'ellipse'}


def test_there_must_be_a_run_to_resume(tmp_path: Path) -> None:
    config = MaskTrainingConfig(data=tmp_path / 'data.yaml', output=tmp_path / 'run')
    with pytest.raises(CheckpointError, match=r'last\.pt: expected an interrupted run'):
        train_mask_model(config, resume=True)


def test_without_what_the_trainer_needs_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, 'matplotlib', None)
    config = MaskTrainingConfig(data=tmp_path / 'data.yaml', output=tmp_path / 'run')
    with pytest.raises(ConfigError, match=r'matplotlib and polars .*pip install'):
        train_mask_model(config)


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        ('epochs', 0),
        ('minutes', 0.0),
        ('image_size', 100),
        ('batch', 0),
        ('learning_rate', 0.0),
        ('threads', 0),
        ('initial_weights', Path('gone.pt')),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, field: str, value: object) -> None:
    given = {'data': tmp_path, 'output': tmp_path, field: value}
    with pytest.raises(ConfigError, match=f'mask training {field}: expected'):
        MaskTrainingConfig(**given)
