"""``mt_depth soak``: the node under full load, for minutes or days, and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
import csv
from dataclasses import asdict
import json
import math
from pathlib import Path
from typing import Annotated, Any, TYPE_CHECKING

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text
import typer

from mt_depth_ros.cli.image_size import FOCAL_PER_WIDTH, parsed_size
from mt_depth_ros.cli.options import Device, MaskWeights, Model, Output

if TYPE_CHECKING:
    from mt_depth_ros.cli.live_checks import Check
    from mt_depth_ros.cli.soak_checks import SoakFigures
    from mt_depth_ros.cli.soak_run import SoakRun, SoakSample

_FRAMES = 10
_SAMPLES_A_RUN = 60
_LONGEST_INTERVAL_S = 10.0


def soak(
    output: Output = Path('out/soak'),
    minutes: Annotated[
        float, typer.Option(min=0.1, help='How long, for each --camera-hz.')
    ] = 30.0,
    camera_hz: Annotated[
        list[float] | None,
        typer.Option(help='Images a second; several, one after the other, by repeating it.'),
    ] = None,
    size: Annotated[str, typer.Option(help='Of the images.')] = '1242x375',
    restart_every: Annotated[
        float, typer.Option(min=0.0, help='Seconds between restarts of the sensors; 0: none.')
    ] = 60.0,
    model: Model = 'auto',
    untrained: Annotated[
        str | None,
        typer.Option(
            help='Instead of --model: an architecture with random weights, which costs the same.'
        ),
    ] = None,
    device: Device = 'auto',
    mask_weights: MaskWeights = '',
) -> None:
    """Feeds the node a camera and a LiDAR over DDS, watches it, and says whether it holds.

    Writes samples.csv (memory, file descriptors, threads, rates and ages over time), report.json
    and the node's log for each rate.

    [bold]Example:[/bold] mt_depth soak --minutes 30 --camera-hz 30 --output out/soak
    """
    from mt_depth_ros.cli.ros_home import require_rclpy

    require_rclpy()
    from mt_depth_ros.bag.bag_reader import BagReader
    from mt_depth_ros.bag.sensor_topics import find_sensor_topics
    from mt_depth_ros.cli.soak_checks import soak_checks, soak_figures
    from mt_depth_ros.cli.soak_run import run_soak, SoakPlan
    from mt_depth_ros.evaluation.new_folder import make_new_folder

    console = Console(highlight=False, markup=False)
    rates_hz = camera_hz or [30.0]
    check_rates(rates_hz)
    width, height = parsed_size(size)
    make_new_folder(output)
    if untrained is not None:  # first, as a name it does not know must leave the folder empty
        model = str(_untrained(output, untrained))
    console.print(f'recording {_FRAMES} frames of {size} ...')
    bag = _record(output, width, height)
    parameters = {'model': model, 'device': device, 'mask_weights': mask_weights}
    all_pass = True
    for rate_hz in rates_hz:
        work = output / f'{rate_hz:g}hz'
        work.mkdir()
        plan = SoakPlan(
            duration_s=60.0 * minutes,
            camera_hz=rate_hz,
            restart_every_s=restart_every,
            sample_every_s=min(60.0 * minutes / _SAMPLES_A_RUN, _LONGEST_INTERVAL_S),
            parameters=parameters,
        )
        console.print(f'{rate_hz:g} Hz for {minutes:g} min ...')
        with BagReader(bag) as reader, console.status('starting') as status:

            def show(sample: SoakSample, status: Status = status) -> None:
                status.update(_one_line(sample))

            run = run_soak(reader, find_sensor_topics(reader)[0], work, plan, on_sample=show)
        _write_samples(work / 'samples.csv', run)
        figures = soak_figures(run)
        checks = soak_checks(run, figures)
        write_report(work / 'report.json', run, figures, checks)
        _print(console, run, checks)
        all_pass = all_pass and all(check.passed for check in checks)
    console.print(f'written to {output}', soft_wrap=True)
    if not all_pass:
        raise typer.Exit(1)


def check_rates(rates_hz: Sequence[float]) -> None:
    """Refuses what could not be played, or would be written over another rate's results.

    Args:
        rates_hz: images a second.

    Raises:
        ConfigError: one is not above 0, or two have the same folder.
    """
    from mt_depth_ros.core.errors import ConfigError

    folders = [f'{rate_hz:g}' for rate_hz in rates_hz]
    if len(set(folders)) < len(folders) or not all(0 < each < math.inf for each in rates_hz):
        raise ConfigError(
            expected='rates above 0, each another one',
            got=', '.join(folders),
            where='--camera-hz',
            remedy='name every rate once, images a second',
        )


def _record(output: Path, width: int, height: int) -> Path:
    """Renders and records the frames that are delivered in turn."""
    from mt_depth_ros.simulation.analytic_drive import DriveConfig, write_analytic_drive

    drive = DriveConfig(
        num_frames=_FRAMES,
        width=width,
        height=height,
        focal_px=FOCAL_PER_WIDTH * width,
        with_truth=False,
    )
    write_analytic_drive(output / 'bag', drive)
    return output / 'bag'


def _untrained(output: Path, architecture: str) -> Path:
    """Writes a checkpoint with random weights, at the paper's input size."""
    import torch

    from mt_depth_ros.networks.checkpoint import save_checkpoint
    from mt_depth_ros.networks.checkpoint_description import Provenance
    from mt_depth_ros.networks.registry import build_network

    torch.manual_seed(0)
    path = output / f'untrained_{architecture}.safetensors'
    provenance = Provenance(commit='', date='', data='none: random weights')
    network = build_network(architecture)
    save_checkpoint(path, network, input_size=(256, 512), provenance=provenance)
    return path


