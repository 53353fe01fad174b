"""What ``mt_depth evaluate`` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def print_evaluation(entry: dict[str, Any], output: Path) -> None:
    """Prints a row a model, and what was left out.

    Args:
        entry: what ``metrics.json`` holds.
        output: the folder it lies in.
    """
    console = Console(highlight=False, markup=False)
    pixels = max(model['sets']['uncapped']['count'] for model in entry['models'].values())
    table = Table(title=f'{entry["frames"]} frames, pooled over {pixels:,} pixels; metres')
    columns = ('MAE ≤80', 'RMSE ≤80', 'MAE', 'RMSE', 'flying %', '90 % hold')
    table.add_column('model', overflow='fold')
    for column in columns:
        table.add_column(column, justify='right')
    for name, model in entry['models'].items():
        near, every = (model['sets'].get(each) for each in ('cap_80', 'uncapped'))
        table.add_row(
            name,
            *(_cell(near and near['pooled'][key]) for key in ('mae_m', 'rmse_m')),
            *(_cell(every['pooled'][key]) for key in ('mae_m', 'rmse_m')),
            _cell(model['flying']['share'], 100.0, 2),
            _cell(every['pooled']['coverage_90'], 100.0, 1),
        )
    console.print(table)
    for reason in ('without_truth', 'broken'):
        if entry[reason]:
            console.print(f'left out, {reason.replace("_", " ")}: {len(entry[reason])} frames')
    console.print(f'written to {output}: metrics.json frames.csv report.html', soft_wrap=True)


def _cell(value: float | None, scale: float = 1.0, digits: int = 3) -> str:
    return '' if value is None else f'{scale * value:.{digits}f}'
