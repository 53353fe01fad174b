"""``mt_depth demo``: the main job, live, checked and shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text
import typer

from mt_depth_ros.cli.options import Device, MaskWeights, Model, Output

if TYPE_CHECKING:
    from mt_depth_ros.cli.live_checks import Check, LiveComparison
    from mt_depth_ros.cli.live_run import LiveRun


def demo(
    output: Output = Path('out/demo'),
    bag: Annotated[
        Path | None,
        typer.Option(
            help='A recording of yours; without it, a small street is made and recorded.'
        ),
    ] = None,
    image: Annotated[
        str | None, typer.Option(help='Image topic, where the recording has several cameras.')
    ] = None,
    rate: Annotated[float, typer.Option(help='Recorded seconds a second.')] = 1.0,
    model: Model = 'auto',
    device: Device = 'auto',
    mask_weights: MaskWeights = '',
) -> None:
    """Starts the node, plays a recording to it over DDS, checks what it publishes, shows it.

    [bold]Example:[/bold] mt_depth demo --output out/demo
    """
    from mt_depth_ros.cli.ros_home import require_rclpy

    require_rclpy()
    from mt_depth_ros.bag.bag_reader import BagReader
    from mt_depth_ros.bag.sensor_topics import find_sensor_topics
    from mt_depth_ros.cli.live_checks import LiveComparison
    from mt_depth_ros.cli.live_run import run_live
    from mt_depth_ros.evaluation.new_folder import make_new_folder

    console = Console(highlight=False, markup=False)
    if bag is not None:
        # A recording that cannot be used leaves no folder, which the next try would refuse.
        with BagReader(bag) as reader:
            find_sensor_topics(reader, image=image)
    make_new_folder(output)
    (output / 'panels').mkdir()
    truth = None
    if bag is None:
        bag, truth = _record_street(output, console)
    parameters = {'model': model, 'device': device, 'mask_weights': mask_weights}
    with BagReader(bag) as reader:
        cameras = find_sensor_topics(reader, image=image)
        if len(cameras) > 1:
            console.print(f'several cameras; taking {cameras[0].image} (choose with --image)')
        console.print(f'playing {bag} to the node over DDS at rate {rate:g} ...')
        run = run_live(reader, cameras[0], output, parameters=parameters, rate=rate)
    console.print('replaying the same recording offline and comparing ...')
    comparison = LiveComparison(run=run)
    summary = _replay(bag, output, comparison, parameters, cameras[0].image, truth)
    checks = comparison.checks()
    _write_summary(output, bag, run, checks, summary, comparison)
    _print(console, output, run, checks, summary)
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


def _record_street(output: Path, console: Console) -> tuple[Path, str]:
    from mt_depth_ros.simulation.analytic_drive import (
        DriveConfig,
        TRUTH_TOPIC,
        write_analytic_drive,
    )

    console.print('recording a small street whose depth is known ...')
    write_analytic_drive(output / 'street', DriveConfig())
    return output / 'street', TRUTH_TOPIC


def _replay(
    bag: Path,
    output: Path,
    comparison: LiveComparison,
    parameters: dict[str, Any],
    image: str,
    truth: str | None,
) -> dict[str, Any]:
    from mt_depth_ros.evaluation.camera_replay import ReplayedFrame
    from mt_depth_ros.evaluation.replay import replay, ReplayConfig, TopicChoice
    from mt_depth_ros.evaluation.replay_panels import write_panel
    from mt_depth_ros.pipeline.build import PredictorConfig
    from mt_depth_ros.pipeline.classical_fallback import FallbackConfig
    from mt_depth_ros.segmentation.config import SegmentationConfig

    def compare(replayed: ReplayedFrame) -> None:
        live = comparison.compare(replayed)
        if live is not None:
            panel = output / 'panels' / f'{live.stamp_ns}.png'
            write_panel(panel, replayed.frame, live, replayed.known)

    config = ReplayConfig(
        topics=TopicChoice(image=image),
        predictor=PredictorConfig(
            model=parameters['model'],
            device=parameters['device'],
            segmentation=SegmentationConfig(weights=parameters['mask_weights']),
            fallback=FallbackConfig(),
        ),
        ground_truth=truth,
        max_panels=5,
    )
    return replay(bag, output / 'replay', config, on_replayed=compare)


def _write_summary(
    output: Path,
    bag: Path,
    run: LiveRun,
    checks: list[Check],
    summary: dict[str, Any],
    comparison: LiveComparison,
) -> None:
    content = {
        'bag': str(bag),
        'model': summary['model'],
        'images_sent': run.images_sent,
        'depth_received': len(run.outputs.get('depth', {})),
        'checks': {
            check.what: {'passed': check.passed, 'detail': check.detail} for check in checks
        },
        'answered_share': comparison.answered_share,
        'errors': summary['overall'],
        'node_peak_memory_mb': run.peak_memory_mb,
        'diagnostics': run.diagnostics,
    }
    (output / 'summary.json').write_text(json.dumps(content, indent=2) + '\n', encoding='utf-8')
    lines = ['# Demo', '', f'{bag} through {summary["model"]["name"]}, live over DDS.', '']
    for check in checks:
        lines.append(f'* {"passed" if check.passed else "FAILED"}: {check.what} ({check.detail})')
    if summary['overall'] is not None:
        lines += ['', _errors_line(summary)]
    lines += ['', *(f'![{path.stem}](panels/{path.name})' for path in _pictures(output)), '']
    (output / 'summary.md').write_text('\n'.join(lines), encoding='utf-8')


def _print(
    console: Console,
    output: Path,
    run: LiveRun,
    checks: list[Check],
    summary: dict[str, Any],
) -> None:
    table = Table(title=f'{summary["model"]["name"]}, live')
    for column in ('', 'check', 'figures'):
        table.add_column(column)
    for check in checks:
        passed = check.passed
        verdict = Text('passed', style='green') if passed else Text('FAILED', style='red')
        table.add_row(verdict, check.what, check.detail)
    console.print(table)
    if summary['overall'] is not None:
        console.print(_errors_line(summary))
    if not summary['model']['sha256']:
        console.print(
            'Depth is completed without learning, and without a foreground mask unless '
            '--mask-weights names one.'
        )
    for name, status in run.diagnostics.items():
        if name.endswith(': latency'):
            console.print(f'latency in the node: {status["message"]}')
    pictures, page = output / 'panels', output / 'summary.md'
    console.print(f'pictures: {pictures}, one page: {page}', soft_wrap=True)
    console.print(f'for RViz or Foxglove: {output / "replay" / "bag"}', soft_wrap=True)


def _errors_line(summary: dict[str, Any]) -> str:
    errors = summary['overall']
    return (
        f'Against the true depth of {errors["answered"]} pixels: MAE {errors["mae_m"]:.3f} m, '
        f'RMSE {errors["rmse_m"]:.3f} m, median relative error '
        f'{100 * errors["median_relative"]:.2f} %.'
    )


def _pictures(output: Path) -> list[Path]:
    return sorted((output / 'panels').glob('*.png'))
