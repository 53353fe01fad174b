"""Houses with walls, recessed windows, doors, balconies, shop fronts and roofs; walls and fences.

A building is made with its front on the plane y = 0 facing -y, x to its right, z up; the ground
floor starts at z = 0 and foundations reach below, for sloping ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.simulation.facades import (
    draw_openings,
    front_panes,
    front_wall,
    HouseShape,
    side_panes,
)
from mt_depth_ros.simulation.meshes import box, merged, Mesh, prism, quads, two_sided
from mt_depth_ros.simulation.object_classes import ObjectClass
from mt_depth_ros.simulation.scene_builder import Finish, GLASS_GROUP, SceneBuilder
from mt_depth_ros.simulation.textures import (
    planks,
    random_colour,
    roof_tiles,
    signboard,
    WALLS,
    window_glass,
)

FOUNDATION_M = 3.0


@dataclass(frozen=True, slots=True)
class BuildingFinishes:
    """Materials shared by the buildings of a scene."""

    walls: tuple[Finish, ...]
    roofs: tuple[Finish, ...]
    glass: tuple[Finish, ...]
    boards: tuple[Finish, ...]
    signs: tuple[Finish, ...]
    plain: Finish


def add_building_finishes(builder: SceneBuilder) -> BuildingFinishes:
    """Draws the walls, roofs and windows of a neighbourhood."""
    rng = builder.rng
    return BuildingFinishes(
        walls=tuple(builder.add_finish(WALLS[rng.integers(len(WALLS))](rng)) for _ in range(10)),
        roofs=builder.add_finishes(roof_tiles, 5),
        glass=builder.add_finishes(window_glass, 8, specular=0.6, shininess=0.8),
        boards=builder.add_finishes(planks, 4),
        signs=builder.add_finishes(signboard, 8),
        plain=builder.add_finish(None),
    )


def _shell(shape: HouseShape) -> list[Mesh]:
    """Sides, back and foundation."""
    tall = shape.eaves_m
    middle = shape.depth / 2
    body = box((0.0, middle, tall / 2), (shape.width, shape.depth, tall), repeats_per_m=0.45)
    front_vertices = slice(3 * 4, 4 * 4)
    outer = body.vertices_m.copy()
    # The plain front of the box would hide the recessed windows: fold it onto the foundation.
    outer[front_vertices, 2] = 0.0
    shell = Mesh(outer, body.faces, body.uv)
    footing = box(
        (0.0, middle, -FOUNDATION_M / 2), (shape.width + 0.1, shape.depth + 0.1, FOUNDATION_M)
    )
    return [shell, footing]


def _roof(shape: HouseShape, rng: np.random.Generator, *, flat: bool) -> tuple[Mesh, float]:
    """The roof and the height of its ridge."""
    over = rng.uniform(0.15, 0.6)
    tall, half = shape.eaves_m, shape.depth / 2
    if flat:
        slab = box(
            (0.0, half, tall + 0.3), (shape.width + 0.2, shape.depth + 0.2, rng.uniform(0.5, 0.9))
        )
        return slab, tall
    slope = np.tan(rng.uniform(0.45, 0.85))
    rise, thick = half * slope, 0.2
    eave = np.array([-half - over, -over * slope])
    ridge = np.array([0.0, rise])
    up = np.array([0.0, thick])
    near = np.stack([eave, ridge, ridge + up, eave + up])
    far = (near * [-1.0, 1.0])[::-1]
    slabs = [prism(side, shape.width / 2 + over, repeats_per_m=0.4) for side in (near, far)]
    turned = merged(slabs).moved((0.0, 0.0, 0.0), -np.pi / 2)
    return turned.moved((0.0, half, tall)), tall + rise


def _gable(shape: HouseShape, ridge_m: float) -> Mesh:
    """The triangles of wall under a pitched roof."""
    half = shape.depth / 2
    outline = np.array([[-half, 0.0], [half, 0.0], [0.0, ridge_m - shape.eaves_m]])
    gable = prism(outline, shape.width / 2, repeats_per_m=0.45)
    return gable.moved((0.0, 0.0, 0.0), -np.pi / 2).moved((0.0, half, shape.eaves_m))


def _details(shape: HouseShape, openings: Matrix, rng: np.random.Generator) -> list[Mesh]:
    """Sills, cornices, balconies, porches: what stands out from the front."""
    pieces = []
    if rng.random() < 0.7:
        pieces += [
            box(((o[0] + o[2]) / 2, -0.06, o[1] - 0.05), (o[2] - o[0] + 0.2, 0.2, 0.09))
            for o in openings[1:].reshape(-1, 4)
        ]
    if rng.random() < 0.5:
        for floor in range(1, shape.floors + 1):
            height = floor * shape.floor_m - 0.08
            pieces.append(box((0.0, -0.08, height), (shape.width, 0.2, 0.16)))
    if shape.floors > 1 and rng.random() < 0.5:
        chosen = openings[1:].reshape(-1, 4)
        for o in chosen[rng.random(len(chosen)) < 0.3]:
            wide, floor_z = o[2] - o[0] + 0.8, o[1] - 0.6
            middle = (o[0] + o[2]) / 2
            pieces.append(box((middle, -0.55, floor_z), (wide, 1.1, 0.14)))
            pieces.append(box((middle, -1.08, floor_z + 0.5), (wide, 0.05, 0.95)))
            pieces += [
                box((middle + s * wide / 2, -0.55, floor_z + 0.5), (0.05, 1.1, 0.95))
                for s in (-1, 1)
            ]
    if rng.random() < 0.4 and not shape.has_shop:
        o = openings[0].reshape(-1, 4)[np.argmax(openings[0][:, 3] - openings[0][:, 1])]
        pieces.append(box(((o[0] + o[2]) / 2, -0.6, o[3] + 0.25), (2.2, 1.2, 0.12)))
    return pieces


def add_house(
    builder: SceneBuilder,
    finishes: BuildingFinishes,
    shape: HouseShape,
    position_m: Matrix,
    yaw_rad: float,
) -> None:
    """Builds one house with the middle of its front at a place, facing -y turned by the yaw."""
    rng = builder.rng
    index = builder.add_background(ObjectClass.BUILDING)
    openings = draw_openings(shape, rng)
    wall = finishes.walls[rng.integers(len(finishes.walls))]
    flat = bool(shape.floors > 3 or rng.random() < 0.25)
    roof, ridge = _roof(shape, rng, flat=flat)
    extras = _details(shape, openings, rng)
    if not flat and rng.random() < 0.7:
        place = (rng.uniform(-0.35, 0.35) * shape.width, shape.depth * 0.4, ridge)
        extras.append(box(place, (0.6, 0.6, 2.0)))
    where: dict[str, Any] = {'position_m': position_m, 'yaw_rad': yaw_rad}
    gable = [] if flat else [_gable(shape, ridge)]
    walls = merged([front_wall(shape, openings), *_shell(shape), *gable])
    builder.place_once(walls, wall, index, **where)
    panes = np.concatenate(
        [front_panes(openings.reshape(-1, 4), shape.recess_m), side_panes(shape, openings)]
    )
    for chosen, share in zip(rng.permutation(len(finishes.glass))[:2], (0, 1), strict=True):
        some = panes[share::2]
        if len(some):
            builder.place_once(
                quads(some), finishes.glass[chosen], index, group=GLASS_GROUP, **where
            )
    roofing = finishes.roofs[rng.integers(len(finishes.roofs))]
    builder.place_once(roof, wall if flat else roofing, index, **where)
    trim = finishes.plain.coloured(random_colour(rng, (0.0, 0.7), (0.0, 0.25), (0.4, 0.95)))
    if extras:
        builder.place_once(merged(extras), trim, index, **where)
    if shape.has_shop:
        board = box((0.0, -0.2, shape.floor_m * 0.93), (shape.width * 0.8, 0.3, 0.6))
        unit = Mesh(board.vertices_m, board.faces, board.uv / board.uv.max())
        builder.place_once(unit, finishes.signs[rng.integers(len(finishes.signs))], index, **where)
        if rng.random() < 0.5:
            _add_awning(builder, shape, index, where, finishes.plain)


def _add_awning(
    builder: SceneBuilder, shape: HouseShape, index: int, where: dict[str, Any], plain: Finish
) -> None:
    rng = builder.rng
    half, height, reach = shape.width * 0.4, shape.floor_m * 0.82, rng.uniform(0.8, 1.6)
    canopy = np.array(
        [[[-half, -reach, height - 0.5], [half, -reach, height - 0.5], [half, 0, height],
          [-half, 0, height]]]
    )  # fmt: skip
    colour = random_colour(rng, saturation=(0.1, 0.6), value=(0.3, 0.8))
    builder.place_once(two_sided(quads(canopy)), plain.coloured(colour), index, **where)
