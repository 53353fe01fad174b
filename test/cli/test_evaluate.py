from __future__ import annotations

import json
from pathlib import Path
import shutil

import pytest
import typer
from typer.testing import CliRunner

from mt_depth_ros.cli.evaluate import evaluate
from mt_depth_ros.core.errors import ConfigError, MtDepthError
from mt_depth_ros.core.models_folder import find_models_folder
from mt_depth_ros.simulation.analytic_drive import DriveConfig, TRUTH_TOPIC, write_analytic_drive

app = typer.Typer()
app.command()(evaluate)


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('drive') / 'street'
    config = DriveConfig(
        num_frames=2, width=248, height=76, focal_px=144.0, num_rings=32, azimuth_step_deg=0.8
    )
    write_analytic_drive(path, config)
    return path


def failure(*arguments: str | Path) -> BaseException | None:
    return CliRunner().invoke(app, list(map(str, arguments))).exception


def test_a_recording_ends_in_figures_a_table_and_a_report(drive: Path, tmp_path: Path) -> None:
    output = tmp_path / 'out'
    arguments = [drive, '--models', 'adaptive, nearest', '--ground-truth', TRUTH_TOPIC]
    result = CliRunner().invoke(app, [*map(str, arguments), '--output', str(output)])
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in output.iterdir()) == [
        'frames.csv',
        'metrics.json',
        'report.html',
    ]
    metrics = json.loads((output / 'metrics.json').read_text())
    assert list(metrics['models']) == ['adaptive', 'nearest']
    assert metrics['about']['input'] == 'measured'
    assert metrics['groups'] == {'street/camera': 2}
    for name in ('adaptive', 'nearest'):
        scored = metrics['models'][name]['sets']['cap_80']
        assert scored['answered'] > 0.9 * scored['count']
        # 32 rings in a street that is mostly road and walls.
        assert scored['pooled']['abs_rel'] < 0.1
    assert 'adaptive' in result.output


def test_folder_and_models_are_printed_as_they_are_named(
    drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / '[a]' / 'unet.safetensors'
    weights.parent.mkdir()
    for path in find_models_folder().glob('unet.*'):
        shutil.copy(path, weights.parent)
    output = tmp_path / 'out [night]' / ('a folder of a long name' * 5)
    arguments = [drive, '--models', weights, '--ground-truth', TRUTH_TOPIC, '--output', output]
    monkeypatch.setenv('COLUMNS', '300')
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    assert f'written to {output}: metrics.json frames.csv report.html\n' in result.output
    assert str(weights) in result.output


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['--models', 'nearest,nearest'], '--models: expected different names'),
        (['--models', 'nearest', '--size', '512'], '--size: expected native or HEIGHTxWIDTH'),
        (['--models', 'nearest', '--sampling', 'dense'], '--sampling dense: expected one of'),
        (['--models', 'nearest', '--withhold', 'rings:1'], '--withhold'),
        (['--models', 'nearest', '--masks', 'truth'], '--masks truth: expected a data set'),
        (
            ['--models', 'unet', '--network-grid', 'camera', '--network-runtime', 'openvino'],
            'network runtime: expected the CPU and the trained grid for openvino',
        ),
    ],
)
def test_an_option_that_cannot_be_used_is_named(
    drive: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    error = failure(drive, '--ground-truth', TRUTH_TOPIC, '-o', tmp_path / 'out', *options)
    assert isinstance(error, ConfigError)
    assert message in str(error)


def test_an_unknown_model_is_refused_before_any_frame_is_read(drive: Path, tmp_path: Path) -> None:
    output = tmp_path / 'out'
    error = failure(drive, '--ground-truth', TRUTH_TOPIC, '-o', output, '--models', 'unheard-of')
    assert isinstance(error, MtDepthError)
    assert "'unheard-of'" in str(error)
    assert not output.exists()


def test_input_is_not_drawn_from_the_points_that_are_withheld(drive: Path, tmp_path: Path) -> None:
    output = tmp_path / 'out'
    options = ['--models', 'nearest', '--withhold', 'rings:5', '--sampling', 'bernoulli:1.0']
    error = failure(drive, '--output', output, *options)
    assert isinstance(error, ConfigError)
    assert error.where == '--sampling'
    assert not output.exists()
