"""Table 3 of MT-Depth (arXiv 2512.04734): as published, and as measured here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mt_depth_ros.evaluation.results.markdown import MISSING, text_table

PAPER_ROWS = {
    'unet': 'UNet, here',
    'mt_depth_initial': 'MT-Depth, initial depth, here',
    'mt_depth': 'MT-Depth, final depth, here',
}
"""Rows that are measured, by the name of the row of the results table."""

PUBLISHED = (
    ('SemSegDepth, published', None, 458.2),
    ('UNet, published', 61.1, 1416.7),
    ('MT-Depth, published', 65.6, 389.5),
)
"""Method, MAE, RMSE; the paper names no unit. Virtual KITTI 2 stores centimetres."""

PIXELS = 'cap_80'


def paper_table(entry: Mapping[str, Any]) -> str:
    """Draws the table.

    Args:
        entry: of ``metrics.json``, with the rows :data:`PAPER_ROWS`.
    """
    rows = [
        [name, MISSING if mae is None else f'{mae:.1f}', f'{rmse:.1f}', MISSING, MISSING, MISSING]
        for name, mae, rmse in PUBLISHED
    ]
    count = 0
    for name, title in PAPER_ROWS.items():
        found = entry['models'][name]['sets'].get(PIXELS)
        errors = [found and found['pooled'][metric] for metric in ('mae_m', 'rmse_m')]
        count = max(count, found['count'] if found else 0)
        cells = [MISSING if each is None else f'{100 * each:.1f}' for each in errors]
        cells += [MISSING if each is None else f'{each:.3f}' for each in errors]
        share = found and 100 * found['answered'] / found['count']
        cells.append(MISSING if share is None else f'{share:.1f}')
        rows.append([title, *cells])
    head = ['method', 'MAE, cm', 'RMSE, cm', 'MAE, m', 'RMSE, m', 'answered, %']
    about = (
        f'{entry["frames"]} validation frames, {count:,} pixels with a true depth up to 80 m, '
        'pooled. The paper names no unit; its figures stand in the columns of centimetres, the '
        "unit of the dataset's files."
    )
    return f'{text_table(head, rows)}\n\n{about}'
