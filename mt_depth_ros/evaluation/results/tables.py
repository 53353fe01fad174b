"""The tables of the results document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mt_depth_ros.evaluation.results.frozen_list import TEST_CONDITIONS
from mt_depth_ros.evaluation.results.inputs import (
    genuine_name,
    PATTERNS,
    real_name,
    simulated_name,
    SIZES,
    WITHHOLDINGS,
)
from mt_depth_ros.evaluation.results.markdown import Cells, markdown_table, RowLabels
from mt_depth_ros.evaluation.results.real_frames import Pool
from mt_depth_ros.evaluation.results.result_set import EDGE_BAND, INSTANCE_BAND, ResultSet
from mt_depth_ros.evaluation.results.rows import NOT_TRAINED, OURS, TableRow

NOT_SCORED = 'not scored yet'
CAPS = ('80', '100')


def simulated_tables(results: ResultSet) -> Iterator[str]:
    """The frozen list, a table for each size and density, then inside and outside the hull."""
    for size in SIZES:
        for pattern, (_, title) in PATTERNS.items():
            work = simulated_name(size, pattern)
            if work not in results.inputs:
                continue
            yield f'### {size}, {title}'
            yield _about(results, work)
            yield _table(results, work, [*_caps(results, work), *_bands(results, work),
                                         *_times(results, size)])  # fmt: skip
            if pattern == 'lines16':
                yield f'Inside and outside the convex hull of the points, {size}, {title}:'
                yield _table(results, work, list(_hull(results, work)))


def condition_tables(results: ResultSet) -> Iterator[str]:
    """5 % random, condition by condition."""
    for size in SIZES:
        work = simulated_name(size, 'random5')
        for metric, word in (('mae_m', 'MAE'), ('rmse_m', 'RMSE')):
            if work in results.inputs:
                yield f'{word} up to 80 m in metres, {size}, 5 % random, 12 frames a condition:'
                yield _table(results, work, [
                    _column(results, work, condition, 'cap_80', metric, group=condition)
                    for condition in TEST_CONDITIONS
                ])  # fmt: skip


def genuine_tables(results: ResultSet) -> Iterator[str]:
    """The genuine Virtual KITTI 2 frame, as the paper measures: up to 80 m, in centimetres too."""
    for size in SIZES:
        work = genuine_name(size)
        if work in results.inputs:
            yield f'### {size}, 5 % random'
            yield _about(results, work)
            columns = [
                _column(
                    results, work, f'{word} ≤ 80 m, m (cm)', 'cap_80', metric, centimetres=True
                )
                for metric, word in (('mae_m', 'MAE'), ('rmse_m', 'RMSE'))
            ]
            edge = _column(results, work, 'RMSE at depth edges, m', EDGE_BAND, 'rmse_m')
            yield _table(results, work, [*columns, edge])


def real_tables(results: ResultSet) -> Iterator[str]:
    """Real frames by withheld LiDAR: a table for each pool and way of withholding."""
    pools: Sequence[Pool] = ('tuning', 'reported')
    for name, (_, title) in WITHHOLDINGS.items():
        for pool in pools:
            work = real_name(pool, name)
            if work in results.inputs:
                yield f'### {title}, frames {_POOLS[pool]}'
                yield _about(results, work)
                shares = [_answered(results, work, row) for row in results.rows]
                answered = Cells(
                    title='answered, %', values=shares, digits=1, lower_is_better=None
                )
                yield _table(results, work, [*_caps(results, work), answered])
                yield from _by_source(results, work)
                yield from taken_for_sky(results, work)


def taken_for_sky(results: ResultSet, work: str) -> Iterator[str]:
    """How many points ours answers with sky, and how far off it is on the others."""
    model = results.model(work, OURS)
    if model is None or not model['uncertainty'].get('pixels'):
        return
    scored, uncertainty = model['sets']['cap_80']['count'], model['uncertainty']
    rmse_m = next(each['rmse_m'] for each in uncertainty['most_certain'] if each['share'] == 1)
    yield (
        f'Of the {scored:,} points up to 80 m `{OURS}` answers {scored - uncertainty["pixels"]:,} '
        f'with sky; on the others its RMSE is {rmse_m:.3f} m.'
    )


def timing_table(results: ResultSet) -> str:
    """Milliseconds on the CPU."""
    rows = results.timings.rows
    columns = [
        Cells(
            title=title,
            values=[
                getattr(rows[row.row.name], key) if row.row.name in rows else None
                for row in results.rows
            ],
            digits=1,
            lower_is_better=None,
        )
        for title, key in (
            ('256x512, torch', 'torch'),
            ('256x512, ONNX Runtime', 'onnxruntime'),
            ('256x512, OpenVINO', 'openvino'),
            ('256x512, OpenVINO, bfloat16', 'openvino_bfloat16'),
            ('1242x375 in and out, torch', 'whole_frame'),
        )
    ]
    return markdown_table(_labels(results, 'not measured yet', ()), columns)


_POOLS = {
    'tuning': 'that may be tuned on (KITTI object 000000, OpenCalib)',
    'reported': 'that are only reported (KITTI object 000001, KITTI raw 5, DDAD-like)',
}


def _by_source(results: ResultSet, work: str) -> Iterator[str]:
    entry = results.input_entry(work)
    groups = list(entry['groups']) if entry else []
    if len(groups) < 2 or entry is None:
        return
    columns = []
    for group in groups:
        counted = next(
            (found for row in results.rows
             if (found := results.counts(work, row.row.name, 'cap_80', group=group))),
            (0, 0),
        )  # fmt: skip
        images = entry['groups'][group]
        head = f'{group}: {images} frame{"s" if images > 1 else ""}, {counted[0]:,} points'
        columns.append(_column(results, work, f'{head}; MAE m', 'cap_80', 'mae_m', group=group))
        columns.append(_column(results, work, 'RMSE m', 'cap_80', 'rmse_m', group=group))
    yield 'By source, up to 80 m:'
    yield _table(results, work, columns)


def _about(results: ResultSet, work: str) -> str:
    """What the table is of: frames, pixels or points, the mask, the hash of the input."""
    entry = results.input_entry(work)
    if entry is None:
        return f'{NOT_SCORED}.'
    given = results.inputs[work]
    counted = max(
        (found[0] for row in results.rows
         if (found := results.counts(work, row.row.name, 'cap_80'))),
        default=0,
    )  # fmt: skip
    what = 'withheld points' if given.kind == 'real' else 'pixels'
    return (
        f'{entry["frames"]} frame{"s" if entry["frames"] > 1 else ""}, {counted:,} {what} up to '
        f'80 m; mask: {given.config.masks.name}; input `{entry["input_sha256"][:12]}`.'
    )


def _caps(results: ResultSet, work: str) -> Iterator[Cells]:
    for cap in CAPS:
        for metric, word in (('mae_m', 'MAE'), ('rmse_m', 'RMSE')):
            title = f'{word} ≤ {cap} m, m (cm)'
            yield _column(results, work, title, f'cap_{cap}', metric, centimetres=True)


def _bands(results: ResultSet, work: str) -> Iterator[Cells]:
    yield _column(results, work, 'RMSE instance band, m', INSTANCE_BAND, 'rmse_m')
    yield _column(results, work, 'RMSE edge band, m', EDGE_BAND, 'rmse_m')


def _hull(results: ResultSet, work: str) -> Iterator[Cells]:
    for side in ('inside', 'outside'):
        for metric, word in (('mae_m', 'MAE'), ('rmse_m', 'RMSE')):
            yield _column(results, work, f'{word} {side}, m', f'{side}_hull', metric)


def _times(results: ResultSet, size: str) -> Iterator[Cells]:
    columns = {
        '256x512': ('torch', 'onnxruntime', 'openvino', 'openvino_bfloat16'),
        '1242x375': ('whole_frame',),
    }
    titles = {
        'torch': 'ms torch',
        'onnxruntime': 'ms ONNX Runtime',
        'openvino': 'ms OpenVINO',
        'openvino_bfloat16': 'ms OpenVINO bfloat16',
        'whole_frame': 'ms torch',
    }
    rows = results.timings.rows
    for key in columns[size]:
        values = [
            getattr(rows[row.row.name], key) if row.row.name in rows else None
            for row in results.rows
        ]
        yield Cells(title=titles[key], values=values, digits=1, lower_is_better=None)


def _column(
    results: ResultSet,
    work: str,
    title: str,
    pixels: str,
    metric: str,
    *,
    group: str | None = None,
    centimetres: bool = False,
) -> Cells:
    values = _values(
        results, lambda row: results.error(work, row.row.name, pixels, metric, group=group)
    )
    return Cells(title=title, values=values, in_centimetres=centimetres)


def _values(results: ResultSet, value: Callable[[TableRow], float | None]) -> list[float | None]:
    return [value(row) for row in results.rows]


def _answered(results: ResultSet, work: str, row: TableRow) -> float | None:
    counts = results.counts(work, row.row.name, 'cap_80')
    return None if counts is None else 100.0 * counts[1] / counts[0]


def _table(results: ResultSet, work: str, columns: Sequence[Cells]) -> str:
    done = [results.model(work, row.row.name) is not None for row in results.rows]
    return markdown_table(_labels(results, NOT_SCORED, done), columns)


def _labels(results: ResultSet, remark: str, done: Sequence[bool]) -> RowLabels:
    remarks = {
        index: remark if row.is_here else NOT_TRAINED
        for index, row in enumerate(results.rows)
        if not done or not done[index]
    }
    return RowLabels(title='row', names=[row.row.title for row in results.rows], remarks=remarks)
