"""``report.html``: tables, curves and pictures of an evaluation in one file, for any browser."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from mt_depth_ros.evaluation.model_scores import ModelScores
from mt_depth_ros.evaluation.report_pictures import FramePictures, Tile
from mt_depth_ros.evaluation.report_tables import Column, report_tables, Table
from mt_depth_ros.evaluation.sparsification_plot import sparsification_plot

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1c2430; margin: 2rem auto; padding: 0 1.2rem;
  max-width: 1240px; background: #fff; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: .28rem .6rem; text-align: right; border-bottom: 1px solid #dde2ea; }
th { font-weight: 600; vertical-align: bottom; color: #4a5568; max-width: 8.5rem; }
tr.group th { border: 0; border-left: 1px solid #dde2ea; text-align: center; max-width: none; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: #fff; }
td.best { font-weight: 700; background: #e4f2e7; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: 13px; }
dt { color: #4a5568; } dd { margin: 0; overflow-wrap: anywhere; }
thead tr:last-child th { white-space: nowrap; }
.tiles { display: grid; grid-template-columns: 1fr 1fr; gap: .7rem; }
figure.start { grid-column: 1; }
figure { margin: 0; } figure img { width: 100%; display: block; background: #18181c; }
figcaption { font-size: 12px; color: #4a5568; padding-top: .15rem; }
svg text { font: 12px system-ui, sans-serif; fill: #1c2430; }
"""


def write_report(
    path: Path,
    entry: Mapping[str, Any],
    scores: Mapping[str, ModelScores],
    pictures: Sequence[FramePictures],
) -> None:
    """Writes the report: one file that needs no other.

    Args:
        path: the file.
        entry: what ``metrics.json`` holds.
        scores: of every model, for the curves.
        pictures: some of the frames.
    """
    body = [
        '<h1>Depth completion, evaluated</h1>',
        _head(entry),
        *(_table(table) for table in report_tables(entry)),
        _section('Sparsification: error of the pixels that are left, up to 80 m, pooled'),
        sparsification_plot({name: each.overall() for name, each in scores.items()}),
        *(_pictures(frame) for frame in pictures),
        _section('What the names mean'),
        _definitions(entry['definitions']),
    ]
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>Depth completion, evaluated</title><style>{_STYLE}</style></head>\n<body>\n'
        + '\n'.join(body)
        + '\n</body></html>\n'
    )
    path.write_text(page, encoding='utf-8')


def _head(entry: Mapping[str, Any]) -> str:
    groups = ', '.join(f'{group} ({count})' for group, count in entry['groups'].items())
    facts = {
        **entry['about'],
        'frames': f'{entry["frames"]}: {groups}',
        'same input, sha256': entry['input_sha256'],
    }
    if entry['without_truth'] or entry['broken']:
        left_out = len(entry['without_truth']) + len(entry['broken'])
        facts['left out'] = f'{left_out} frames without truth or broken, see metrics.json'
    for name, model in entry['models'].items():
        identity = model['model']
        weights = f', sha256 {identity["sha256"][:12]}' if identity['sha256'] else ''
        refused = f', refused {model["refused_frames"]}' if model['refused_frames'] else ''
        facts[name] = f'{identity["kind"]} on {identity["device"]}{weights}{refused}'
    return _definitions(facts)


def _definitions(facts: Mapping[str, Any]) -> str:
    lines = ''.join(
        f'<dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd>'
        for name, value in facts.items()
    )
    return f'<dl>{lines}</dl>'


def _section(title: str) -> str:
    return f'<h2>{escape(title)}</h2>'


def _table(table: Table) -> str:
    groups = [
        (name, len(list(columns)))
        for name, columns in groupby(table.columns, lambda each: each.group)
    ]
    head = ''.join(f'<th>{escape(column.title)}</th>' for column in table.columns)
    above = ''.join(f'<th colspan="{width}">{escape(name)}</th>' for name, width in groups)
    above = f'<tr class="group"><th></th>{above}</tr>' if any(name for name, _ in groups) else ''
    lines = []
    for index, model in enumerate(table.models):
        cells = ''.join(_cell(column, index) for column in table.columns)
        lines.append(f'<tr><td>{escape(model)}</td>{cells}</tr>')
    return (
        f'{_section(table.title)}<div class="scroll"><table><thead>{above}<tr><th>model</th>{head}'
        f'</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def _cell(column: Column, index: int) -> str:
    printed = column.cells[index]
    marked = ' class="best"' if printed == column.best else ''
    return f'<td{marked}>{printed}</td>'


def _pictures(frame: FramePictures) -> str:
    figures = ''.join(map(_figure, frame.tiles))
    return f'{_section(frame.name)}<div class="tiles">{figures}</div>'


def _figure(tile: Tile) -> str:
    caption, data = escape(tile.caption), base64.b64encode(tile.png).decode()
    marked = ' class="start"' if tile.starts_row else ''
    return (
        f'<figure{marked}><img alt="{caption}" src="data:image/png;base64,{data}">'
        f'<figcaption>{caption}</figcaption></figure>'
    )
