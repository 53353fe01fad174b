"""Triangle meshes: the pieces that every object of the driving world is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import Matrix

Faces: TypeAlias = NDArray[np.int32]
"""(M, 3) int32 vertex indices, counter-clockwise seen from outside."""

Vector: TypeAlias = Sequence[float] | Matrix
"""A few numbers: a place, a size, a colour."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A triangle mesh with texture coordinates.

    Attributes:
        vertices_m: (N, 3) metres.
        faces: (M, 3) int32 vertex indices, counter-clockwise seen from outside.
        uv: (N, 2) texture coordinates; one unit is one repeat of the texture.
        normals: (N, 3) unit normals, or None to derive them from the faces.
    """

    vertices_m: Matrix
    faces: Faces
    uv: Matrix
    normals: Matrix | None = None

    def moved(self, position_m: Vector, yaw_rad: float = 0.0) -> Mesh:
        """The mesh turned about the vertical axis, then shifted."""
        cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
        turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
        vertices = self.vertices_m @ turn.T + np.asarray(position_m, dtype=np.float64)
        normals = None if self.normals is None else self.normals @ turn.T
        return Mesh(vertices, self.faces, self.uv, normals)


def merged(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh holding all the others.

    Args:
        meshes: at least one; either all carry normals or none does.
    """
    offsets = np.cumsum([0] + [len(mesh.vertices_m) for mesh in meshes[:-1]])
    faces = [mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=True)]
    normals = [mesh.normals for mesh in meshes if mesh.normals is not None]
    return Mesh(
        np.concatenate([mesh.vertices_m for mesh in meshes]),
        np.concatenate(faces).astype(np.int32),
        np.concatenate([mesh.uv for mesh in meshes]),
        np.concatenate(normals) if normals else None,
    )


def two_sided(mesh: Mesh) -> Mesh:
    """A thin sheet that is seen from behind too; faces are drawn from their outside only."""
    behind = Mesh(mesh.vertices_m, mesh.faces[:, ::-1], mesh.uv)
    return merged([Mesh(mesh.vertices_m, mesh.faces, mesh.uv), behind])


def grid_faces(rows: int, columns: int) -> Faces:
    """Two triangles for each cell of a grid of vertices stored row by row."""
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    right, below, across = corner + 1, corner + columns, corner + columns + 1
    lower = np.stack([corner, below, across], axis=1)
    upper = np.stack([corner, across, right], axis=1)
    return np.concatenate([lower, upper]).astype(np.int32)


def surface(points_m: Matrix, uv: Matrix) -> Mesh:
    """A curved sheet through a grid of points.

    Args:
        points_m: (R, C, 3) metres.
        uv: (R, C, 2) texture coordinates.
    """
    rows, columns = points_m.shape[:2]
    return Mesh(points_m.reshape(-1, 3), grid_faces(rows, columns), uv.reshape(-1, 2))


def quads(corners_m: Matrix, uv: Matrix | None = None, normals: Matrix | None = None) -> Mesh:
    """Separate four-cornered faces.

    Args:
        corners_m: (N, 4, 3) metres, counter-clockwise seen from outside.
        uv: (N, 4, 2) texture coordinates; None stretches the texture once over every face.
        normals: (N, 4, 3) unit normals, or None.
    """
    count = len(corners_m)
    first = (np.arange(count) * 4)[:, None]
    faces = np.concatenate([first + np.array([0, 1, 2]), first + np.array([0, 2, 3])])
    if uv is None:
        uv = np.tile(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), (count, 1, 1))
    flat_normals = None if normals is None else normals.reshape(-1, 3)
    return Mesh(corners_m.reshape(-1, 3), faces.astype(np.int32), uv.reshape(-1, 2), flat_normals)


_BOX_SIDES = np.array(
    [
        [[1, -1, -1], [1, 1, -1], [1, 1, 1], [1, -1, 1]],
        [[-1, 1, -1], [-1, -1, -1], [-1, -1, 1], [-1, 1, 1]],
        [[1, 1, -1], [-1, 1, -1], [-1, 1, 1], [1, 1, 1]],
        [[-1, -1, -1], [1, -1, -1], [1, -1, 1], [-1, -1, 1]],
        [[-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]],
        [[-1, 1, -1], [1, 1, -1], [1, -1, -1], [-1, -1, -1]],
    ],
    dtype=np.float64,
)
"""The six sides of a box: front, back, left, right, top, bottom."""


