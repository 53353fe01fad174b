"""``mt_depth benchmark``: milliseconds per stage of the live node, and its memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import platform
import subprocess
import sys
import tempfile
from typing import Annotated, Any, TYPE_CHECKING

from rich.console import Console
from rich.table import Table
import typer

from mt_depth_ros.cli.image_size import FOCAL_PER_WIDTH, parsed_size
from mt_depth_ros.cli.options import Device, MaskWeights, Model

if TYPE_CHECKING:
    from mt_depth_ros.cli.live_run import LiveRun

# 64 rings of 1875 firings: a full turn of a 64-beam LiDAR.
_NUM_RINGS, _AZIMUTH_STEP_DEG = 64, 360 / 1875
_SIZE = '1242x375'
"""Of the images the targets are set for."""

_OUTSIDE_NETWORKS = (
    'decode',
    'rectify',
    'project',
    'network_input',
    'camera_output',
    'encode',
    'cloud',
    'publish',
)


def benchmark(
    output: Annotated[
        Path, typer.Option('--output', '-o', dir_okay=False, help='JSON file for the figures.')
    ],
    frames: Annotated[int, typer.Option(min=1, help='Images to play, at 5 Hz.')] = 60,
    size: Annotated[str, typer.Option(help='Of the images.')] = _SIZE,
    model: Model = 'auto',
    device: Device = 'auto',
    mask_weights: MaskWeights = '',
    busy: Annotated[
        int, typer.Option(min=0, help='Processes that each keep a CPU core busy meanwhile.')
    ] = 0,
) -> None:
    """Plays images and 120,000-point scans to the node over DDS and times each stage.

    'received' is from publishing an image to holding its depth in another process.

    [bold]Example:[/bold] mt_depth benchmark --output out/benchmark.json
    """
    from mt_depth_ros.cli.ros_home import require_rclpy

    require_rclpy()
    from mt_depth_ros.bag.bag_reader import BagReader
    from mt_depth_ros.bag.sensor_topics import find_sensor_topics
    from mt_depth_ros.cli.live_run import run_live
    from mt_depth_ros.simulation.analytic_drive import DriveConfig, write_analytic_drive

    console = Console(highlight=False, markup=False)
    width, height = parsed_size(size)
    with tempfile.TemporaryDirectory(prefix='mt_depth_benchmark_') as folder:
        work = Path(folder)
        console.print(f'recording {frames} frames of {width}x{height} ...')
        drive = DriveConfig(
            num_frames=frames,
            width=width,
            height=height,
            focal_px=FOCAL_PER_WIDTH * width,
            rate_hz=5.0,
            num_rings=_NUM_RINGS,
            azimuth_step_deg=_AZIMUTH_STEP_DEG,
            lidar_field_of_view_deg=360.0,
            with_truth=False,
        )
        write_analytic_drive(work / 'bag', drive)
        parameters = {'model': model, 'device': device, 'mask_weights': mask_weights}
        console.print('playing them to the node ...')
        with BagReader(work / 'bag') as reader, _busy_cores(busy):
            topics = find_sensor_topics(reader)[0]
            run = run_live(reader, topics, work, parameters=parameters, rate=1.0)
    result = measured(run, frames, parameters)
    result |= {'image': f'{width}x{height}', 'busy_processes': busy}
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(result, indent=2) + '\n', encoding='utf-8')
    _print(console, result)
    console.print(f'written to {output}', soft_wrap=True)


@contextmanager
def _busy_cores(count: int) -> Iterator[None]:
    """Other work on the machine, as a robot's CPU has."""
    command = [sys.executable, '-c', 'while True: pass']
    processes = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def measured(run: LiveRun, frames: int, parameters: dict[str, Any]) -> dict[str, Any]:
    """The figures of a run, as they are written.

    Args:
        run: what came of it.
        frames: that were recorded.
        parameters: the node's.

    Raises:
        ConfigError: no depth came back, so that there is nothing to measure.
    """
    import numpy as np

    from mt_depth_ros.core.errors import ConfigError

    received = list(run.received_after_ms.values())
    latency = _status(run, 'latency')
    if not received or latency is None:
        said = (_status(run, 'frames') or {}).get('message', 'no diagnostics')
        raise ConfigError(
            expected=f'depth of some of the {run.images_sent} images that were played',
            got=f'{len(received)}; the node ended with {run.node_exit_code} and says: {said}',
            where='benchmark',
            remedy="see 'mt_depth demo' with the same model, which keeps the node's log",
        )
    stages: dict[str, dict[str, float]] = {}
    for key, value in latency.items():
        for column in ('p50', 'p95', 'max'):
            stage = key.removesuffix(f' {column} [ms]')
            if stage != key:
                stages.setdefault(stage, {})[column] = float(value)
    stages['received'] = {
        'p50': float(np.percentile(received, 50)),
        'p95': float(np.percentile(received, 95)),
        'max': float(max(received)),
    }
    outside = sum(stages[stage]['p50'] for stage in _OUTSIDE_NETWORKS if stage in stages)
    return {
        'machine': {'processor': platform.machine(), 'python': platform.python_version()},
        'points': _NUM_RINGS * round(360 / _AZIMUTH_STEP_DEG),
        'parameters': parameters,
        'images_sent': run.images_sent,
        'depth_received': len(run.outputs.get('depth', {})),
        'frames_recorded': frames,
        'stages_ms': stages,
        'outside_networks_p50_ms': outside,
        'node_peak_memory_mb': run.peak_memory_mb,
    }


def _status(run: LiveRun, name: str) -> dict[str, str] | None:
    return next(
        (values for key, values in run.diagnostics.items() if key.endswith(f': {name}')), None
    )


def _print(console: Console, result: dict[str, Any]) -> None:
    table = Table(title=f'milliseconds at {result["image"]}, {result["points"]} points')
    for column in ('stage', 'p50', 'p95', 'max'):
        table.add_column(column, justify='left' if column == 'stage' else 'right')
    for stage, values in result['stages_ms'].items():
        table.add_row(stage, *(f'{values[column]:.2f}' for column in ('p50', 'p95', 'max')))
    console.print(table)
    outside, project, memory = (
        f' (target {target})' if result['image'] == _SIZE else '' for target in (15, 2, 1500)
    )
    console.print(
        f'outside the networks: {result["outside_networks_p50_ms"]:.1f} ms{outside}; '
        f'project: {result["stages_ms"]["project"]["p50"]:.2f} ms{project}; '
        f'node: {result["node_peak_memory_mb"]:.0f} MB at its peak{memory}'
    )
    console.print(
        f'{result["depth_received"]} of {result["images_sent"]} images came back as depth'
    )
