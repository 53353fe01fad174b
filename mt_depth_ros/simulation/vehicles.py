"""Cars, vans, trucks and buses: bodies, wheels, lights, loads; and how they are put in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mt_depth_ros.simulation.meshes import box, ellipsoid, merged, Mesh, tube
from mt_depth_ros.simulation.object_classes import InstanceLabel, ObjectClass, WorldObject
from mt_depth_ros.simulation.scene_builder import (
    DETAIL_GROUP,
    Finish,
    GLASS_GROUP,
    RENDERED_GROUP,
    SceneBuilder,
)
from mt_depth_ros.simulation.textures import paint_reflection, planks, signboard
from mt_depth_ros.simulation.vehicle_shapes import (
    body_meshes,
    BodyShape,
    BUS,
    CARS,
    TRUCK_CAB,
    VANS,
)

PAINTS: dict[str, tuple[float, float, float]] = {
    'White': (0.86, 0.87, 0.87), 'Black': (0.08, 0.08, 0.09), 'Grey': (0.33, 0.34, 0.36),
    'Silver': (0.62, 0.64, 0.66), 'Blue': (0.08, 0.16, 0.42), 'Red': (0.55, 0.05, 0.06),
    'Green': (0.1, 0.28, 0.16), 'Brown': (0.27, 0.18, 0.12), 'Yellow': (0.82, 0.66, 0.1),
    'Orange': (0.8, 0.33, 0.06), 'Beige': (0.66, 0.6, 0.47), 'Turquoise': (0.1, 0.45, 0.5),
}  # fmt: skip
_SHARES = np.array([18, 16, 15, 14, 9, 8, 4, 4, 4, 3, 3, 2], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class VehicleModel:
    """A vehicle to be placed many times.

    Attributes:
        parts: mesh name and material of every part; None stands for the paint.
        glass: mesh name of the windows.
        label, object_class: what it counts as.
        name: what ``info.txt`` calls it.
        size_m: width, height, length.
    """

    parts: tuple[tuple[str, Finish | None], ...]
    glass: str
    label: InstanceLabel
    object_class: ObjectClass
    name: str
    size_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class VehicleFinishes:
    """Materials that vehicles share."""

    paint: Finish
    glass: Finish
    trim: Finish
    tyre: Finish
    rim: Finish
    headlight: Finish
    taillight: Finish
    plate: Finish
    cargo: tuple[Finish, ...]


def add_vehicle_finishes(builder: SceneBuilder) -> VehicleFinishes:
    """Paint, glass, rubber and lamps."""
    plain = builder.add_finish(None)
    return VehicleFinishes(
        paint=builder.add_finish(paint_reflection(builder.rng), specular=0.5, shininess=0.7),
        glass=builder.add_finish(
            paint_reflection(builder.rng), specular=0.9, shininess=0.9
        ).coloured((0.17, 0.2, 0.22)),
        trim=plain.coloured((0.06, 0.06, 0.065)),
        tyre=plain.coloured((0.035, 0.035, 0.04)),
        rim=builder.add_finish(None, specular=0.8, shininess=0.5).coloured((0.5, 0.51, 0.53)),
        headlight=builder.add_finish(None, emission=0.25).coloured((0.9, 0.92, 0.95)),
        taillight=builder.add_finish(None, emission=0.25).coloured((0.65, 0.05, 0.04)),
        plate=plain.coloured((0.8, 0.8, 0.72)),
        cargo=(*builder.add_finishes(planks, 2), *builder.add_finishes(signboard, 2)),
    )


def _wheels(axles_m: list[float], track_m: float, radius_m: float) -> tuple[Mesh, Mesh]:
    """Tyres and rims; the tread faces along y."""
    tyres, rims = [], []
    wide = 0.33 * radius_m + 0.1
    for axle in axles_m:
        for side in (-1, 1):
            inner, outer = side * (track_m / 2 - wide), side * track_m / 2
            path = np.array([[axle, y, radius_m] for y in (inner, outer * 0.99, outer, outer)])
            path += np.array([[0, side * k * 1e-4, 0] for k in range(4)])
            tread = np.array([1.0, 1.0, 0.94, 0.62]) * radius_m
            tyres.append(tube(path, tread, sides=12))
            hub = np.array([[axle, outer * k, radius_m] for k in (0.97, 0.985, 0.992)])
            rims.append(tube(hub, np.array([0.66, 0.62, 0.02]) * radius_m, sides=9))
    return merged(tyres), merged(rims)


def _lamps(shape: BodyShape, rng: np.random.Generator) -> tuple[Mesh, Mesh, Mesh]:
    """Headlights, taillights, and dark grille, mirrors and plates' surround."""
    nose, half = shape.length_m / 2, shape.width_m / 2
    high = 0.46 * shape.height_m if shape.height_m < 2 else 0.33 * shape.height_m
    size = (0.16, rng.uniform(0.1, 0.17), rng.uniform(0.06, 0.1))
    front = [ellipsoid((nose * 0.93, s * half * 0.72, high), size, sides=8) for s in (-1, 1)]
    tall = rng.uniform(0.14, 0.3)
    rear_z = 0.53 * shape.height_m if shape.height_m < 2 else 0.4 * shape.height_m
    rear = [
        box((-nose * 0.985, s * half * 0.74, rear_z), (0.08, rng.uniform(0.14, 0.3), tall))
        for s in (-1, 1)
    ]
    mirror_x = shape.windscreen[1] * shape.length_m - 0.25
    dark = [
        box((nose * 0.975, 0, high - 0.06), (0.08, half * 0.9, 0.14)),
        box((nose * 0.985, 0, 0.28 * high + 0.2), (0.06, half * 1.5, 0.12)),
        box((-nose * 0.99, 0, 0.4 * rear_z), (0.06, half * 1.5, 0.14)),
        box((0, 0, 0.75 * shape.wheel_m + 0.02),
            (shape.length_m * 0.93, shape.width_m * 0.72, 0.7 * shape.wheel_m)),
    ]  # fmt: skip
    dark += [
        ellipsoid((mirror_x, s * (half + 0.09), shape.belt * shape.height_m + 0.04),
                  (0.06, 0.12, 0.08), sides=6)
        for s in (-1, 1)
    ]  # fmt: skip
    return merged(front), merged(rear), merged(dark)


