"""Pedestrians who walk and cyclists who ride."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.simulation.meshes import ellipsoid, merged, Mesh, tube
from mt_depth_ros.simulation.object_classes import InstanceLabel, ObjectClass, WorldObject
from mt_depth_ros.simulation.scene_builder import Finish, SceneBuilder
from mt_depth_ros.simulation.textures import random_colour

STRIDE_RAD = 0.45


@dataclass(frozen=True, slots=True)
class Walker:
    """A pedestrian in the model.

    Attributes:
        body: moved by hand.
        index: of the object.
        swings: names of the joints of left leg, right leg, left arm, right arm.
    """

    body: Any
    index: int
    swings: tuple[str, ...]


def _limb(start: Matrix, end: Matrix, thick_m: float, thin_m: float) -> Mesh:
    path = np.linspace(start, end, 4)
    return tube(path, np.linspace(thick_m, thin_m, 4), sides=8)


def _clothes(rng: np.random.Generator, plain: Finish) -> dict[str, Finish]:
    skin = np.array([0.87, 0.68, 0.56]) * rng.uniform(0.35, 1.05)
    return {
        'skin': plain.coloured(skin),
        'hair': plain.coloured(random_colour(rng, (0.03, 0.1), (0.1, 0.6), (0.05, 0.6))),
        'top': plain.coloured(random_colour(rng, saturation=(0.0, 0.9), value=(0.08, 0.95))),
        'legs': plain.coloured(random_colour(rng, (0.5, 0.7), (0.0, 0.6), (0.05, 0.5))),
        'shoes': plain.coloured(random_colour(rng, saturation=(0, 0.3), value=(0.03, 0.6))),
    }


def add_pedestrian(builder: SceneBuilder, plain: Finish, *, is_moving: bool) -> Walker:
    """Adds somebody on foot, standing on the body's origin and facing +x."""
    rng = builder.rng
    tall = rng.uniform(1.05, 1.35) if rng.random() < 0.12 else rng.uniform(1.55, 1.92)
    wide = tall * rng.uniform(0.11, 0.15)
    clothes = _clothes(rng, plain)
    index = builder.add_object(
        WorldObject(
            object_class=ObjectClass.MISC,
            label=InstanceLabel.PEDESTRIAN,
            model='Pedestrian',
            colour='Various',
            size_m=(2.6 * wide, tall, 0.35 * tall),
            is_moving=is_moving,
        )
    )
    body = builder.add_moving_body('person')
    heights = np.array([0.46, 0.5, 0.62, 0.76, 0.82, 0.845, 0.87]) * tall
    chest = np.array([0.75, 0.92, 0.8, 1.0, 0.8, 0.35, 0.3]) * wide
    trunk = tube(np.column_stack([np.zeros(7), np.zeros(7), heights]), chest, sides=10)
    trunk = Mesh(trunk.vertices_m * [0.72, 1.0, 1.0], trunk.faces, trunk.uv, trunk.normals)
    builder.place_once(trunk, clothes['top'], index, body=body)
    head = ellipsoid((0.02, 0, 0.93 * tall), (0.062 * tall, 0.048 * tall, 0.07 * tall))
    builder.place_once(head, clothes['skin'], index, body=body)
    hair = ellipsoid((-0.008, 0, 0.945 * tall), (0.062 * tall, 0.052 * tall, 0.064 * tall))
    builder.place_once(hair, clothes['hair'], index, body=body)
    if rng.random() < 0.25:
        bag = ellipsoid((-0.13 * wide / 0.2, 0, 0.7 * tall), (0.1, 0.15, 0.22), sides=8)
        builder.place_once(bag, clothes['shoes'], index, body=body)
    swings = _add_limbs(builder, body, index, clothes, size_m=(tall, wide))
    return Walker(body, index, swings)


def _add_limbs(
    builder: SceneBuilder,
    body: Any,
    index: int,
    clothes: dict[str, Finish],
    *,
    size_m: tuple[float, float],
) -> tuple[str, ...]:
    """Adds legs and arms that swing; returns their joints: left and right leg, then arm.

    ``size_m`` is the person's height and half width.
    """
    tall, wide = size_m
    hip, shoulder = 0.5 * tall, 0.81 * tall
    swings = []
    for side in (1, -1):
        foot = np.array([0.0, 0.0, 0.05 - hip])
        joint = _hinged(builder, body, (0.0, side * 0.42 * wide, hip))
        leg = _limb(np.zeros(3), foot, 0.5 * wide, 0.24 * wide)
        shoe = ellipsoid(foot + np.array([0.06, 0, -0.01]), (0.14, 0.05, 0.045), sides=8)
        builder.place_once(leg, clothes['legs'], index, body=joint[0])
        builder.place_once(shoe, clothes['shoes'], index, body=joint[0])
        swings.append(joint[1])
    for side in (1, -1):
        joint = _hinged(builder, body, (0.0, side * 1.12 * wide, shoulder - 0.02))
        hand = np.array([0.05, side * 0.02, -0.36 * tall])
        builder.place_once(
            _limb(np.zeros(3), hand, 0.3 * wide, 0.2 * wide), clothes['top'], index, body=joint[0]
        )
        palm = ellipsoid(hand, (0.045, 0.035, 0.07), sides=6)
        builder.place_once(palm, clothes['skin'], index, body=joint[0])
        swings.append(joint[1])
    return tuple(swings)


