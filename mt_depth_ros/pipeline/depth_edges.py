"""Where a scan jumps in range: the outlines of things, as the LiDAR sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import AnyArray, BoolImage, FloatArray
from mt_depth_ros.core.checks import check_array

_MIN_JUMP_M = 0.5
# Rough ground at a grazing angle jumps from ring to ring, but not as far.
_MIN_RELATIVE_JUMP = {True: 0.08, False: 0.15}
_MAX_RANGE_M = 60.0
# Neighbours farther apart than this leave open where between them the outline runs.
_MAX_GAP_DEG = {True: 0.8, False: 1.2}
# Rows that stand in for rings, finer than the rings of any common scanner are apart.
_ROW_DEG = 0.2
_COLUMN_DEG = 0.25
_SAME_RING_DEG = 0.12
# Positions along a row or column are sorted at this resolution, in steps a degree.
_STEPS_PER_DEG = 200
_STEPS_PER_TURN = 360 * _STEPS_PER_DEG


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DepthEdges:
    """Points on the outlines of things.

    Attributes:
        points_m: (N, 3) float32 in the scan's frame: midway in angle between the last point of
            the nearer surface and the first one of what lies behind, at the nearer one's range.
        is_upright: (N,) bool; True: the jump is between neighbours of one ring, so the outline
            passes from below to above; False: between rings, so it passes from side to side.
    """

    points_m: FloatArray
    is_upright: BoolImage

    def __len__(self) -> int:
        return len(self.points_m)


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Points in the order of their lines: rings, or columns of equal azimuth.

    Attributes:
        index: (N,) of the scan.
        line: (N,) number of the line.
        range_m: (N,).
        position_deg: (N,) along the line, ascending within each.
    """

    index: NDArray[np.int64]
    line: NDArray[np.int64]
    range_m: FloatArray
    position_deg: FloatArray


def find_depth_edges(points_m: FloatArray, ring: NDArray[np.int32] | None) -> DepthEdges:
    """Finds the nearer side of every jump in range.

    After Levinson and Thrun (Automatic online calibration of cameras and lasers, RSS 2013), who
    look along rings only. A point counts where the next one lies farther by at least 0.5 m and
    8 % (15 % from ring to ring), the one before lies on the same surface, and the jump is more
    than the slant of that surface explains (on a plane, inverse range grows linearly): the
    ground, met at a grazing angle, jumps from ring to ring without an edge.

    Args:
        points_m: (N, 3) float32 in the LiDAR's frame, z up; or in the camera's, z forward.
        ring: (N,) the laser of each point; None: elevation takes its place.

    Returns:
        The edges nearer than 60 m.
    """
    check_array(points_m, name='points_m', shape=(None, 3), dtype='f4')
    x, y, z = points_m.T
    range_m = np.sqrt(x * x + y * y + z * z)
    usable = range_m > 0
    if not usable.all():
        points_m, range_m, (x, y, z) = points_m[usable], range_m[usable], points_m[usable].T
        ring = None if ring is None else ring[usable]
    azimuth_deg = np.degrees(np.arctan2(y, x))
    elevation_deg = np.degrees(np.arcsin(np.clip(z / range_m, -1, 1)))
    row = np.floor(elevation_deg / _ROW_DEG) if ring is None else ring
    column = np.floor(azimuth_deg / _COLUMN_DEG)
    rows = _sort_into_lines(row, azimuth_deg, range_m)
    columns = _nearest_of_each_ring(_sort_into_lines(column, elevation_deg, range_m))
    directions = points_m / range_m[:, None]
    found = [
        (_edges(lines, directions, step, is_upright=is_upright), is_upright)
        for lines, is_upright in ((rows, True), (columns, False))
        for step in (1, -1)
    ]
    return DepthEdges(
        points_m=np.concatenate([edges for edges, _ in found]),
        is_upright=np.concatenate([np.full(len(edges), upright) for edges, upright in found]),
    )


def _sort_into_lines(line: AnyArray, position_deg: FloatArray, range_m: FloatArray) -> _Lines:
    line = line.astype(np.int64)
    steps = ((position_deg + np.float32(180)) * np.float32(_STEPS_PER_DEG)).astype(np.int64)
    order = np.argsort(line * _STEPS_PER_TURN + steps, kind='stable')
    return _Lines(order, line[order], range_m[order], position_deg[order])


def _nearest_of_each_ring(columns: _Lines) -> _Lines:
    """Leaves one point of a column and ring, the nearest of any two."""
    line, range_m, position_deg = columns.line, columns.range_m, columns.position_deg
    same = (line[1:] == line[:-1]) & (np.diff(position_deg) < _SAME_RING_DEG)
    second_is_farther = range_m[1:] >= range_m[:-1]
    keep = np.ones(len(line), np.bool_)
    keep[1:] &= ~(same & second_is_farther)
    keep[:-1] &= ~(same & ~second_is_farther)
    return _Lines(columns.index[keep], line[keep], range_m[keep], position_deg[keep])


def _edges(lines: _Lines, directions: FloatArray, step: int, *, is_upright: bool) -> FloatArray:
    """(M, 3) edges of which the farther side comes ``step`` (1 or -1) places on."""
    max_gap_deg, relative_jump = _MAX_GAP_DEG[is_upright], _MIN_RELATIVE_JUMP[is_upright]
    range_m, line, position_deg = lines.range_m, lines.line, lines.position_deg
    near = np.arange(1, max(len(range_m) - 1, 1))
    jump_m = range_m[near + step] - range_m[near]
    near = near[
        (jump_m > np.maximum(_MIN_JUMP_M, relative_jump * range_m[near]))
        & (range_m[near] < _MAX_RANGE_M)
    ]
    far, before = near + step, near - step
    gap_deg = np.abs(position_deg[far] - position_deg[near])
    gap_before_deg = np.abs(position_deg[near] - position_deg[before])
    together = (line[far] == line[near]) & (line[before] == line[near])
    together &= (gap_deg < max_gap_deg) & (gap_before_deg < max_gap_deg)
    on_surface = np.abs(range_m[before] - range_m[near]) < np.maximum(0.3, 0.03 * range_m[near])
    inverse = 1 / range_m
    slope = (inverse[near] - inverse[before]) / np.maximum(gap_before_deg, 0.05)
    unexplained = inverse[near] + slope * gap_deg - inverse[far]
    chosen = together & on_surface
    chosen &= unexplained > 0.5 * relative_jump * inverse[near]
    near, far = near[chosen], far[chosen]
    middle = directions[lines.index[near]] + directions[lines.index[far]]
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    return np.asarray(middle * range_m[near][:, None], np.float32)
