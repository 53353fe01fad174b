"""Sparsification curves as an SVG picture."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.evaluation.frame_scoring import Scores
from mt_depth_ros.evaluation.uncertainty_calibration import DROPPED_SHARES

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 620, 320, 54, 14, 200, 44
# Okabe and Ito's colours, which colour-blind readers tell apart.
_COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000')


def sparsification_plot(scores: Mapping[str, Scores]) -> str:
    """Draws the MAE of the pixels left after dropping the least certain ones.

    Solid lines drop by the stated uncertainty, dotted ones by the true error (the oracle).

    Args:
        scores: of every model.
    """
    parts = [_frame()]
    row = 0
    for place, (name, each) in enumerate(scores.items()):
        if not each.by_error.num_pixels:
            continue
        colour = _COLOURS[place % len(_COLOURS)]
        parts.append(_line(each.by_uncertainty.curve().mae, colour, ''))
        parts.append(_line(each.by_error.curve().mae, colour, '2 4'))
        parts.append(_legend(row, name, colour))
        row += 1
    parts.append(
        f'<text x="{_WIDTH - _RIGHT + 16}" y="{_TOP + 22 * row + 16}">dotted: oracle</text>'
    )
    return (
        f'<svg role="img" aria-label="sparsification curves" width="{_WIDTH}" '
        f'height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}">{"".join(parts)}</svg>'
    )


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(relative_error: float) -> float:
    return _TOP + (1.0 - relative_error) * (_HEIGHT - _TOP - _BOTTOM)


def _frame() -> str:
    marks = [
        f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{_y(level):.1f}" y2="{_y(level):.1f}" '
        f'stroke="#dde2ea"/><text x="{_LEFT - 8}" y="{_y(level) + 4:.1f}" '
        f'text-anchor="end">{level:.0%}</text>'
        for level in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    marks += [
        f'<text x="{_x(share):.1f}" y="{_HEIGHT - _BOTTOM + 18}" '
        f'text-anchor="middle">{share:.0%}</text>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    middle = (_x(0) + _x(1)) / 2
    marks.append(
        f'<text x="{middle:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">'
        'least certain pixels dropped; MAE of the rest, relative to all</text>'
    )
    return ''.join(marks)


def _line(relative_error: Matrix, colour: str, dashes: str) -> str:
    shown = np.clip(np.nan_to_num(relative_error), 0.0, 1.0)
    points = ' '.join(
        f'{_x(share):.1f},{_y(error):.1f}'
        for share, error in zip(DROPPED_SHARES, shown, strict=True)
    )
    return (
        f'<polyline fill="none" stroke="{colour}" stroke-width="1.8" '
        f'stroke-dasharray="{dashes}" points="{points}"/>'
    )


def _legend(row: int, name: str, colour: str) -> str:
    x, y = _WIDTH - _RIGHT + 16, _TOP + 22 * row + 8
    return (
        f'<line x1="{x}" x2="{x + 22}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>'
        f'<text x="{x + 28}" y="{y + 4}">{escape(name)}</text>'
    )
