"""Lamps, signs, signals, bollards, bins, fences, walls and guard rails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.simulation.meshes import box, ellipsoid, merged, Mesh, quads, tube, two_sided
from mt_depth_ros.simulation.object_classes import ObjectClass
from mt_depth_ros.simulation.scene_builder import Finish, SceneBuilder
from mt_depth_ros.simulation.textures import planks, random_colour, signboard, stone


@dataclass(frozen=True, slots=True)
class Furniture:
    """Materials and meshes of what stands along a street.

    Attributes:
        metal, lamp, plain: materials.
        signs: faces of signs.
        boards, masonry: materials of fences and walls.
        lamp_mast, lamp_head: names of the lamp's meshes.
        lamp_offset_m: from the foot of the mast to the light, in the mast's axes.
    """

    metal: Finish
    lamp: Finish
    plain: Finish
    signs: tuple[Finish, ...]
    boards: tuple[Finish, ...]
    masonry: tuple[Finish, ...]
    lamp_mast: str
    lamp_head: str
    lamp_offset_m: tuple[float, float, float]


def add_furniture(builder: SceneBuilder) -> Furniture:
    """Draws the street furniture of a scene; all its lamps are of one make."""
    rng = builder.rng
    tall, reach = rng.uniform(5.0, 9.5), rng.uniform(0.0, 2.2)
    mast = np.array(
        [[0, 0, -0.3], [0, 0, tall * 0.85], [reach * 0.3, 0, tall], [reach, 0, tall + 0.1]]
    )
    if reach < 0.5:
        mast = np.array([[0.0, 0, -0.3], [0, 0, tall * 0.5], [0, 0, tall]])
        reach = 0.0
        head = ellipsoid((0, 0, tall + 0.15), (0.22, 0.22, 0.28), sides=8)
    else:
        head = box((reach + 0.2, 0, tall + 0.1), (0.7, 0.28, 0.12))
    thick = np.linspace(rng.uniform(0.07, 0.11), 0.045, len(mast))
    shade = rng.uniform(0.2, 0.6)
    return Furniture(
        metal=builder.add_finish(None, specular=0.4, shininess=0.5).coloured((shade,) * 3),
        lamp=builder.add_finish(None, emission=0.3).coloured((0.95, 0.93, 0.85)),
        plain=builder.add_finish(None),
        signs=builder.add_finishes(signboard, 10),
        boards=builder.add_finishes(planks, 3),
        masonry=builder.add_finishes(stone, 3),
        lamp_mast=builder.add_mesh(tube(mast, thick)),
        lamp_head=builder.add_mesh(head),
        lamp_offset_m=(reach + 0.2, 0.0, tall - 0.1),
    )


def add_lamp(builder: SceneBuilder, kit: Furniture, position_m: Matrix, yaw_rad: float) -> Matrix:
    """Puts up a street lamp reaching towards +x turned by the yaw; returns where it shines."""
    index = builder.add_background(ObjectClass.POLE)
    where: dict[str, Any] = {'position_m': position_m, 'yaw_rad': yaw_rad}
    builder.place_mesh(kit.lamp_mast, kit.metal, index, **where)
    builder.place_mesh(kit.lamp_head, kit.lamp, index, **where)
    cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
    x, y, z = kit.lamp_offset_m
    return np.asarray(position_m + np.array([cos * x - sin * y, sin * x + cos * y, z]))


def _plate(shape: str, radius_m: float, height_m: float) -> Mesh:
    """A sign's face in the y-z plane, looking along -x."""
    corners = {'round': 12, 'triangle': 3, 'octagon': 8, 'square': 4}[shape]
    angle = np.linspace(0, 2 * np.pi, corners + 1)[:-1] + {3: np.pi / 2, 4: np.pi / 4}.get(
        corners, 0.2
    )
    rim = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    vertices = np.column_stack([np.full(corners, -0.05), -rim[:, 0] * radius_m,
                                rim[:, 1] * radius_m + height_m])  # fmt: skip
    fan = np.array([[0, k, k + 1] for k in range(1, corners - 1)], dtype=np.int32)
    behind = vertices + np.array([0.015, 0.0, 0.0])
    faces = np.concatenate([fan, fan[:, ::-1] + corners])
    uv = 0.5 + 0.5 * rim
    return Mesh(np.concatenate([vertices, behind]), faces, np.concatenate([uv, uv * 0.0]))


def add_sign(builder: SceneBuilder, kit: Furniture, position_m: Matrix, yaw_rad: float) -> None:
    """Puts up a traffic sign facing -x turned by the yaw."""
    rng = builder.rng
    tall = rng.uniform(2.0, 3.0)
    pole = builder.add_background(ObjectClass.POLE)
    where: dict[str, Any] = {'position_m': position_m, 'yaw_rad': yaw_rad}
    mast = tube(np.array([[0, 0, -0.3], [0, 0, tall + 0.3]]), [0.035, 0.035], sides=6)
    builder.place_once(mast, kit.metal, pole, **where)
    sign = builder.add_background(ObjectClass.TRAFFIC_SIGN)
    for level in range(int(rng.integers(1, 3))):
        shape = str(rng.choice(['round', 'triangle', 'octagon', 'square']))
        plate = _plate(shape, rng.uniform(0.28, 0.45), tall - 0.75 * level)
        finish = kit.signs[rng.integers(len(kit.signs))]
        builder.place_once(plate, finish, sign, **where)


