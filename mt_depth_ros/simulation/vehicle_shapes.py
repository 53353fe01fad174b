"""The outlines of cars, vans and buses, and how a body is drawn over them.

A vehicle stands with its wheels on z = 0, its middle over the origin, facing +x, y to its left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mt_depth_ros.core.arrays import BoolImage, Matrix
from mt_depth_ros.simulation.meshes import merged, Mesh, quads

Outline = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyShape:
    """A body in proportion to its length and height.

    Attributes:
        name: what it is called in ``info.txt``.
        top: (x / length, z / height) along the roof line, from the tail to the nose.
        rear_glass, windscreen: spans of x / length where the roof line is glass.
        side_glass: spans of x / length of the side windows.
        belt: height of the lower edge of the side windows, as a share of the height.
        axles: x / length of the rear and the front axle.
        tumblehome: width of the roof as a share of the body's width.
        length_m, width_m, height_m: typical measures; each vehicle varies around them.
        wheel_m: radius of a wheel.
    """

    name: str
    top: Outline
    rear_glass: tuple[float, float]
    windscreen: tuple[float, float]
    side_glass: tuple[tuple[float, float], ...]
    belt: float
    axles: tuple[float, float]
    tumblehome: float
    length_m: float
    width_m: float
    height_m: float
    wheel_m: float

    def varied(self, rng: np.random.Generator) -> BodyShape:
        """A vehicle of this kind that differs a little from every other."""
        scale = rng.uniform(0.92, 1.08, 4)
        top = tuple(
            (x, z + rng.normal(0, 0.008) * (abs(x) < 0.45) * (z < 0.98)) for x, z in self.top
        )
        return replace(
            self,
            top=top,
            belt=self.belt * rng.uniform(0.96, 1.04),
            length_m=self.length_m * scale[0],
            width_m=self.width_m * (0.5 + 0.5 * scale[1]),
            height_m=self.height_m * (0.4 + 0.6 * scale[2]),
            wheel_m=self.wheel_m * scale[3],
            tumblehome=self.tumblehome * rng.uniform(0.96, 1.03),
        )


CARS: tuple[BodyShape, ...] = (
    BodyShape(
        name='Hatchback', length_m=4.0, width_m=1.74, height_m=1.46, wheel_m=0.31, belt=0.62,
        top=((-0.5, 0.5), (-0.492, 0.6), (-0.465, 0.68), (-0.37, 0.94), (-0.25, 0.985), (0.0, 1.0),
             (0.1, 0.965), (0.265, 0.69), (0.4, 0.61), (0.475, 0.52), (0.5, 0.38)),
        rear_glass=(-0.465, -0.37), windscreen=(0.1, 0.265),
        side_glass=((-0.36, -0.17), (-0.15, 0.03), (0.05, 0.14)),
        axles=(-0.32, 0.31), tumblehome=0.74,
    ),
    BodyShape(
        name='Sedan', length_m=4.65, width_m=1.81, height_m=1.44, wheel_m=0.32, belt=0.63,
        top=((-0.5, 0.5), (-0.49, 0.68), (-0.44, 0.72), (-0.34, 0.73), (-0.21, 0.955),
             (-0.1, 1.0), (0.02, 0.99), (0.1, 0.94), (0.24, 0.69), (0.4, 0.61), (0.48, 0.52),
             (0.5, 0.4)),
        rear_glass=(-0.34, -0.21), windscreen=(0.1, 0.24),
        side_glass=((-0.25, -0.11), (-0.09, 0.06), (0.08, 0.13)),
        axles=(-0.3, 0.31), tumblehome=0.72,
    ),
    BodyShape(
        name='Estate', length_m=4.7, width_m=1.82, height_m=1.48, wheel_m=0.32, belt=0.61,
        top=((-0.5, 0.5), (-0.492, 0.62), (-0.475, 0.68), (-0.42, 0.93), (-0.36, 0.965),
             (-0.1, 1.0),
             (0.05, 0.97), (0.1, 0.93), (0.24, 0.67), (0.4, 0.6), (0.48, 0.51), (0.5, 0.39)),
        rear_glass=(-0.475, -0.42), windscreen=(0.1, 0.24),
        side_glass=((-0.41, -0.26), (-0.24, -0.09), (-0.07, 0.07), (0.09, 0.13)),
        axles=(-0.29, 0.31), tumblehome=0.74,
    ),
    BodyShape(
        name='SUV', length_m=4.6, width_m=1.9, height_m=1.74, wheel_m=0.37, belt=0.62,
        top=((-0.5, 0.48), (-0.492, 0.62), (-0.475, 0.68), (-0.43, 0.94), (-0.36, 0.985),
             (-0.05, 1.0),
             (0.05, 0.975), (0.1, 0.94), (0.22, 0.7), (0.42, 0.65), (0.485, 0.56), (0.5, 0.4)),
        rear_glass=(-0.475, -0.43), windscreen=(0.1, 0.22),
        side_glass=((-0.4, -0.25), (-0.23, -0.08), (-0.06, 0.08), (0.1, 0.13)),
        axles=(-0.29, 0.31), tumblehome=0.78,
    ),
    BodyShape(
        name='Coupe', length_m=4.4, width_m=1.84, height_m=1.32, wheel_m=0.33, belt=0.64,
        top=((-0.5, 0.52), (-0.49, 0.7), (-0.42, 0.75), (-0.36, 0.77), (-0.17, 0.96), (-0.06, 1.0),
             (0.03, 0.97), (0.2, 0.69), (0.38, 0.63), (0.47, 0.53), (0.5, 0.42)),
        rear_glass=(-0.36, -0.17), windscreen=(0.03, 0.2),
        side_glass=((-0.2, -0.09), (-0.07, 0.08)),
        axles=(-0.31, 0.31), tumblehome=0.7,
    ),
    BodyShape(
        name='Minicar', length_m=3.3, width_m=1.6, height_m=1.5, wheel_m=0.28, belt=0.6,
        top=((-0.5, 0.5), (-0.49, 0.62), (-0.47, 0.7), (-0.41, 0.95), (-0.2, 1.0), (0.08, 0.985),
             (0.15, 0.95), (0.34, 0.67), (0.45, 0.59), (0.49, 0.5), (0.5, 0.4)),
        rear_glass=(-0.47, -0.41), windscreen=(0.15, 0.34),
        side_glass=((-0.37, -0.15), (-0.12, 0.13), (0.15, 0.2)),
        axles=(-0.34, 0.35), tumblehome=0.77,
    ),
    BodyShape(
        name='Pickup', length_m=5.2, width_m=1.87, height_m=1.78, wheel_m=0.38, belt=0.62,
        top=((-0.5, 0.4), (-0.495, 0.6), (-0.49, 0.61), (-0.13, 0.61), (-0.12, 0.64),
             (-0.09, 0.95),
             (0.0, 1.0), (0.1, 0.98), (0.15, 0.94), (0.24, 0.68), (0.43, 0.63), (0.49, 0.52),
             (0.5, 0.38)),
        rear_glass=(-0.12, -0.09), windscreen=(0.15, 0.24),
        side_glass=((-0.08, 0.02), (0.04, 0.13), (0.15, 0.17)),
        axles=(-0.3, 0.32), tumblehome=0.8,
    ),
)  # fmt: skip

VANS: tuple[BodyShape, ...] = (
    BodyShape(
        name='PanelVan', length_m=5.5, width_m=1.98, height_m=2.45, wheel_m=0.35, belt=0.54,
        top=((-0.5, 0.4), (-0.497, 0.92), (-0.48, 0.98), (-0.3, 1.0), (0.14, 0.99), (0.22, 0.95),
             (0.36, 0.57), (0.46, 0.48), (0.49, 0.4), (0.5, 0.25)),
        rear_glass=(0.9, 0.9), windscreen=(0.22, 0.36), side_glass=((0.13, 0.25), (0.26, 0.29)),
        axles=(-0.28, 0.33), tumblehome=0.86,
    ),
    BodyShape(
        name='Minivan', length_m=4.6, width_m=1.86, height_m=1.72, wheel_m=0.33, belt=0.59,
        top=((-0.5, 0.45), (-0.495, 0.6), (-0.485, 0.64), (-0.455, 0.94), (-0.4, 0.985),
             (-0.1, 1.0),
             (0.1, 0.97), (0.15, 0.93), (0.35, 0.63), (0.45, 0.54), (0.49, 0.45), (0.5, 0.35)),
        rear_glass=(-0.485, -0.455), windscreen=(0.15, 0.35),
        side_glass=((-0.43, -0.25), (-0.23, -0.06), (-0.04, 0.13), (0.15, 0.24)),
        axles=(-0.3, 0.32), tumblehome=0.78,
    ),
    BodyShape(
        name='Minibus', length_m=5.9, width_m=2.0, height_m=2.6, wheel_m=0.36, belt=0.5,
        top=((-0.5, 0.4), (-0.497, 0.5), (-0.495, 0.53), (-0.48, 0.95), (-0.45, 0.99), (-0.1, 1.0),
             (0.18, 0.98), (0.25, 0.94), (0.38, 0.54), (0.46, 0.46), (0.49, 0.38), (0.5, 0.25)),
        rear_glass=(-0.495, -0.48), windscreen=(0.25, 0.38),
        side_glass=((-0.46, -0.31), (-0.29, -0.14), (-0.12, 0.03), (0.05, 0.16), (0.18, 0.28)),
        axles=(-0.28, 0.34), tumblehome=0.88,
    ),
)  # fmt: skip

BUS = BodyShape(
    name='Bus', length_m=11.5, width_m=2.5, height_m=3.1, wheel_m=0.48, belt=0.4,
    top=((-0.5, 0.3), (-0.499, 0.45), (-0.497, 0.5), (-0.493, 0.9), (-0.48, 0.99), (-0.1, 1.0),
         (0.46, 1.0), (0.485, 0.92), (0.496, 0.36), (0.499, 0.28), (0.5, 0.2)),
    rear_glass=(-0.497, -0.493), windscreen=(0.485, 0.496),
    side_glass=tuple((-0.48 + 0.135 * k, -0.355 + 0.135 * k) for k in range(7)),
    axles=(-0.25, 0.28), tumblehome=0.95,
)  # fmt: skip

TRUCK_CAB = BodyShape(
    name='Cab', length_m=2.1, width_m=2.35, height_m=2.75, wheel_m=0.46, belt=0.52,
    top=((-0.5, 0.4), (-0.49, 0.93), (-0.46, 0.97), (-0.2, 1.0), (0.25, 0.96), (0.33, 0.9),
         (0.46, 0.5), (0.48, 0.42), (0.49, 0.3), (0.5, 0.2)),
    rear_glass=(0.9, 0.9), windscreen=(0.33, 0.46), side_glass=((-0.15, 0.3),),
    axles=(-3.0, 0.1), tumblehome=0.93,
)  # fmt: skip


def _stations(shape: BodyShape, arch_m: float) -> Matrix:
    """Where along x the body is cut into sections: at every corner of its outline."""
    span = [x for x, _ in shape.top] + [x for pair in shape.side_glass for x in pair]
    span += [x for x in (*shape.rear_glass, *shape.windscreen) if abs(x) <= 0.5]
    arch = np.array([-1.02, -1.0, -0.75, 0.0, 0.75, 1.0, 1.02]) * arch_m
    span += [axle + x / shape.length_m for axle in shape.axles for x in arch]
    inside = np.array([x for x in span if -0.5 <= x <= 0.5])
    return np.unique(np.round(inside, 5)) * shape.length_m


def _sections(shape: BodyShape, x_m: Matrix, arch_m: float) -> Matrix:
    """(stations, 11, 3) points round the body from the right sill over the roof to the left."""
    share = x_m / shape.length_m
    tail_to_nose = np.array(shape.top)
    roof = np.interp(share, tail_to_nose[:, 0], tail_to_nose[:, 1]) * shape.height_m
    narrowing = 1 - 0.16 * np.abs(2 * share) ** 8 - 0.03 * np.abs(2 * share) ** 2
    half = shape.width_m / 2 * narrowing
    sill = np.full_like(x_m, 0.55 * shape.wheel_m + 0.04)
    sill += 0.25 * shape.wheel_m * np.abs(2 * share) ** 12
    arch = np.zeros_like(x_m)
    for axle in shape.axles:
        away = (x_m - axle * shape.length_m) / arch_m
        hole = shape.wheel_m + arch_m * np.sqrt(np.clip(1 - away**2, 0, None))
        arch = np.where(np.abs(away) <= 1.0001, hole, arch)
    low = np.maximum(sill, arch)
    belt = np.minimum(shape.belt * shape.height_m, roof - 0.05)
    belt = np.maximum(belt, low + 0.06)
    roof = np.maximum(roof, belt + 0.03)
    cabin = np.clip((roof - belt) / (0.3 * shape.height_m), 0, 1)
    roof_half = half * (0.88 + (shape.tumblehome - 0.88) * cabin)
    middle = np.maximum(0.5 * (sill + belt) + 0.02, low + 0.03)
    points = [
        (half * 0.92, low),
        (half * 0.985, np.maximum(low + 0.015, sill + 0.12)),
        (half, middle),
        (half * 0.97, belt),
        (roof_half * 0.97, roof - 0.02 * cabin - 0.015),
        (roof_half * 0.0, roof + 0.03 * cabin),
    ]
    right = np.stack([np.stack([x_m, -y, z], axis=1) for y, z in points], axis=1)
    left = right[:, -2::-1] * [1.0, -1.0, 1.0]
    return np.asarray(np.concatenate([right, left], axis=1))


def body_meshes(shape: BodyShape) -> dict[str, Mesh]:
    """The skin of a vehicle, split by what it is made of.

    Returns:
        Meshes named ``paint``, ``glass`` and ``trim``.
    """
    arch_m = shape.wheel_m * 1.14
    x_m = _stations(shape, arch_m)
    points = _sections(shape, x_m, arch_m)
    middle = 0.5 * (x_m[:-1] + x_m[1:]) / shape.length_m
    columns = points.shape[1] - 1

    def within(*spans: tuple[float, float]) -> BoolImage:
        return np.asarray(
            np.any([(middle > low) & (middle < high) for low, high in spans], axis=0)
        )

    kind = np.zeros((len(middle), columns), dtype=np.int8)
    kind[:, [0, columns - 1]] = 2
    for column in (3, columns - 4):
        kind[within(*shape.side_glass), column] = 1
    screens = within(shape.rear_glass, shape.windscreen)
    kind[screens, 4 : columns - 4] = 1
    corners, normals = _cells(points), _cells(_smooth_normals(points))
    skins = {
        name: _mirroring(corners[kind == k], normals[kind == k])
        for k, name in enumerate(('paint', 'glass', 'trim'))
    }
    ends = []
    for section, towards in ((points[0], -1.0), (points[-1], 1.0)):
        right, left = section[:6], section[:4:-1]
        cap = np.stack([right[:-1], right[1:], left[1:], left[:-1]], axis=1)
        cap = cap if towards < 0 else cap[:, ::-1]
        ends.append(_mirroring(cap, np.broadcast_to([towards, 0.0, 0.0], cap.shape)))
    skins['paint'] = merged([skins['paint'], *ends])
    return skins


def _cells(grid: Matrix) -> Matrix:
    """(R - 1, C - 1, 4, 3) corners of the cells of a grid (R, C, 3)."""
    return np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], axis=2)


def _smooth_normals(points: Matrix) -> Matrix:
    """Outward normals of a body's grid (stations, 11, 3)."""
    facets = np.cross(points[1:, 1:] - points[:-1, :-1], points[:-1, 1:] - points[1:, :-1])
    normals = np.zeros_like(points)
    for rows in (slice(None, -1), slice(1, None)):
        for columns in (slice(None, -1), slice(1, None)):
            normals[rows, columns] += facets
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1e-9))


def _mirroring(corners: Matrix, normals: Matrix) -> Mesh:
    """Faces textured by the direction they face: v is 0 for down and 1 for up."""
    up = np.clip(0.5 + 0.49 * normals[..., 2], 0.01, 0.99)
    return quads(corners, np.stack([np.full_like(up, 0.5), up], axis=-1), normals)
