"""Prints what each part of a network is worth: runs beside the one they differ from, as Markdown.

python scripts/tabulate_ablations.py runs/ablation_small runs/ablation_small_no_propagation ...
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import yaml

COLUMNS = {'MAE, m': 'mae_m', 'RMSE, m': 'rmse_m', 'F1 of sky': 'sky_f1'}
UNTOLD = ('output',)


def flattened(config: dict[str, Any], prefix: str = '') -> dict[str, Any]:
    """Gives the values of a nested config by their dotted names."""
    values: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, dict):
            values.update(flattened(value, f'{prefix}{key}.'))
        else:
            values[prefix + key] = value
    return values


def changes(config: dict[str, Any], reference: dict[str, Any]) -> str:
    """Says what a config has otherwise than another."""
    ours, theirs = flattened(config), flattened(reference)
    names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    told = [f'{name.rsplit(".", 1)[-1]}: {ours.get(name)}' for name in names if name not in UNTOLD]
    return ', '.join(told) or 'all parts'


def best_validation(run: Path) -> tuple[int, dict[str, float]]:
    """The step and the errors of a run's best validation: the one whose weights it kept."""
    validations: dict[int, dict[str, float]] = {}
    with (run / 'metrics.csv').open(newline='') as table:
        for row in csv.DictReader(table):
            kind, _, name = row['name'].partition('/')
            if kind == 'validation':
                validations.setdefault(int(row['step']), {})[name] = float(row['value'])
    if not validations:
        raise SystemExit(f'{run}: no validation yet; let the run go on to the end of an epoch')
    step = min(validations, key=lambda step: (validations[step]['mae_m'], -step))
    return step, validations[step]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('runs', nargs='+', type=Path, help='the first is what others differ from')
    runs = parser.parse_args().runs
    configs = [yaml.safe_load((run / 'config.yaml').read_text()) for run in runs]
    print('| run | what differs | steps |', ' | '.join(COLUMNS), '|')
    print('|---|---|---|' + '---|' * len(COLUMNS))
    _, reference = best_validation(runs[0])
    for run, config in zip(runs, configs, strict=True):
        step, errors = best_validation(run)
        cells = [
            f'{errors[name]:.3f} ({100 * (errors[name] / reference[name] - 1):+.1f} %)'
            if run != runs[0]
            else f'{errors[name]:.3f}'
            for name in COLUMNS.values()
        ]
        print(f'| {run.name} | {changes(config, configs[0])} | {step} |', ' | '.join(cells), '|')


if __name__ == '__main__':
    main()
