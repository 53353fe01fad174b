"""How near the live self-check comes to the true error, on simulated drives.

    mt_depth simulate --conditions clone rain --scenes 20 --frames 8 --output drives
    python scripts/check_self_check_study.py drives
    python scripts/check_self_check_study.py drives --model my.safetensors

The drives are Virtual KITTI 2 folders with LiDAR scans. Every scan is also thinned to every 2nd,
4th and 8th ring. For each weather and each number of rings, what the self-check tells of all
frames is set beside the true error of the same predictions at every pixel that has measurements
above and below it (the LiDAR's field of view) and a surface within range.

--shares: what keeping out so much costs: the true error with it over that without.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import time

import numpy as np
from scipy import stats

from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.types import DepthPrediction, RgbdFrame
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.virtual_kitti2 import VirtualKitti2, VirtualKittiSelection
from mt_depth_ros.data.virtual_kitti2_layout import Modality
from mt_depth_ros.evaluation.withholding import RingWithholding
from mt_depth_ros.pipeline.build import build_predictor, PredictorConfig
from mt_depth_ros.pipeline.measured_view import MeasuredView
from mt_depth_ros.pipeline.patch_errors import INTERVAL_SHARE, PatchErrors
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.pipeline.self_check import SelfCheck, SelfCheckConfig
from mt_depth_ros.pipeline.self_check_report import pooled_report, SelfCheckReport

MIN_DEPTH_M, MAX_DEPTH_M = 0.5, 120.0
WITHIN = 0.25


@dataclass
class TrueErrors:
    """Sums over pixels whose depth is known.

    Attributes:
        num_pixels, sum_m, num_covered: pixels, their absolute error, and how many of them lie in
            the interval of the prediction.
    """

    num_pixels: int = 0
    sum_m: float = 0.0
    num_covered: int = 0

    def add(self, frame: RgbdFrame, prediction: DepthPrediction, truth_m: np.ndarray) -> None:
        """Adds the pixels of a frame between its measurements."""
        chosen = MeasuredView.of(frame.measurements, frame.camera).mask()
        chosen &= (truth_m > MIN_DEPTH_M) & (truth_m <= MAX_DEPTH_M)
        chosen &= np.isfinite(prediction.depth_m)
        error_m = np.abs(prediction.depth_m[chosen] - truth_m[chosen])
        self.num_pixels += len(error_m)
        self.sum_m += float(error_m.sum(dtype=np.float64))
        half_width_m = -np.log1p(-INTERVAL_SHARE) * prediction.uncertainty_m[chosen]
        self.num_covered += int((error_m <= half_width_m).sum())

    def __add__(self, other: TrueErrors) -> TrueErrors:
        return TrueErrors(
            self.num_pixels + other.num_pixels,
            self.sum_m + other.sum_m,
            self.num_covered + other.num_covered,
        )

    @property
    def mae_m(self) -> float:
        """Mean absolute error, metres."""
        return self.sum_m / self.num_pixels

    @property
    def coverage(self) -> float:
        """Share inside the interval."""
        return self.num_covered / self.num_pixels


@dataclass
class Group:
    """The frames of one weather and number of rings, or of several.

    Attributes:
        frames: what the self-check found in each.
        true: the errors of all.
    """

    frames: list[PatchErrors]
    true: TrueErrors

    @property
    def report(self) -> SelfCheckReport:
        """What the self-check tells of them."""
        return pooled_report(self.frames, span_s=0.0)


def pooled(groups: list[Group]) -> Group:
    """All of them together."""
    return Group(
        frames=[frame for group in groups for frame in group.frames],
        true=sum((group.true for group in groups), TrueErrors()),
    )


def thinned(sample: DepthSample, every: int, stamp_ns: int) -> RgbdFrame:
    """The frame as a scanner with so many times fewer rings gives it."""
    assert sample.scan is not None
    assert sample.camera_from_lidar is not None
    scan = sample.scan
    if every > 1:
        scan, _ = RingWithholding(every=every, keeps_them=True).split(scan)
    measurements = project_scan(
        scan.points_m,
        sample.camera_from_lidar,
        sample.camera,
        min_depth_m=MIN_DEPTH_M,
        max_depth_m=MAX_DEPTH_M,
    ).measurements
    return RgbdFrame(
        image_rgb=sample.image_rgb,
        camera=sample.camera,
        measurements=measurements,
        stamp_ns=stamp_ns,
        frame_id='camera',
        measurement_stamp_ns=stamp_ns,
    )


class Study:
    """Predicts frames and compares.

    Args:
        predictor: under test.
        shares: to keep out; the first is studied in full, of the others only the cost.
    """

    def __init__(self, predictor: DepthPredictor, shares: list[float]) -> None:
        self._predictor = predictor
        self.checks = {share: SelfCheck(SelfCheckConfig(share=share)) for share in shares}
        self.groups: dict[tuple[str, int], Group] = {}
        self.costs: dict[tuple[float, int], TrueErrors] = defaultdict(TrueErrors)
        self.spent_s: dict[int, list[float]] = defaultdict(list)

    def add(self, weather: str, rings: int, frame: RgbdFrame, truth_m: np.ndarray) -> None:
        """Adds a frame to its group."""
        for number, (share, check) in enumerate(self.checks.items()):
            start_s = time.thread_time()
            checked = check.hold_back(frame)
            held_s = time.thread_time() - start_s
            prediction = self._predictor.predict(checked.frame, want_mask=False)
            start_s = time.thread_time()
            errors = check.score(checked, prediction)
            true = TrueErrors()
            self.spent_s[rings].append(held_s + time.thread_time() - start_s)
            # The same pixels for every share: those between all measurements.
            true.add(frame, prediction, truth_m)
            self.costs[share, rings] += true
            if number == 0:
                group = self.groups.setdefault((weather, rings), Group([], TrueErrors()))
                group.frames += [] if errors is None else [errors]
                group.true += true


def samples(
    folder: Path, scenes: tuple[int, int], every: int, *, with_colour: bool
) -> Iterator[DepthSample]:
    """Every n-th frame of the drives in a folder."""
    wanted = {Modality.DEPTH, Modality.COLOUR} if with_colour else {Modality.DEPTH}
    names = tuple(f'Scene{number:02d}' for number in range(scenes[0], scenes[1] + 1))
    selection = VirtualKittiSelection(modalities=frozenset(wanted), with_scans=True, scenes=names)
    dataset = VirtualKitti2(folder, selection=selection)
    for index in range(0, len(dataset), every):
        yield dataset[index]


def row(name: str, group: Group) -> str:
    """One line of the table."""
    report, true = group.report, group.true
    return (
        f'{name:14} {report.num_patches:7} {report.num_points:7}  {report.live_mae_m:6.3f} '
        f'{report.patch_mae_m:6.3f} {true.mae_m:6.3f}  {report.live_mae_m / true.mae_m:5.2f}  '
        f'{100 * report.coverage:5.1f} {100 * true.coverage:5.1f}'
    )


def print_study(study: Study) -> None:
    """Prints the comparison, then what becomes of the criterion."""
    header = 'patches  points    live  patch   true  ratio  cover  true %'
    print(f'{"":14} {header}')
    densities = sorted({rings for _, rings in study.groups}, reverse=True)
    together = {}
    for rings in densities:
        of_density = {w: group for (w, r), group in study.groups.items() if r == rings}
        for weather, group in of_density.items():
            print(row(f'{weather} {rings}', group))
        together[rings] = pooled(list(of_density.values()))
    print()
    for rings, group in together.items():
        print(row(f'all {rings}', group))
    ratios = [group.report.live_mae_m / group.true.mae_m for group in together.values()]
    holds = all(abs(ratio - 1) <= WITHIN for ratio in ratios)
    print(f'within {WITHIN:.0%} at every number of rings: {"yes" if holds else "NO"}')
    near = [abs(g.report.live_mae_m / g.true.mae_m - 1) <= WITHIN for g in study.groups.values()]
    print(f'groups within {WITHIN:.0%}: {sum(near)} of {len(near)}')
    print(f'over all {len(near)} groups: {correlations(list(study.groups.values()))}')
    for rings in densities:
        same = [group for (_, r), group in study.groups.items() if r == rings]
        true_m = [group.true.mae_m for group in same]
        spread = (max(true_m) - min(true_m)) / np.mean(true_m)
        if len(same) > 2:
            print(f'  over weathers at {rings} rings: {correlations(same)}, '
                  f'true errors spread by {spread:.0%}')  # fmt: skip
    for rings, spent_s in study.spent_s.items():
        print(f'processor time at {rings} rings: median {1e3 * np.median(spent_s):.1f} ms')


def correlations(groups: list[Group]) -> str:
    """Of what the self-check tells with the truth."""
    live_m = [group.report.live_mae_m for group in groups]
    true_m = [group.true.mae_m for group in groups]
    pearson, spearman = stats.pearsonr(live_m, true_m)[0], stats.spearmanr(live_m, true_m)[0]
    return f'Pearson {pearson:.2f}, Spearman {spearman:.2f}'


def print_costs(study: Study) -> None:
    """Prints what each share does to the true error."""
    for (share, rings), true in sorted(study.costs.items()):
        without = study.costs.get((0.0, rings))
        change = f'{true.mae_m / without.mae_m - 1:+.2%}' if without else ''
        print(f'share {share:.2f}, {rings:2} rings: true MAE {true.mae_m:.4f} m {change}')


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('drives', type=Path, nargs='+', help='Virtual KITTI 2 folders with scans')
    parser.add_argument('--model', default='adaptive')
    parser.add_argument('--every', type=int, default=1, help='use every n-th frame')
    parser.add_argument('--rings', type=int, nargs='+', default=[64, 32, 16, 8])
    parser.add_argument('--scenes', type=int, nargs=2, default=(1, 9999), help='first and last')
    parser.add_argument('--shares', type=float, nargs='+', default=[SelfCheckConfig().share])
    given = parser.parse_args()
    predictor, identity = build_predictor(PredictorConfig(model=given.model))
    study = Study(predictor, given.shares)
    stamp_ns = 0
    for folder in given.drives:
        with_colour = identity.kind != 'classical'
        chosen = samples(folder, given.scenes, given.every, with_colour=with_colour)
        for sample in chosen:
            stamp_ns += 100_000_000
            for rings in given.rings:
                frame = thinned(sample, 64 // rings, stamp_ns + rings)
                study.add(sample.identity.condition, rings, frame, sample.truth_m)
    print(f'model {identity.name}, {stamp_ns // 100_000_000} frames, share {given.shares[0]:.2f}')
    print_study(study)
    print_costs(study)


if __name__ == '__main__':
    main()
