"""Draws how the validation error of training runs fell, over the images they had seen.

python scripts/draw_learning_curves.py runs/unet runs/mt_depth --output curves.png
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from mt_depth_ros.training.config_file import read_training_config

ERROR = 'validation/mae_m'


def validation_errors(run: Path) -> tuple[list[int], list[float]]:
    """Images seen and mean absolute error in metres at each validation of a run."""
    config = read_training_config(run / 'config.yaml')
    images_per_step = config.run.batch_size * config.run.devices * config.run.nodes
    with (run / 'metrics.csv').open(newline='') as table:
        rows = [row for row in csv.DictReader(table) if row['name'] == ERROR]
    return [int(row['step']) * images_per_step for row in rows], [
        float(row['value']) for row in rows
    ]


def main() -> None:
    """Reads the runs and writes the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('runs', nargs='+', type=Path)
    parser.add_argument('--output', type=Path, required=True)
    arguments = parser.parse_args()
    mpl.use('agg')
    figure, axes = plt.subplots(figsize=(7, 4), layout='constrained')
    for run in arguments.runs:
        images, errors_m = validation_errors(run)
        axes.plot(images, errors_m, marker='.', label=f'{run.name}: lowest {min(errors_m):.3f} m')
    axes.set(xlabel='images seen', ylabel='validation MAE, m', yscale='log')
    axes.grid(which='both', alpha=0.3)
    axes.legend()
    figure.savefig(arguments.output, dpi=120)


if __name__ == '__main__':
    main()