def _plates(shape: BodyShape) -> Mesh:
    nose = shape.length_m / 2
    return merged(
        [
            box((nose * 0.995, 0, 0.4), (0.04, 0.5, 0.11)),
            box((-nose * 1.0, 0, 0.36 * shape.height_m), (0.04, 0.5, 0.11)),
        ]
    )


def _car_like(
    builder: SceneBuilder, finishes: VehicleFinishes, base: BodyShape, label: InstanceLabel
) -> VehicleModel:
    shape = base.varied(builder.rng)
    skins = body_meshes(shape)
    axles = [axle * shape.length_m for axle in shape.axles]
    tyres, rims = _wheels(axles, shape.width_m * 0.98, shape.wheel_m)
    front, rear, dark = _lamps(shape, builder.rng)
    parts: list[tuple[Mesh, Finish | None]] = [
        (skins['paint'], None),
        (merged([skins['trim'], dark]), finishes.trim),
        (tyres, finishes.tyre),
        (rims, finishes.rim),
        (front, finishes.headlight),
        (rear, finishes.taillight),
        (_plates(shape), finishes.plate),
    ]
    return VehicleModel(
        parts=tuple((builder.add_mesh(mesh), finish) for mesh, finish in parts),
        glass=builder.add_mesh(skins['glass']),
        label=label,
        object_class=ObjectClass[label.name],
        name=shape.name,
        size_m=(shape.width_m, shape.height_m, shape.length_m),
    )


def _load(builder: SceneBuilder, length_m: float, width_m: float) -> tuple[str, Mesh, float]:
    """What a truck carries: its name, its mesh (tail at x = 0, floor at z = 0), its height."""
    rng = builder.rng
    kind = str(rng.choice(['BoxTruck', 'CurtainTruck', 'Tanker', 'Tipper', 'Flatbed']))
    if kind in ('BoxTruck', 'CurtainTruck'):
        tall = rng.uniform(1.9, 2.7)
        pieces = [box((length_m / 2, 0, tall / 2), (length_m, width_m, tall), repeats_per_m=0.3)]
        pieces += [
            box((x, 0, tall / 2), (0.06, width_m + 0.05, tall))
            for x in np.linspace(0.05, length_m - 0.05, 3 if kind == 'BoxTruck' else 9)
        ]
    elif kind == 'Tanker':
        tall = width_m * 0.85
        ends = np.array([0.0, 0.15, 0.3, length_m - 0.3, length_m - 0.15, length_m])
        path = np.column_stack([ends, np.zeros(6), np.full(6, tall / 2)])
        pieces = [tube(path, np.array([0.05, 0.8, 1, 1, 0.8, 0.05]) * tall / 2, sides=18)]
    else:
        tall = rng.uniform(0.5, 1.3) if kind == 'Tipper' else 0.15
        pieces = [box((length_m / 2, 0, 0.06), (length_m, width_m, 0.12))]
        pieces += [
            box((length_m / 2, s * width_m / 2, tall / 2), (length_m, 0.07, tall)) for s in (-1, 1)
        ]
        pieces += [box((x, 0, tall / 2), (0.07, width_m, tall)) for x in (0.03, length_m - 0.03)]
        for _ in range(int(rng.integers(1, 5))):
            size = rng.uniform(0.5, 1.5, 3)
            x = rng.uniform(0.8, max(0.9, length_m - 0.8))
            pieces.append(box((x, rng.uniform(-0.4, 0.4), 0.1 + size[2] / 2), size))
    return kind, merged(pieces), tall


