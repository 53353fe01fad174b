"""A report on a dataset in words and as plain values."""

from __future__ import annotations

from typing import Any

import numpy as np

from mt_depth_ros.data.frame_statistics import DEPTH_EDGES_M
from mt_depth_ros.data.inspection import DatasetReport, SplitReport, Spread

_BAR_LENGTH = 40
_MAX_SEQUENCES = 30


def report_lines(report: DatasetReport, *, max_broken: int = 20) -> list[str]:
    """The report for a terminal, a line each.

    Args:
        report: what was found.
        max_broken: name at most so many broken frames; the rest is counted.
    """
    looked_at = f'{report.num_read} looked at, {len(report.broken)} broken'
    lines = [
        f'{report.path}: {report.kind.value}',
        f'frames: {report.num_frames} ({looked_at})',
        *_sequence_lines(report.frames_of_sequence),
        *(f'missing: {name}' for name in report.missing),
        'image sizes: '
        + (
            ', '.join(f'{w}x{h} ({count})' for (h, w), count in report.image_sizes.items())
            or 'none'
        ),
        *(_split_line(split) for split in report.splits),
        *_figure_lines(report),
        *_histogram_lines(report),
        *(f'unusable: {error}' for error in report.unusable),
        *(f'broken: {broken.identity}: {broken.error}' for broken in report.broken[:max_broken]),
    ]
    if len(report.broken) > max_broken:
        lines.append(f'broken: {len(report.broken) - max_broken} more')
    return lines


def report_values(report: DatasetReport) -> dict[str, Any]:
    """The whole report as JSON takes it; NaN becomes None."""
    figures = {
        name: {
            bound: _json_number(getattr(getattr(report, name), bound))
            for bound in ('mean', 'lowest', 'highest')
        }
        for name in _FIGURES
    }
    return {
        'path': str(report.path),
        'kind': report.kind.name.lower(),
        'frames': report.num_frames,
        'frames_read': report.num_read,
        'frames_of_sequence': report.frames_of_sequence,
        'missing': list(report.missing),
        'image_sizes': {f'{w}x{h}': count for (h, w), count in report.image_sizes.items()},
        'splits': {
            split.scheme: {'sizes': split.sizes, 'sha256': split.hashes, 'problem': split.problem}
            for split in report.splits
        },
        **figures,
        'depth_edges_m': [_json_number(edge) for edge in DEPTH_EDGES_M],
        'depth_counts': report.depth_counts.tolist(),
        'instance_pixels': [_json_number(value) for value in report.instance_pixels.tolist()],
        'unusable': [str(error) for error in report.unusable],
        'broken': {str(broken.identity): str(broken.error) for broken in report.broken},
    }


_FIGURES = {
    'known_share': ('pixels with true depth', '{:.2%}'),
    'sky_share': ('pixels of sky', '{:.2%}'),
    'measured_share': ('pixels measured by the sensor', '{:.2%}'),
    'in_view_share': ("the scan's points in the image", '{:.2%}'),
    'median_depth_m': ('median depth', '{:.2f} m'),
    'instances_per_frame': ('instances a frame', '{:.1f}'),
}


def _sequence_lines(counts: dict[str, int]) -> list[str]:
    lines = [f'  {name}: {count}' for name, count in counts.items()]
    if len(lines) <= _MAX_SEQUENCES:
        return lines
    return [*lines[:_MAX_SEQUENCES], f'  and {len(lines) - _MAX_SEQUENCES} more sequences']


def _figure_lines(report: DatasetReport) -> list[str]:
    lines = []
    for name, (label, form) in _FIGURES.items():
        spread: Spread = getattr(report, name)
        if not np.isnan(spread.mean):
            mean, low, high = map(form.format, (spread.mean, spread.lowest, spread.highest))
            lines.append(f'{label}: {mean} (from {low} to {high})')
    if not np.isnan(report.instance_pixels).any():
        sizes = ', '.join(f'{value:.0f}' for value in report.instance_pixels)
        lines.append(f'instance sizes, pixels, 10/25/50/75/90 %: {sizes}')
    return lines


def _histogram_lines(report: DatasetReport) -> list[str]:
    total = int(report.depth_counts.sum())
    if total == 0:
        return []
    shares = report.depth_counts / total
    lines = ['depth, share of the pixels that have any:']
    for low, high, share in zip(DEPTH_EDGES_M, DEPTH_EDGES_M[1:], shares, strict=False):
        bar = '#' * round(_BAR_LENGTH * share / shares.max())
        span = f'{low:g} to {high:g} m' if np.isfinite(high) else f'beyond {low:g} m'
        lines.append(f'  {span:>14} {share:7.2%} {bar}'.rstrip())
    return lines


def _split_line(split: SplitReport) -> str:
    if split.sizes is None or split.hashes is None:
        return f'split {split.scheme}: does not apply ({split.problem})'
    parts = ', '.join(
        f'{part} {size} (sha256 {digest[:8]})'
        for part, size, digest in zip(
            ('train', 'validation', 'test'), split.sizes, split.hashes, strict=True
        )
    )
    return f'split {split.scheme}: {parts}'


def _json_number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
