"""The tables of the studies: masks, turned cameras, uncertainty, sky."""

from __future__ import annotations

from collections.abc import Iterator

from mt_depth_ros.evaluation.results.inputs import (
    MASK_STUDY,
    mask_study_name,
    PATTERNS,
    real_name,
    simulated_name,
    turned_name,
    TURNS_DEG,
    WITHHOLDINGS,
)
from mt_depth_ros.evaluation.results.markdown import MISSING, text_table
from mt_depth_ros.evaluation.results.paired_bootstrap import Metric
from mt_depth_ros.evaluation.results.result_set import INSTANCE_BAND, ResultSet
from mt_depth_ros.evaluation.results.rows import TableRow
from mt_depth_ros.evaluation.results.trust_criteria import COVERAGE_SETS

_COMPARED: tuple[tuple[str, Metric, str], ...] = (
    ('cap_80', 'mae_m', 'MAE ≤ 80 m'),
    ('cap_80', 'rmse_m', 'RMSE ≤ 80 m'),
    (INSTANCE_BAND, 'rmse_m', 'RMSE instance band'),
)


def mask_table(results: ResultSet) -> str | None:
    """Every kind of mask against none, for every network that takes one; None before any."""
    kinds = [kind for kind in (*MASK_STUDY, 'detected') if mask_study_name(kind) in results.inputs]
    empty = mask_study_name('empty')
    rows = []
    for row in results.rows:
        name = row.row.name
        if not row.row.in_mask_study or results.model(empty, name) is None:
            continue
        for kind in kinds:
            work = mask_study_name(kind)
            if results.model(work, name) is None:
                continue
            cells = []
            for pixels, metric, _ in _COMPARED:
                error = results.error(work, name, pixels, metric)
                change = results.change((work, name), (empty, name), pixels, metric)
                against = '' if kind == 'empty' or change is None else f', {change.text}'
                cells.append(MISSING if error is None else f'{error:.3f} m{against}')
            rows.append([row.row.title, kind, *cells])
    return text_table(['row', 'mask', *(words for *_, words in _COMPARED)], rows) if rows else None


def turn_table(results: ResultSet) -> str | None:
    """Errors by how far the camera is turned against its LiDAR; None before any."""
    works = {f'{deg:g}°': turned_name(deg) for deg in TURNS_DEG}
    rows = []
    for row in results.rows:
        found = [
            [
                results.error(work, row.row.name, 'inside_hull', metric)
                for metric in ('mae_m', 'rmse_m')
            ]
            for work in works.values()
        ]
        cells = [
            MISSING if None in pair else ' / '.join(f'{error:.3f}' for error in pair)
            for pair in found
        ]
        if set(cells) != {MISSING}:
            rows.append([row.row.title, *cells])
    return text_table(['row', *(f'{each}, m' for each in works)], rows) if rows else None


def coverage_table(results: ResultSet) -> str | None:
    """Share of pixels that the 90 % interval holds, where a row states its uncertainty."""
    rows = []
    for pattern, (_, title) in PATTERNS.items():
        for row in results.rows:
            model = results.model(simulated_name('256x512', pattern), row.row.name)
            if model is None or row.row.stage == 'initial':
                continue
            found = [model['sets'].get(name) for name in COVERAGE_SETS]
            shares = [each and each['pooled']['coverage_90'] for each in found]
            cells = [MISSING if share is None else f'{100 * share:.1f}' for share in shares]
            rows.append([title, row.row.title, *cells])
    heads = [name.replace('range_', '').replace('_', ' ') for name in COVERAGE_SETS]
    return text_table(['input', 'row', *(f'{head}, %' for head in heads)], rows) if rows else None


def ranking_table(results: ResultSet) -> str | None:
    """AUSE by uncertainty and by distance, and RMSE without the least certain pixels."""
    works = [
        *((simulated_name('256x512', name), title) for name, (_, title) in PATTERNS.items()),
        *(
            (real_name('reported', name), f'real, {title}')
            for name, (_, title) in WITHHOLDINGS.items()
        ),
    ]
    rows = [
        [title, row.row.title, *cells]
        for work, title in works
        for row in results.rows
        if (cells := _ranking(results, work, row)) is not None
    ]
    head = ['input', 'row', 'AUSE (MAE)', 'by distance', 'AUSE (RMSE)', 'by distance',
            'RMSE m', 'without 5 %', 'without 10 %', 'without 20 %',
            'without the 5 % most wrong']  # fmt: skip
    return text_table(head, rows) if rows else None


def sky_rows(results: ResultSet) -> Iterator[list[str]]:
    """F1, precision and recall of sky, and how much of what is beyond range is told, by row."""
    for pattern, (_, title) in PATTERNS.items():
        for row in results.rows:
            model = results.model(simulated_name('256x512', pattern), row.row.name)
            if model is None or not model['sky']['found'] + model['sky']['invented']:
                continue
            values = [model['sky'][key] for key in ('f1', 'precision', 'recall', 'recall_beyond')]
            yield [title, row.row.title, *(MISSING if v is None else f'{v:.3f}' for v in values)]


def _ranking(results: ResultSet, work: str, row: TableRow) -> list[str] | None:
    model = results.model(work, row.row.name)
    if model is None or row.row.stage == 'initial':
        return None
    found = model['uncertainty']
    by_share = {each['share']: each['rmse_m'] for each in found['most_certain']}
    values = [
        found[f'ause_{key}']['pooled'][metric]
        for metric in ('mae', 'rmse')
        for key in ('by_uncertainty', 'by_distance')
    ]
    values += [by_share[share] for share in (1.0, 0.95, 0.9, 0.8)]
    values += [each['rmse_m'] for each in found['least_wrong'] if each['share'] == 0.95]
    if all(value is None for value in values):
        return None
    return [MISSING if value is None else f'{value:.3f}' for value in values]
