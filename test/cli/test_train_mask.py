from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from mt_depth_ros.cli.train_mask import train_mask
from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.kept_for_testing import SIMULATION_RECORD, TEST_SEED

app = typer.Typer()
app.command()(train_mask)


def test_a_mask_model_is_not_trained_on_the_scenes_kept_for_testing(tmp_path: Path) -> None:
    pytest.importorskip('onnx')
    pytest.importorskip('onnxruntime')
    kept, own, output = tmp_path / 'kept', tmp_path / 'own', tmp_path / 'run'
    for name in ('train', 'val'):
        for kind in ('images', 'labels'):
            (kept / kind / name).mkdir(parents=True)
        cv2.imwrite(str(kept / 'images' / name / 'a.png'), np.zeros((6, 10, 3), np.uint8))
        (kept / 'labels' / name / 'a.txt').write_text('')
    (kept / SIMULATION_RECORD).write_text(f'{{"seed": {TEST_SEED}}}')
    text = 'train: images/train\nval: images/val\nnames: {0: Car}\n'
    (kept / 'data.yaml').write_text(text)
    # A description of one's own does not hide where the images are.
    own.mkdir()
    (own / 'data.yaml').write_text(f'path: {kept}\n{text}')
    for data in (kept, kept / 'data.yaml', own):
        error = CliRunner().invoke(app, [str(data), '--output', str(output)]).exception
        assert isinstance(error, ConfigError)
        assert 'the scenes that are kept for testing' in str(error)
    assert not output.exists()