def _truck(builder: SceneBuilder, finishes: VehicleFinishes) -> VehicleModel:
    rng = builder.rng
    cab = TRUCK_CAB.varied(rng)
    length, floor = rng.uniform(6.0, 9.5), rng.uniform(0.95, 1.2)
    skins = body_meshes(cab)
    forward = (length / 2 - cab.length_m / 2, 0.0, 0.0)
    name, load, tall = _load(builder, length - cab.length_m - 0.25, 2.4)
    load = load.moved((-length / 2, 0.0, floor))
    rear = [-length / 2 + 1.3] + ([-length / 2 + 2.5] if length > 7.5 else [])
    tyres, rims = _wheels([*rear, forward[0] + cab.axles[1] * cab.length_m], 2.3, cab.wheel_m)
    chassis = [
        box((-0.3, 0, floor - 0.2), (length - 0.9, 1.0, 0.35)),
        box((-0.2, 0.95, 0.65), (1.4, 0.5, 0.5)),
        box((-length / 2 + 0.1, 0, 0.6), (0.1, 2.2, 0.14)),
    ]
    front, _, dark = _lamps(cab, rng)
    lights = [box((-length / 2, s * 0.95, 0.75), (0.08, 0.3, 0.14)) for s in (-1, 1)]
    trim = merged([skins['trim'].moved(forward), dark.moved(forward), *chassis])
    finish = finishes.cargo[rng.integers(len(finishes.cargo))]
    if rng.random() < 0.6:
        finish = finishes.paint.coloured(PAINTS['White'])
    parts: list[tuple[Mesh, Finish | None]] = [
        (skins['paint'].moved(forward), None),
        (trim, finishes.trim),
        (tyres, finishes.tyre),
        (rims, finishes.rim),
        (load, finish),
        (front.moved(forward), finishes.headlight),
        (merged(lights), finishes.taillight),
    ]
    return VehicleModel(
        parts=tuple((builder.add_mesh(mesh), finish) for mesh, finish in parts),
        glass=builder.add_mesh(skins['glass'].moved(forward)),
        label=InstanceLabel.TRUCK,
        object_class=ObjectClass.TRUCK,
        name=name,
        size_m=(2.4, max(cab.height_m, floor + tall), length),
    )


@dataclass(frozen=True, slots=True)
class Fleet:
    """The vehicles of a scene."""

    cars: tuple[VehicleModel, ...]
    vans: tuple[VehicleModel, ...]
    trucks: tuple[VehicleModel, ...]
    finishes: VehicleFinishes

    def draw(self, rng: np.random.Generator) -> VehicleModel:
        """Any of them, as often as they are met on the road."""
        kinds = (self.cars, self.vans, self.trucks)
        kind = kinds[rng.choice(3, p=[0.78, 0.14, 0.08])]
        return kind[rng.integers(len(kind))]


def add_fleet(builder: SceneBuilder) -> Fleet:
    """Builds the vehicles of a scene."""
    rng, finishes = builder.rng, add_vehicle_finishes(builder)
    kinds = rng.permutation(np.concatenate([np.arange(len(CARS)), rng.integers(0, len(CARS), 2)]))
    vans = tuple(_car_like(builder, finishes, shape, InstanceLabel.VAN) for shape in VANS)
    bus = _car_like(builder, finishes, BUS, InstanceLabel.TRUCK)
    return Fleet(
        cars=tuple(_car_like(builder, finishes, CARS[k], InstanceLabel.CAR) for k in kinds),
        vans=vans,
        trucks=(*(_truck(builder, finishes) for _ in range(3)), bus),
        finishes=finishes,
    )


def add_vehicle(
    builder: SceneBuilder, fleet: Fleet, model: VehicleModel, *, is_moving: bool
) -> tuple[Any, int]:
    """Adds a vehicle on a body of its own; returns the body and the object's index."""
    rng = builder.rng
    colour = str(rng.choice(list(PAINTS), p=_SHARES / _SHARES.sum()))
    shade = np.clip(np.array(PAINTS[colour]) * rng.uniform(0.8, 1.2), 0, 1)
    index = builder.add_object(
        WorldObject(
            object_class=model.object_class,
            label=model.label,
            model=model.name,
            colour=colour,
            size_m=model.size_m,
            is_moving=is_moving,
        )
    )
    body = builder.add_moving_body('vehicle')
    small = (fleet.finishes.rim, fleet.finishes.plate)
    for mesh, finish in model.parts:
        used = fleet.finishes.paint.coloured(shade) if finish is None else finish
        group = DETAIL_GROUP if finish in small else RENDERED_GROUP
        builder.place_mesh(mesh, used, index, body=body, group=group)
    builder.place_mesh(model.glass, fleet.finishes.glass, index, body=body, group=GLASS_GROUP)
    return body, index
