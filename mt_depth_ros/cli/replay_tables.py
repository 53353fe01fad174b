"""What ``mt_depth replay`` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def print_replay(summary: dict[str, Any], output: Path) -> None:
    """Prints what became of each camera's images, their errors and the latency.

    Args:
        summary: what ``summary.json`` holds.
        output: the folder it lies in.
    """
    console = Console(markup=False)
    for name, camera in summary['cameras'].items():
        images = camera['matching']['images']
        console.print(
            f'{name}: {len(camera["frames"])} of {images["received"]} images answered by '
            f'{summary["model"]["name"]}'
        )
        for reason, message in camera['first_problem'].items():
            console.print(f'  {camera["not_used"][reason]} x {reason}: {message}', highlight=False)
        for reason, number in camera['degraded'].items():
            text = camera['first_degradation'][reason]
            console.print(f'  {number} x degraded, {reason}: {text}', highlight=False)
        if camera['overall'] is not None:
            console.print(_errors_table(camera))
        if camera['self_check'] is not None:
            console.print(_self_check_text(camera['self_check']), highlight=False, soft_wrap=True)
        console.print(_latency_table(camera['latency_ms']))
    console.print(
        f'written to {output}: bag/ panels/ summary.json', highlight=False, soft_wrap=True
    )


def _self_check_text(entry: dict[str, Any]) -> str:
    held = f'{entry["points"]} LiDAR points in {entry["patches"]} patches kept out of the input'
    if entry['live_mae_m'] is None:
        return f'interpolation check: too few patches to say ({held})'
    return (
        f'interpolation check: live MAE {entry["live_mae_m"]:.3f} m, the 90 % interval holds '
        f'{100 * entry["coverage_of_90_percent"]:.0f} % ({held})'
    )


def _errors_table(camera: dict[str, Any]) -> Table:
    scored = [frame for frame in camera['frames'] if 'errors' in frame]
    scored_on = scored[0]['errors']['scored_on'].replace('_', ' ')
    title = f'errors on {scored_on} depth, in {len(scored)} of {len(camera["frames"])} images'
    table = Table(title=title)
    for column in (
        'stamp',
        'pixels',
        'answered %',
        'MAE m',
        'RMSE m',
        'mean rel %',
        'median rel %',
    ):
        table.add_column(column, justify='right')
    rows = [(str(frame['stamp_ns']), frame['errors']) for frame in scored[:20]]
    if len(scored) > 20:
        rows.append((f'... {len(scored) - 20} more', {}))
    for label, errors in [*rows, ('all', camera['overall'])]:
        table.add_row(label, *_cells(errors))
    return table


def _cells(errors: dict[str, Any]) -> list[str]:
    if not errors:
        return [''] * 6
    count, answered = errors['count'], errors['answered']
    found = [str(count), f'{100 * answered / count:.1f}' if count else '']
    if errors['mae_m'] is None:
        return [*found, '', '', '', '']
    return [
        *found,
        f'{errors["mae_m"]:.3f}',
        f'{errors["rmse_m"]:.3f}',
        f'{100 * errors["mean_relative"]:.2f}',
        f'{100 * errors["median_relative"]:.2f}',
    ]


def _latency_table(latency_ms: dict[str, dict[str, float]]) -> Table:
    table = Table(title='milliseconds')
    for column in ('stage', 'p50', 'p95', 'max'):
        table.add_column(column, justify='left' if column == 'stage' else 'right')
    for stage, values in latency_ms.items():
        table.add_row(stage, *(f'{values[column]:.1f}' for column in ('p50', 'p95', 'max')))
    return table