def _hinged(builder: SceneBuilder, parent: Any, place_m: tuple[float, ...]) -> tuple[Any, str]:
    """A limb's body that swings about the y axis."""
    limb = parent.add_body(pos=list(place_m))
    joint = limb.add_joint(
        name=builder.name('swing'), type=mujoco.mjtJoint.mjJNT_HINGE, axis=[0.0, 1.0, 0.0]
    )
    return limb, joint.name


def swing_angles_rad(distance_m: float, *, is_moving: bool) -> tuple[float, float, float, float]:
    """How far left leg, right leg, left arm and right arm are swung after walking a distance."""
    phase = np.sin(2 * np.pi * distance_m / 1.4) if is_moving else 0.12
    swing = float(STRIDE_RAD * phase)
    return swing, -swing, -0.8 * swing, 0.8 * swing


def _wheel(centre: tuple[float, float, float], radius_m: float) -> Mesh:
    angle = np.linspace(0, 2 * np.pi, 19)
    rim = np.column_stack([np.cos(angle), np.zeros(19), np.sin(angle)]) * radius_m
    return tube(rim + np.array(centre), np.full(19, 0.022), sides=5)


def _bicycle_frame() -> Mesh:
    """Tubes, handlebar and saddle of a bicycle that heads along x."""

    def bar(*points: tuple[float, float, float], thick: float = 0.02) -> Mesh:
        return tube(np.array(points), np.full(len(points), thick), sides=6)

    return merged(
        [
            bar((-0.52, 0, 0.34), (-0.1, 0, 0.3)),
            bar((-0.1, 0, 0.3), (-0.25, 0, 0.85)),
            bar((-0.1, 0, 0.3), (0.38, 0, 0.78)),
            bar((-0.22, 0, 0.75), (0.38, 0, 0.82)),
            bar((0.52, 0, 0.34), (0.36, 0, 0.98)),
            bar((0.38, -0.26, 1.02), (0.38, 0, 0.98), (0.38, 0.26, 1.02)),
            ellipsoid((-0.25, 0, 0.88), (0.14, 0.08, 0.04), sides=6),
        ]
    )


def add_cyclist(builder: SceneBuilder, plain: Finish) -> tuple[Any, int]:
    """Adds somebody on a bicycle, facing +x; returns the body and the object's index."""
    rng = builder.rng
    clothes = _clothes(rng, plain)
    index = builder.add_object(
        WorldObject(
            object_class=ObjectClass.MISC,
            label=InstanceLabel.CYCLIST,
            model='Cyclist',
            colour='Various',
            size_m=(0.6, 1.75, 1.75),
            is_moving=True,
        )
    )
    body = builder.add_moving_body('cyclist')
    legs, arms = [], []
    for side, knee in ((1, (0.18, 0.11, 0.72)), (-1, (0.16, -0.11, 0.62))):
        foot = (-0.02 + 0.1 * side, 0.11 * side, 0.2 + 0.14 * (side > 0))
        legs += [
            _limb(np.array([-0.22, 0.08 * side, 0.93]), np.array(knee), 0.085, 0.06),
            _limb(np.array(knee), np.array(foot), 0.06, 0.045),
        ]
        elbow = np.array([0.2, 0.25 * side, 1.16])
        arms += [
            _limb(np.array([0.02, 0.17 * side, 1.38]), elbow, 0.055, 0.045),
            _limb(elbow, np.array([0.38, 0.24 * side, 1.04]), 0.045, 0.035),
        ]
    spine = np.linspace([-0.24, 0, 0.9], [0.06, 0, 1.44], 5)
    back = tube(spine, [0.15, 0.15, 0.16, 0.19, 0.08], sides=10)
    head = ellipsoid((0.14, 0, 1.6), (0.11, 0.085, 0.13))
    helmet = ellipsoid((0.12, 0, 1.65), (0.125, 0.095, 0.1))
    builder.place_once(_bicycle_frame(), clothes['shoes'], index, body=body)
    wheels = merged([_wheel((-0.52, 0, 0.34), 0.32), _wheel((0.52, 0, 0.34), 0.32)])
    builder.place_once(wheels, plain.coloured((0.05, 0.05, 0.05)), index, body=body)
    builder.place_once(merged(legs), clothes['legs'], index, body=body)
    builder.place_once(merged([*arms, back]), clothes['top'], index, body=body)
    builder.place_once(head, clothes['skin'], index, body=body)
    builder.place_once(helmet, clothes['hair'], index, body=body)
    return body, index
