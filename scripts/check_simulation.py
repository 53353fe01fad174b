"""Checks that the simulated world is as hard and as full as a real one, and how fast it is made.

Prints two tables: every figure, its bounds, and whether it holds; and how depths and object sizes
are spread beside the one genuine frame. Exits with 1 if a bound does not hold.

    python scripts/check_simulation.py --scenes 12 --frames 2
    python scripts/check_simulation.py --benchmark --pictures /tmp/pictures
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
import os
from pathlib import Path
import resource
import sys
import tempfile
import time

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from mt_depth_ros.data.kept_for_testing import TEST_SCENES, TEST_SEED
from mt_depth_ros.simulation.config import SimulationConfig
from mt_depth_ros.simulation.frame_distributions import (
    depth_shares,
    genuine_distributions,
    instance_sizes,
)
from mt_depth_ros.simulation.gl_context import open_gl_context
from mt_depth_ros.simulation.realism import (
    FrameFigures,
    measure_frame,
    write_see_through_comparison,
)
from mt_depth_ros.simulation.simulate import simulate
from mt_depth_ros.simulation.simulated_frame import SimulatedFrame


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table."""

    name: str
    value: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether the value lies within its bounds."""
        return bool(self.low <= self.value <= self.high)


def test_frames(scenes: int, frames: int) -> Iterator[SimulatedFrame]:
    """Frames of the scenes that are kept for testing, spread over each drive."""
    context = open_gl_context()
    from mt_depth_ros.simulation.scene_simulator import SceneSimulator

    config = SimulationConfig(
        output=Path('unused'), scenes=scenes, frames=100, seed=TEST_SEED, for_testing=True
    )
    for scene in range(1, scenes + 1):
        simulator = SceneSimulator(config, scene, ('clone',), context)
        for index in np.linspace(0, 99, frames + 2).astype(int)[1:-1]:
            yield simulator.frame(int(index))
        simulator.close()


def checks_of(figures: list[FrameFigures]) -> list[Check]:
    """The acceptance figures, means over frames."""

    def mean(name: str) -> float:
        return float(np.mean([getattr(figure, name) for figure in figures]))

    return [
        Check('LiDAR against depth, median error (m)', mean('lidar_error_m'), 0.0, 0.03),
        Check('points seen through an edge (share)', mean('see_through_share'), 0.003, 0.08),
        Check('linear fill MAE, 5 %, cap 80 m (m)', mean('linear_mae_m'), 0.45, 1.10),
        Check('linear fill RMSE, 5 %, cap 80 m (m)', mean('linear_rmse_m'), 2.20, 4.20),
        Check('KITTI pixels with a LiDAR point (share)', mean('lidar_density'), 0.040, 0.045),
        Check('points of a sweep in KITTI view (share)', mean('in_view_share'), 0.16, 0.18),
        Check('points in a sweep', mean('sweep_points'), 100_000, 125_000),
        Check('sky (share of pixels)', mean('sky_share'), 0.06, 0.22),
        Check('depth, 5 % quantile (m)', mean('depth_p5_m'), 3.5, 8.0),
        Check('depth, median (m)', mean('depth_p50_m'), 8.0, 25.0),
        Check('depth, 95 % quantile (m)', mean('depth_p95_m'), 35.0, 110.0),
        Check('instances in a frame', mean('instances'), 4, 50),
        Check('pixels of instances (share)', mean('instance_share'), 0.04, 0.35),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Throughput:
    """What making a dataset took."""

    processes: int
    frames_per_s: float
    cpu_s_per_frame: float


def measure_throughput(processes: int, frames: int) -> Throughput:
    """Makes two scenes as Virtual KITTI 2 files on disk, start-up and scene building included."""
    with tempfile.TemporaryDirectory() as folder:
        config = SimulationConfig(
            output=Path(folder) / 'out', scenes=2, frames=frames, processes=processes, seed=1
        )
        start, cpu = time.perf_counter(), _cpu_s()
        simulate(config)
        wall_s, cpu_s = time.perf_counter() - start, _cpu_s() - cpu
    count = 2 * frames
    return Throughput(
        processes=processes, frames_per_s=count / wall_s, cpu_s_per_frame=cpu_s / count
    )


def _cpu_s() -> float:
    """Processor time of this process and of the workers that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def benchmark(frames: int) -> list[Check]:
    """Throughput with one and with two processes of one thread each; prints what it cost."""
    load = os.getloadavg()[0]
    os.environ['LP_NUM_THREADS'] = '1'  # Mesa's software renderer, before its first context
    cv2.setNumThreads(1)
    checks = []
    for processes in (1, 2):
        measured = measure_throughput(processes, frames)
        Console().print(
            f'{processes} process(es): {measured.frames_per_s:.2f} frames/s, '
            f'{measured.cpu_s_per_frame:.3f} CPU seconds a frame'
        )
        name, least = f'frames/s, {processes} process(es)', 3.0 * processes
        checks.append(Check(name, measured.frames_per_s, least, 1e9))
    Console().print(
        f'{os.cpu_count()} cores; load average before: {load:.1f}, part of it of others'
    )
    return checks


def distributions_table(frames: list[dict[str, float]], genuine: dict[str, float]) -> Table:
    """Means over the simulated frames and where 80 % of them lie, beside the genuine frame."""
    table = Table('share of pixels, or as named', 'simulated', '10 .. 90 %', 'genuine (one frame)')
    for name in frames[0]:
        values = np.array([frame[name] for frame in frames])
        low, high = np.nanpercentile(values, [10, 90])
        real = f'{genuine[name]:.3g}' if genuine else 'not given'
        table.add_row(name, f'{np.nanmean(values):.3g}', f'{low:.2g} .. {high:.3g}', real)
    return table


def main() -> int:
    """Runs the checks that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    real = Path(__file__).parents[2] / 'shared/data'
    parser.add_argument('--scenes', type=int, default=TEST_SCENES)
    parser.add_argument('--frames', type=int, default=2, help='frames of each scene')
    parser.add_argument('--benchmark', action='store_true', help='also measure the throughput')
    parser.add_argument('--pictures', type=Path, help='write the see-through comparison there')
    parser.add_argument('--real', type=Path, default=real / 'kitti_object')
    parser.add_argument('--genuine', type=Path, default=real / 'vkitti2_format')
    arguments = parser.parse_args()
    speeds = benchmark(60) if arguments.benchmark else []
    figures, spreads = [], []
    for frame in test_frames(arguments.scenes, arguments.frames):
        figures.append(measure_frame(frame))
        spreads.append(depth_shares(frame.depth_m) | instance_sizes(frame.instance))
        if arguments.pictures and len(figures) == 3:
            path = arguments.pictures / 'see_through.png'
            write_see_through_comparison(path, frame, arguments.real)
    checks = [*checks_of(figures), *speeds]
    table = Table('figure', 'value', 'bounds', 'holds')
    for check in checks:
        bounds = f'{check.low:g} .. {check.high:g}'
        table.add_row(check.name, f'{check.value:.4g}', bounds, 'yes' if check.holds else 'NO')
    Console().print(table)
    genuine = genuine_distributions(arguments.genuine) if arguments.genuine.is_dir() else {}
    Console().print(distributions_table(spreads, genuine))
    return 0 if all(check.holds for check in checks) else 1


if __name__ == '__main__':
    sys.exit(main())
