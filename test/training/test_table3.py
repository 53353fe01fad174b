from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mt_depth_ros.cli.table3 import table3
from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.training.trainer import Trainer

MODELS = Path(__file__).parents[2] / 'models'

app = typer.Typer()
app.command()(table3)

CONFIG = """\
output: unused
network: {architecture: mt_depth, options: {channels: [4, 8], prefill: nearest}}
data: {roots: [unused], split: random80, validation_part: test, workers: 0}
view: {input_size: [32, 64]}
run: {epochs: 1, batch_size: 2, accelerator: cpu, previews: 0}
"""


@pytest.fixture
def given(dataset_root: Path, tmp_path: Path) -> list[str]:
    """The arguments of the command."""
    config = tmp_path / 'paper.yaml'
    config.write_text(CONFIG)
    return [str(dataset_root), '--config', str(config), '--output', str(tmp_path / 'out')]


def test_the_paper_protocol_on_simulated_frames(given: list[str], tmp_path: Path) -> None:
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


def test_a_run_that_was_interrupted_in_its_first_epoch_goes_on(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(trainer: Trainer) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, 'fit', interrupted)
        assert CliRunner().invoke(app, given).exit_code != 0
    assert (tmp_path / 'out/unet/config.yaml').is_file()
    assert not (tmp_path / 'out/unet/resume.pt').exists()
    assert CliRunner().invoke(app, given, catch_exceptions=False).exit_code == 0


def test_what_the_end_needs_is_asked_for_before_training(given: list[str], tmp_path: Path) -> None:
    unet = str(MODELS / 'unet.safetensors')
    for path, message in ((str(tmp_path / 'none.safetensors'), 'got No such'), (unet, 'of unet')):
        error = CliRunner().invoke(app, [*given, '--mt-depth', path]).exception
        assert isinstance(error, CheckpointError)
        assert message in str(error)
    assert not (tmp_path / 'out').exists()


def test_scores_of_another_command_are_left_alone(given: list[str], tmp_path: Path) -> None:
    store = tmp_path / 'out/scores/simulated-256x512-random5/linear.json'
    store.parent.mkdir(parents=True)
    store.write_text('an hour of work')
    error = CliRunner().invoke(app, given).exception
    assert isinstance(error, ConfigError)
    assert 'got simulated-256x512-random5; give the runs an --output of their own' in str(error)
    assert store.read_text() == 'an hour of work'
    assert not (tmp_path / 'out/unet').exists()
