"""The tables of a report, from the figures of ``metrics.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from mt_depth_ros.evaluation.evaluation_files import KEPT_SHARES
from mt_depth_ros.evaluation.frame_scoring import CALIBRATION_SET
from mt_depth_ros.evaluation.pixel_sets import CAP_SETS, RANGE_SETS, REGION_SETS

Better: TypeAlias = Literal['lower', 'higher', 'neither']

_POOLINGS = {'pooled': 'pooled over all pixels', 'mean_over_images': 'mean over images'}
_ALL_METRICS: tuple[tuple[str, str, Better, int], ...] = (
    ('mae_m', 'MAE m', 'lower', 3),
    ('rmse_m', 'RMSE m', 'lower', 3),
    ('imae_per_km', 'iMAE 1/km', 'lower', 2),
    ('irmse_per_km', 'iRMSE 1/km', 'lower', 2),
    ('abs_rel', 'AbsRel', 'lower', 4),
    ('sq_rel_m', 'SqRel m', 'lower', 4),
    ('silog', 'SILog', 'lower', 2),
    ('delta_1_025', 'δ 1.025', 'higher', 4),
    ('delta_1_05', 'δ 1.05', 'higher', 4),
    ('delta_1_25', 'δ 1.25', 'higher', 4),
    ('delta_1_25_2', 'δ 1.25²', 'higher', 4),
    ('delta_1_25_3', 'δ 1.25³', 'higher', 4),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column: a figure of every model.

    Attributes:
        group: what neighbouring columns have in common; empty: nothing.
        title: with its unit.
        values: a number a model, None where there is none.
        better: which is marked as the best.
        digits: behind the point.
    """

    title: str
    values: tuple[float | None, ...]
    group: str = ''
    better: Better = 'lower'
    digits: int = 3

    @property
    def cells(self) -> tuple[str, ...]:
        """The values as they are printed."""
        return tuple('–' if value is None else f'{value:.{self.digits}f}' for value in self.values)

    @property
    def best(self) -> str | None:
        """The best value as it is printed; None where the models cannot be told apart by it."""
        printed = {cell for cell in self.cells if cell != '–'}
        if len(printed) < 2 or self.better == 'neither':
            return None
        return min(printed, key=float) if self.better == 'lower' else max(printed, key=float)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table, a line a model.

    Attributes:
        title: what it tells.
        models: names of the lines.
        columns: the figures.
    """

    title: str
    models: tuple[str, ...]
    columns: tuple[Column, ...]


def report_tables(entry: Mapping[str, Any]) -> Iterator[Table]:
    """The tables of a report; those without any figure are left out.

    Args:
        entry: what ``metrics.json`` holds.
    """
    models = entry['models']
    for table in _all_tables(models, tuple(entry['groups'])):
        if any(value is not None for column in table.columns for value in column.values):
            yield table


def _all_tables(models: Mapping[str, Any], groups: Sequence[str]) -> Iterator[Table]:
    for pooling, words in _POOLINGS.items():
        yield _table(f'Errors by cap, {words}', models, _errors(models, CAP_SETS, pooling))
    for pooling, words in _POOLINGS.items():
        columns = [
            _column(models, title, ('sets', CALIBRATION_SET, pooling, key), better, digits)
            for key, title, better, digits in _ALL_METRICS
        ]
        yield _table(f'All metrics up to 80 m, {words}', models, [_answered(models), *columns])
    yield _table('Errors by range, pooled', models, _errors(models, RANGE_SETS, 'pooled'))
    yield _table(
        'Errors by region up to 80 m, pooled', models, _errors(models, REGION_SETS, 'pooled')
    )
    yield _table('Depth edges and sky', models, _edges_and_sky(models))
    yield _table('Uncertainty: interval coverage, %', models, _coverage(models))
    yield _table('Uncertainty: ranking, up to 80 m', models, _ranking(models))
    if len(groups) > 1:
        columns = []
        for group in groups:
            path = ('by_group', group, 'sets', CALIBRATION_SET, 'pooled')
            columns += _mae_and_rmse(models, group, path)
        yield _table('Errors up to 80 m by group, pooled', models, columns)
    yield _table('Milliseconds a frame', models, _latency(models))


def _errors(models: Mapping[str, Any], sets: Sequence[str], pooling: str) -> list[Column]:
    columns = []
    for name in sets:
        counts = {
            model['sets'][name]['count'] for model in models.values() if name in model['sets']
        }
        if counts:
            group = f'{_words(name)}: {max(counts):,} px'
            columns += _mae_and_rmse(models, group, ('sets', name, pooling))
    return columns


def _mae_and_rmse(
    models: Mapping[str, Any], group: str, path: tuple[str | int, ...]
) -> list[Column]:
    return [
        _column(models, title, (*path, key), group=group)
        for key, title in (('mae_m', 'MAE m'), ('rmse_m', 'RMSE m'))
    ]


def _words(name: str) -> str:
    """A set of pixels as a reader says it."""
    kind, *numbers = name.split('_')
    if kind == 'cap':
        return f'up to {numbers[0]} m'
    if kind == 'range':
        return f'{numbers[0]} m and up' if numbers[1] == 'up' else f'{"–".join(numbers)} m'
    if name.startswith('instance_band_'):
        return f'instance band {numbers[-1]} px'
    return name.replace('_', ' ')


def _answered(models: Mapping[str, Any]) -> Column:
    shares = []
    for model in models.values():
        scored = model['sets'].get(CALIBRATION_SET)
        shares.append(100.0 * scored['answered'] / scored['count'] if scored else None)
    return Column(title='answered %', values=tuple(shares), better='higher', digits=2)


def _edges_and_sky(models: Mapping[str, Any]) -> list[Column]:
    return [
        _column(models, 'flying pixels %', ('flying', 'share'), digits=2, scale=100.0),
        _column(models, 'sky precision %', ('sky', 'precision'), 'higher', 2, scale=100.0),
        _column(models, 'sky recall %', ('sky', 'recall'), 'higher', 2, scale=100.0),
        _column(models, 'sky F1 %', ('sky', 'f1'), 'higher', 2, scale=100.0),
    ]


def _coverage(models: Mapping[str, Any]) -> list[Column]:
    sets = (CALIBRATION_SET, *RANGE_SETS, 'edge_band', 'off_edge_band')
    columns = [
        _column(
            models,
            f'{share} %',
            ('sets', name, 'pooled', f'coverage_{share}'),
            'neither',
            1,
            scale=100.0,
            group=_words(name),
        )
        for name in sets
        for share in (50, 90)
    ]
    return [column for column in columns if any(value is not None for value in column.values)]


def _ranking(models: Mapping[str, Any]) -> list[Column]:
    columns = [
        _column(
            models,
            unit,
            ('uncertainty', f'ause_{name}', 'pooled', key),
            'lower' if name == 'by_uncertainty' else 'neither',
            4,
            group=f'AUSE {name.replace("_", " ")}',
        )
        for name in ('by_uncertainty', 'by_distance')
        for key, unit in (('mae', 'of MAE'), ('rmse', 'of RMSE'))
    ]
    for place, share in enumerate(KEPT_SHARES):
        group = f'surest {share:.0%}'
        columns += _mae_and_rmse(models, group, ('uncertainty', 'most_certain', place))
    return columns


def _latency(models: Mapping[str, Any]) -> list[Column]:
    stages = dict.fromkeys(stage for model in models.values() for stage in model['latency_ms'])
    return [
        _column(models, key, ('latency_ms', stage, key), digits=1, group=stage.replace('_', ' '))
        for stage in stages
        for key in ('p50', 'p95')
    ]


def _column(
    models: Mapping[str, Any],
    title: str,
    path: tuple[str | int, ...],
    better: Better = 'lower',
    digits: int = 3,
    *,
    scale: float = 1.0,
    group: str = '',
) -> Column:
    found = [_found(model, path) for model in models.values()]
    values = tuple(None if value is None else scale * value for value in found)
    return Column(title=title, values=values, group=group, better=better, digits=digits)


def _found(entry: Any, path: tuple[str | int, ...]) -> float | None:
    for key in path:
        if isinstance(entry, Mapping) and key not in entry:
            return None
        entry = entry[key]
    return None if entry is None else float(entry)


def _table(title: str, models: Mapping[str, Any], columns: list[Column]) -> Table:
    return Table(title=title, models=tuple(models), columns=tuple(columns))
