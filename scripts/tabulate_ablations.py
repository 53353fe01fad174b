"""Prints what each part of a network is worth: runs beside the one they differ from, as Markdown.

Every run's best weights answer the validation frames of its config with 5 % random points and with
16 LiDAR lines. From where the runs were trained:

python scripts/tabulate_ablations.py runs/ablation_small runs/ablation_small_no_propagation ...
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import yaml

from mt_depth_ros.data.sparse_patterns import (
    BernoulliPattern,
    LidarLinesPattern,
    SparsePattern,
)
from mt_depth_ros.networks.checkpoint import load_checkpoint
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.config_file import read_training_config
from mt_depth_ros.training.examples import ValidationFrames
from mt_depth_ros.training.frame_source import open_frames
from mt_depth_ros.training.run_folder import RunFolder
from mt_depth_ros.training.validation import ErrorSums

PATTERNS: dict[str, SparsePattern] = {
    '5 % random': BernoulliPattern(keep_probability=0.05),
    '16 lines': LidarLinesPattern(lines=16),
}
METRICS = {'MAE, m': 'mae_m', 'RMSE, m': 'rmse_m', 'F1 of sky': 'sky_f1'}
UNTOLD = ('output',)

Errors = Mapping[tuple[str, str], float]
"""By the name of the pattern and that of the metric."""


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


def errors_of(run: Path) -> Errors:
    """The errors of a run's best weights with every pattern."""
    config = read_training_config(run / 'config.yaml')
    network = load_checkpoint(RunFolder(run).weights).network.eval()
    found = {}
    for title, pattern in PATTERNS.items():
        sums = validated(network, config, pattern)
        for metric, value in sums.metrics().items():
            found[title, metric] = value
    return found


@torch.inference_mode()
def validated(
    network: torch.nn.Module, config: TrainingConfig, pattern: SparsePattern
) -> ErrorSums:
    """Answers the validation frames with a pattern of the sparse input."""
    config = replace(config, sparse=replace(config.sparse, validation_pattern=pattern))
    frames = ValidationFrames(open_frames(config).validation, config)
    sums, loss = ErrorSums.none(torch.device('cpu')), config.loss
    for index in range(len(frames)):
        example = frames[index]
        sums += ErrorSums.of_batch(
            network(*example.given),
            example,
            max_depth_m=loss.max_depth_m,
            sky_from_m=loss.sky_from_m,
        )
    return sums


def cell(ours: float | None, reference: float | None) -> str:
    """A figure and its change against the reference."""
    if ours is None:
        return '-'
    is_change = reference is not None and ours != reference
    change = f' ({100 * (ours / reference - 1):+.1f} %)' if is_change and reference else ''
    return f'{ours:.3f}{change}'


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('runs', nargs='+', type=Path, help='the first is what others differ from')
    runs = parser.parse_args().runs
    configs = [yaml.safe_load((run / 'config.yaml').read_text()) for run in runs]
    columns = [(title, metric) for title in PATTERNS for metric in METRICS]
    print('| run | what differs |', ' | '.join(f'{title}: {name}' for title, name in columns), '|')
    print('|---|---|' + '---|' * len(columns))
    reference: Errors = {}
    for run, config in zip(runs, configs, strict=True):
        errors = errors_of(run)
        reference = reference or errors
        cells = [
            cell(errors.get((title, METRICS[name])), reference.get((title, METRICS[name])))
            for title, name in columns
        ]
        print(
            f'| {run.name} | {changes(config, configs[0])} |', ' | '.join(cells), '|', flush=True
        )


if __name__ == '__main__':
    main()