def box(
    centre_m: Vector,
    size_m: Vector,
    *,
    repeats_per_m: float = 0.5,
    sides: slice = slice(0, 6),
) -> Mesh:
    """An upright box whose texture keeps its scale on every side.

    Args:
        centre_m: x, y, z.
        size_m: full lengths along x, y, z.
        repeats_per_m: how often the texture repeats in a metre.
        sides: which of front, back, left, right, top, bottom to make.
    """
    corners = _BOX_SIDES[sides] * (np.asarray(size_m) / 2.0)
    across = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1) * repeats_per_m
    along = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1) * repeats_per_m
    unit = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    uv = unit[None] * np.stack([across, along], axis=1)[:, None, :]
    return quads(corners + np.asarray(centre_m, dtype=np.float64), uv)


def prism(outline_xz_m: Matrix, half_width_m: float, *, repeats_per_m: float = 0.5) -> Mesh:
    """An outline in the x-z plane, counter-clockwise seen from -y, pulled out along y.

    Args:
        outline_xz_m: (N, 2) corners of a convex polygon, metres.
        half_width_m: half the length along y.
        repeats_per_m: how often the texture repeats in a metre.
    """
    count = len(outline_xz_m)
    near = np.insert(outline_xz_m, 1, -half_width_m, axis=1)
    far = np.insert(outline_xz_m, 1, half_width_m, axis=1)
    following = np.roll(np.arange(count), -1)
    walls = np.stack([near, far, far[following], near[following]], axis=1)
    length = np.linalg.norm(outline_xz_m[following] - outline_xz_m, axis=1) * repeats_per_m
    wide = np.full(count, 2 * half_width_m * repeats_per_m)
    zero = np.zeros(count)
    uv = np.stack([[zero, zero], [wide, zero], [wide, length], [zero, length]]).transpose(2, 0, 1)
    fan = np.stack([np.zeros(count - 2), np.arange(1, count - 1), np.arange(2, count)], axis=1)
    flat_uv = outline_xz_m * repeats_per_m
    ends = [
        Mesh(near, fan.astype(np.int32), flat_uv),
        Mesh(far, fan[:, ::-1].astype(np.int32), flat_uv),
    ]
    return merged([quads(walls, uv), *ends])


def tube(
    path_m: Matrix,
    radius_m: Vector,
    *,
    sides: int = 8,
    repeats_per_m: float = 1.0,
) -> Mesh:
    """A round bar along a path: trunks, branches, bent poles.

    Args:
        path_m: (N, 3) points, metres.
        radius_m: (N,) radius at each of them, metres.
        sides: how many flat sides stand in for the circle.
        repeats_per_m: how often the texture repeats in a metre of length.
    """
    forward = np.gradient(path_m, axis=0)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    helper = np.where(np.abs(forward[:, 2:]) > 0.9, [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]])
    first = np.cross(helper, forward)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(forward, first)
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    ring = first[:, None] * np.cos(angle)[:, None] + second[:, None] * np.sin(angle)[:, None]
    points = path_m[:, None] + ring * np.asarray(radius_m)[:, None, None]
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path_m, axis=0), axis=1))])
    around = np.broadcast_to(np.linspace(0.0, 1.0, sides + 1), points.shape[:2])
    along = np.broadcast_to(length[:, None] * repeats_per_m, points.shape[:2])
    sheet = surface(points[:, ::-1], np.stack([around, along], axis=2))
    return Mesh(sheet.vertices_m, sheet.faces, sheet.uv, ring[:, ::-1].reshape(-1, 3))


def ellipsoid(centre_m: Vector, radii_m: Vector, *, sides: int = 10) -> Mesh:
    """A coarse ball, stretched.

    Args:
        centre_m: x, y, z.
        radii_m: half axes along x, y, z.
        sides: segments round its equator; half as many from pole to pole.
    """
    azimuth, polar = np.meshgrid(
        np.linspace(0.0, 2 * np.pi, sides + 1), np.linspace(0.02, np.pi - 0.02, sides // 2 + 1)
    )
    sphere = np.stack(
        [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=2
    )
    uv = np.stack([azimuth / np.pi, polar / np.pi], axis=2)
    sheet = surface(sphere * np.asarray(radii_m) + np.asarray(centre_m), uv)
    normals = sphere / np.asarray(radii_m)
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    return Mesh(sheet.vertices_m, sheet.faces, sheet.uv, normals.reshape(-1, 3))
