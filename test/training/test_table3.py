from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mt_depth_ros.cli.table3 import table3

CONFIG = """\
output: unused
network: {architecture: mt_depth, options: {channels: [4, 8], prefill: nearest}}
data: {roots: [unused], split: random80, validation_part: test, workers: 0}
view: {input_size: [32, 64]}
run: {epochs: 1, batch_size: 2, accelerator: cpu, previews: 0}
"""


def test_the_paper_protocol_on_simulated_frames(dataset_root: Path, tmp_path: Path) -> None:
    config = tmp_path / 'paper.yaml'
    config.write_text(CONFIG)
    app = typer.Typer()
    app.command()(table3)
    given = [str(dataset_root), '--config', str(config), '--output', str(tmp_path / 'out')]
    first = CliRunner().invoke(app, given, catch_exceptions=False)
    assert first.exit_code == 0
    lines = (tmp_path / 'out/table3.md').read_text().splitlines()
    assert '| MT-Depth, published | 65.6 | 389.5 | – | – | – |' in lines
    for title in ('UNet, here', 'MT-Depth, initial depth, here', 'MT-Depth, final depth, here'):
        cells = next(line for line in lines if line.startswith(f'| {title} |')).split('|')
        if cells[2].strip() == '–':
            assert title.startswith('UNet')  # After so few steps it may answer 0, which is none.
            continue
        mae_cm, rmse_cm, mae_m, rmse_m, answered = map(float, cells[2:7])
        assert 0 < mae_cm <= rmse_cm and 0 < answered <= 100
        assert mae_cm == pytest.approx(100 * mae_m, abs=0.1)
        assert rmse_cm == pytest.approx(100 * rmse_m, abs=0.1)
    # Finished runs are not trained again.
    weights = {path: path.read_bytes() for path in (tmp_path / 'out').rglob('model.safetensors')}
    assert len(weights) == 2
    assert CliRunner().invoke(app, given, catch_exceptions=False).exit_code == 0
    assert all(path.read_bytes() == content for path, content in weights.items())
