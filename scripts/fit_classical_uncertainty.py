"""Fits the uncertainty of the classical fills on KITTI 000000, and checks it on 000001.

    python scripts/fit_classical_uncertainty.py ../shared/data

Points are kept out of the scan in several ways (every fifth ring, most rings, at random, the top
rings, holes), each way weighing the same. The constants maximise the likelihood of the error at
those points under a Laplace distribution. Coverage is the share of errors within b ln 2 and within
b ln 10, which would be 50 % and 90 % for errors of that distribution.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from withheld_scans import load_object_frame, scenarios

from mt_depth_ros.classical.fill_uncertainty import FillUncertainty, uncertainty_features
from mt_depth_ros.classical.registry import build_classical, CLASSICAL_NAMES
from mt_depth_ros.core.arrays import AnyArray, Matrix

NOISE = FillUncertainty(per_distance=0, per_departure=0).noise


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Residuals:
    """Errors at the points kept out in one way, relative to the answer.

    Attributes:
        family: ways of one family share one weight.
        features: (N, 2) distance and departure.
        error: (N,) relative error.
    """

    family: str
    features: Matrix
    error: Matrix

    def scale(self, constants: Matrix) -> Matrix:
        """(N,) Laplace scale, relative to the answer."""
        scale: Matrix = NOISE + self.features @ np.abs(constants)
        return scale


def residuals(data: Path, frame: str, name: str) -> list[Residuals]:
    """Completes the frame in every way and collects the errors."""
    completer = build_classical(name)
    found = []
    for family, scan in scenarios(load_object_frame(data, frame)):
        grid = completer.measured_grid(scan.sparse_depth_m)
        depth_m = completer.fill(grid)
        features = uncertainty_features(depth_m, grid.distance_px)
        answer_m = depth_m.ravel()[scan.pixel]
        known = np.isfinite(answer_m)
        table = np.stack([feature.ravel()[scan.pixel] for feature in features], axis=1)
        error = np.abs(answer_m - scan.depth_m) / answer_m
        found.append(
            Residuals(
                family=family,
                features=table[known].astype(np.float64),
                error=error[known].astype(np.float64),
            )
        )
    return found


def fit(ways: list[Residuals]) -> Matrix:
    """Constants of the largest likelihood, every family weighing the same."""
    sizes = Counter(way.family for way in ways)

    def loss(constants: AnyArray) -> float:
        return sum(
            float(np.mean(np.log(scale) + way.error / scale)) / sizes[way.family]
            for way in ways
            for scale in [way.scale(constants)]
        )

    start = np.array([0.01, 0.5])
    best = minimize(loss, start, method='Nelder-Mead', options={'xatol': 1e-6, 'fatol': 1e-9})
    constants: Matrix = np.abs(best.x)
    return constants


def coverage(ways: list[Residuals], constants: Matrix, family: str) -> str:
    """Shares of errors within b ln 2 and b ln 10, mean over the ways of one family."""
    chosen = [way for way in ways if way.family == family]
    shares = [
        np.mean([np.mean(way.error <= way.scale(constants) * np.log(odds)) for way in chosen])
        for odds in (2, 10)
    ]
    return '/'.join(f'{100 * share:.0f}' for share in shares)


def main() -> None:
    """Prints the constants of every fill and their coverage by family of ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('data', type=Path, help='folder with kitti_object')
    data = parser.parse_args().data
    for name in CLASSICAL_NAMES:
        fitted, checked = (residuals(data, frame, name) for frame in ('000000', '000001'))
        constants = fit(fitted)
        print(f'{name}: per_distance={constants[0]:.4f}, per_departure={constants[1]:.3f}')
        for frame, ways in (('000000', fitted), ('000001', checked)):
            families = dict.fromkeys(way.family for way in ways)
            shares = ', '.join(f'{key} {coverage(ways, constants, key)}' for key in families)
            print(f'  {frame} within b ln 2 / b ln 10 [%]: {shares}')


if __name__ == '__main__':
    main()
