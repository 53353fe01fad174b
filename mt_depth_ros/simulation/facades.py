"""The measures of houses and the walls they show: openings, reveals, window panes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.simulation.meshes import Mesh, quads
from mt_depth_ros.simulation.road import District


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseShape:
    """The measures of one building, metres.

    Attributes:
        width, depth: of the ground plan.
        floors: how many.
        floor_m: height of one.
        bay_m: distance between windows.
        window_m: width and height of a window.
        recess_m: how deep windows lie in the wall.
        has_shop: whether the ground floor has shop windows.
    """

    width: float
    depth: float
    floors: int
    floor_m: float
    bay_m: float
    window_m: tuple[float, float]
    recess_m: float
    has_shop: bool

    @property
    def eaves_m(self) -> float:
        """Height of the walls."""
        return self.floors * self.floor_m


def draw_house(rng: np.random.Generator, district: District) -> HouseShape:
    """Measures that suit the district."""
    urban = district is District.URBAN
    bay = rng.uniform(1.9, 3.6)
    bays = int(rng.integers(3, 9 if urban else 6))
    floor = rng.uniform(2.7, 3.7)
    return HouseShape(
        width=bay * bays,
        depth=rng.uniform(8.0, 13.0),
        floors=int(rng.integers(2, 6) if urban else rng.integers(1, 4)),
        floor_m=floor,
        bay_m=bay,
        window_m=(bay * rng.uniform(0.35, 0.65), floor * rng.uniform(0.4, 0.6)),
        recess_m=rng.uniform(0.08, 0.3),
        has_shop=bool(urban and rng.random() < 0.55),
    )


def draw_openings(shape: HouseShape, rng: np.random.Generator) -> Matrix:
    """(floors, bays, 4) left, bottom, right, top of every window, door and shop front."""
    bays = round(shape.width / shape.bay_m)
    door = int(rng.integers(bays))
    openings = []
    for floor in range(shape.floors):
        for bay in range(bays):
            middle = (bay + 0.5) * shape.bay_m - shape.width / 2
            wide, tall = shape.window_m
            bottom = floor * shape.floor_m + 0.3 * shape.floor_m
            if floor == 0 and bay == door:
                wide, tall, bottom = 1.1, 2.15, 0.05
            elif floor == 0 and shape.has_shop:
                wide, tall, bottom = shape.bay_m * 0.86, shape.floor_m * 0.7, 0.35
            top = min(bottom + tall, (floor + 1) * shape.floor_m - 0.2)
            openings.append([middle - wide / 2, bottom, middle + wide / 2, top])
    return np.array(openings).reshape(shape.floors, bays, 4)


def _rectangles(left: Matrix, bottom: Matrix, right: Matrix, top: Matrix, y: Matrix) -> Matrix:
    """(N, 4, 3) upright rectangles facing -y."""
    return np.stack(
        [
            np.stack([left, y, bottom], axis=-1),
            np.stack([right, y, bottom], axis=-1),
            np.stack([right, y, top], axis=-1),
            np.stack([left, y, top], axis=-1),
        ],
        axis=-2,
    ).reshape(-1, 4, 3)


def front_wall(shape: HouseShape, openings: Matrix) -> Mesh:
    """The front wall with holes, and the reveals that lead into them."""
    floors, bays = openings.shape[:2]
    left, bottom, right, top = (openings[..., k] for k in range(4))
    edge_left = np.broadcast_to(np.arange(bays) * shape.bay_m - shape.width / 2, left.shape)
    edge_right = edge_left + shape.bay_m
    base = np.broadcast_to((np.arange(floors) * shape.floor_m)[:, None], left.shape)
    ceiling = base + shape.floor_m
    flat = np.zeros_like(left)
    wall = [
        _rectangles(edge_left, base, left, ceiling, flat),
        _rectangles(right, base, edge_right, ceiling, flat),
        _rectangles(left, base, right, bottom, flat),
        _rectangles(left, top, right, ceiling, flat),
    ]
    deep = flat + shape.recess_m

    def reveal(*corners: tuple[Matrix, Matrix, Matrix]) -> Matrix:
        return np.stack([np.stack(corner, axis=-1) for corner in corners], -2).reshape(-1, 4, 3)

    wall += [
        reveal((left, flat, bottom), (right, flat, bottom), (right, deep, bottom),
               (left, deep, bottom)),
        reveal((left, deep, top), (right, deep, top), (right, flat, top), (left, flat, top)),
        reveal((left, flat, bottom), (left, deep, bottom), (left, deep, top), (left, flat, top)),
        reveal((right, deep, bottom), (right, flat, bottom), (right, flat, top),
               (right, deep, top)),
    ]  # fmt: skip
    corners = np.concatenate(wall)
    uv = np.stack([corners[..., 0] + corners[..., 1], corners[..., 2]], axis=2) * 0.45
    return quads(corners, uv)


def front_panes(openings: Matrix, recess_m: float) -> Matrix:
    """(N, 4, 3) panes at the back of the openings (N, 4)."""
    left, bottom, right, top = openings.T
    return _rectangles(left, bottom, right, top, np.full_like(left, recess_m))


def side_panes(shape: HouseShape, openings: Matrix) -> Matrix:
    """(N, 4, 3) windows set flush into both side walls, of the size of those upstairs."""
    wide, tall = shape.window_m
    columns = np.arange(shape.bay_m, shape.depth - 1.0, 1.4 * shape.bay_m)
    bottoms = openings[:, 0, 1] + 0.3 * shape.floor_m * (np.arange(shape.floors) == 0)
    middle, bottom = (grid.ravel() for grid in np.meshgrid(columns, bottoms))
    left, right, top = middle - wide / 2, middle + wide / 2, bottom + tall
    flat = _rectangles(left, bottom, right, top, np.zeros_like(left))
    across = shape.width / 2 + 0.02
    near = np.stack([np.full(flat.shape[:2], across), flat[..., 0], flat[..., 2]], axis=2)
    far = np.stack([np.full(flat.shape[:2], -across), flat[..., 0], flat[..., 2]], axis=2)
    return np.concatenate([near, far[:, ::-1]])