def _one_line(sample: SoakSample) -> str:
    return (
        f'{sample.elapsed_s:.0f} s: {sample.usage.memory_mb:.0f} MB, '
        f'{sample.usage.open_files} files, {sample.usage.threads} threads, '
        f'{sample.depths_received} of {sample.images_sent} images'
    )


def _write_samples(path: Path, run: SoakRun) -> None:
    import numpy as np

    columns = (
        'elapsed_s', 'memory_mb', 'open_files', 'threads', 'processor_s', 'images_sent',
        'depths_received', 'age_p50_ms', 'age_max_ms',
    )  # fmt: skip
    with path.open('w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for sample in run.samples:
            ages_ms = sample.ages_ms or [float('nan')]
            writer.writerow([
                f'{sample.elapsed_s:.1f}', f'{sample.usage.memory_mb:.1f}',
                sample.usage.open_files, sample.usage.threads, sample.usage.processor_s,
                sample.images_sent, sample.depths_received,
                f'{np.median(ages_ms):.1f}', f'{max(ages_ms):.1f}',
            ])  # fmt: skip


def write_report(path: Path, run: SoakRun, figures: SoakFigures, checks: list[Check]) -> None:
    """Writes a run as JSON; a figure that is no number, as the age of no depth, is null.

    Args:
        path: the file.
        run: what was done.
        figures: of the run.
        checks: the verdicts.
    """
    result: dict[str, Any] = {
        'plan': {**asdict(run.plan), 'parameters': dict(run.plan.parameters)},
        'restarts': run.restarts,
        'sent': run.sent,
        'received': run.outputs,
        'figures': {
            name: value if math.isfinite(value) else None
            for name, value in asdict(figures).items()
        },
        'checks': [asdict(check) for check in checks],
        'node_diagnostics': run.diagnostics,
    }
    text = json.dumps(result, indent=2, allow_nan=False)
    path.write_text(text + '\n', encoding='utf-8')


def _print(console: Console, run: SoakRun, checks: list[Check]) -> None:
    table = Table(
        title=f'{run.plan.camera_hz:g} Hz for {run.plan.duration_s / 60.0:g} min, '
        f'{run.restarts} restarts of the sensors'
    )
    for column in ('check', 'result', 'figures'):
        table.add_column(column)
    for check in checks:
        result = Text('ok') if check.passed else Text('FAILED', style='red')
        table.add_row(check.what, result, check.detail)
    console.print(table)