def add_signal(builder: SceneBuilder, kit: Furniture, position_m: Matrix, yaw_rad: float) -> None:
    """Puts up a traffic light facing -x turned by the yaw."""
    pole = builder.add_background(ObjectClass.POLE)
    light = builder.add_background(ObjectClass.TRAFFIC_LIGHT)
    where: dict[str, Any] = {'position_m': position_m, 'yaw_rad': yaw_rad}
    mast = tube(np.array([[0, 0, -0.3], [0, 0, 3.4]]), [0.06, 0.05], sides=8)
    builder.place_once(mast, kit.metal, pole, **where)
    case = box((-0.12, 0, 3.0), (0.22, 0.32, 0.95))
    builder.place_once(case, kit.plain.coloured((0.06, 0.06, 0.06)), light, **where)
    lit = int(builder.rng.integers(3))
    colours = ((0.95, 0.1, 0.05), (0.95, 0.7, 0.05), (0.1, 0.9, 0.3))
    for lamp, colour in enumerate(colours):
        dim = 1.0 if lamp == lit else 0.18
        lens = ellipsoid((-0.24, 0, 3.3 - 0.3 * lamp), (0.05, 0.11, 0.11), sides=8)
        builder.place_once(lens, kit.plain.coloured(np.array(colour) * dim), light, **where)


def add_small_thing(
    builder: SceneBuilder, kit: Furniture, position_m: Matrix, yaw_rad: float
) -> None:
    """Puts a bollard, bin, cabinet, box or bench on the pavement."""
    rng = builder.rng
    kind = rng.integers(5)
    colour = random_colour(rng, saturation=(0.0, 0.7), value=(0.15, 0.8))
    if kind == 0:
        mesh = tube(np.array([[0, 0, -0.1], [0, 0, 0.9], [0, 0, 0.95]]), [0.08, 0.08, 0.04])
    elif kind == 1:
        mesh = tube(
            np.array([[0, 0, -0.1], [0, 0, 0.95], [0, 0, 1.05]]), [0.25, 0.3, 0.28], sides=12
        )
    elif kind == 2:
        mesh = box((0, 0, 0.6), (0.45, rng.uniform(0.6, 1.6), 1.3))
    elif kind == 3:
        bins = [box((0, k * 0.7, 0.5), (0.7, 0.58, 1.05)) for k in range(int(rng.integers(1, 4)))]
        mesh = merged(bins)
    else:
        seat = [box((0, 0, 0.45), (0.45, 1.6, 0.06)), box((0.22, 0, 0.75), (0.05, 1.6, 0.4))]
        legs = [box((0, s * 0.7, 0.2), (0.4, 0.06, 0.5)) for s in (-1, 1)]
        mesh = merged(seat + legs)
    index = builder.add_background(ObjectClass.MISC)
    where: dict[str, Any] = {'position_m': position_m, 'yaw_rad': yaw_rad}
    builder.place_once(mesh, kit.plain.coloured(colour), index, **where)


def _ribbon(path_m: Matrix, low_m: float, high_m: float) -> Mesh:
    """An upright band along ground points (N, 3)."""
    low, high = path_m + np.array([0, 0, low_m]), path_m + np.array([0, 0, high_m])
    corners = np.stack([low[:-1], low[1:], high[1:], high[:-1]], axis=1)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path_m, axis=0), axis=1))])
    uv = np.stack(
        [
            np.column_stack([length[:-1], np.full(len(low) - 1, low_m)]),
            np.column_stack([length[1:], np.full(len(low) - 1, low_m)]),
            np.column_stack([length[1:], np.full(len(low) - 1, high_m)]),
            np.column_stack([length[:-1], np.full(len(low) - 1, high_m)]),
        ],
        axis=1,
    )
    return two_sided(quads(corners, uv * 0.4))


def _resampled(path_m: Matrix, step_m: float) -> Matrix:
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path_m, axis=0), axis=1))])
    wanted = np.arange(0.0, length[-1], step_m)
    return np.stack([np.interp(wanted, length, path_m[:, k]) for k in range(3)], axis=1)


def add_fence(builder: SceneBuilder, kit: Furniture, path_m: Matrix) -> None:
    """Puts up a picket fence, railing, boarded fence or wall along ground points (N, 3)."""
    rng = builder.rng
    tall = rng.uniform(0.7, 1.9)
    kind = rng.choice(4, p=[0.33, 0.33, 0.2, 0.14])
    index = builder.add_background(ObjectClass.MISC)
    colour = random_colour(rng, (0.0, 0.4), (0.0, 0.4), (0.2, 0.95))
    if kind == 0:
        walls = [_ribbon(path_m, -0.4, tall)]
        finish = kit.masonry[rng.integers(len(kit.masonry))]
    elif kind == 1:
        walls = [_ribbon(path_m, 0.03, tall)]
        finish = kit.boards[rng.integers(len(kit.boards))]
    else:
        step, wide = (0.16, 0.09) if kind == 2 else (0.14, 0.022)
        posts = _resampled(path_m, step)
        along = np.gradient(posts, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        left, right = posts - along * wide / 2, posts + along * wide / 2
        up = np.array([0, 0, tall])
        pickets = np.stack([left, right, right + up, left + up], axis=1)
        rails = [_ribbon(path_m, h * tall, h * tall + 0.06) for h in (0.2, 0.85)]
        walls = [two_sided(quads(pickets)), *rails]
        finish = kit.plain.coloured(colour)
    builder.place_once(merged(walls), finish, index)


def add_guard_rail(builder: SceneBuilder, kit: Furniture, path_m: Matrix) -> None:
    """Puts up a guard rail along ground points (N, 3)."""
    index = builder.add_background(ObjectClass.GUARD_RAIL)
    posts = [box(p + np.array([0, 0, 0.3]), (0.1, 0.1, 0.8)) for p in _resampled(path_m, 3.0)]
    beams = [_ribbon(path_m, 0.48, 0.62), _ribbon(path_m, 0.66, 0.8), _ribbon(path_m, 0.6, 0.68)]
    builder.place_once(merged(posts + beams), kit.metal, index)
