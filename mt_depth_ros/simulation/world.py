"""A compiled scene, and the state it is in at any moment of the drive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.simulation.ground import add_ground
from mt_depth_ros.simulation.object_classes import WorldObject
from mt_depth_ros.simulation.people import swing_angles_rad
from mt_depth_ros.simulation.road import District, Road
from mt_depth_ros.simulation.scene_builder import SceneBuilder
from mt_depth_ros.simulation.street_plan import furnish_street
from mt_depth_ros.simulation.traffic import Actor, Motion, resting_place, Traffic


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ActorPose:
    """Where an instance is in one frame.

    Attributes:
        index: of the object.
        position_m: (3,) world position of the middle of its footprint.
        yaw_rad: its heading, to the left of world x.
        speed_mps: metres per second.
    """

    index: int
    position_m: Matrix
    yaw_rad: float
    speed_mps: float


class World:
    """A street with everything on it.

    Args:
        scene_seed: decides everything about it.
        duration_s: how long the drive lasts.

    Attributes:
        model, data: MuJoCo's model and state.
        object_of_geom: (ngeom,) index into ``objects``.
        objects: what exists.
        road: the road.
        ego: motion of the car that carries the sensors.
        lamps_m: (N, 3) positions of street lamps.
    """

    def __init__(self, scene_seed: int, duration_s: float) -> None:
        rng = np.random.default_rng(np.random.SeedSequence([scene_seed, 0x5CE7E]))
        district = District(rng.choice([d.value for d in District], p=[0.3, 0.38, 0.32]))
        speed = rng.uniform(11.0, 19.0) if district is District.COUNTRY else rng.uniform(4.0, 11.0)
        self.road = Road(rng, speed * duration_s, district)
        section = self.road.section
        lane = int(rng.integers(section.lanes_each_way))
        self.ego = Motion(
            station_m=0.0, offset_m=-(lane + 0.5) * section.lane_m, speed_mps=float(speed)
        )
        builder = SceneBuilder(rng)
        add_ground(builder, self.road)
        plan = furnish_street(builder, self.road)
        self._actors: list[Actor] = Traffic(builder, plan, self.ego).actors
        self.model, self.object_of_geom = builder.compile()
        self.data: Any = mujoco.MjData(self.model)
        self.objects: list[WorldObject] = builder.objects
        self.lamps_m: Matrix = np.array(plan.lamps_m).reshape(-1, 3)
        self._mocap = {a.body: int(self.model.body(a.body).mocapid[0]) for a in self._actors}
        self._joint = {
            name: int(self.model.joint(name).qposadr[0]) for a in self._actors for name in a.swings
        }
        self._sway = rng.uniform(0, 2 * np.pi, 4)
        self.actor_poses: list[ActorPose] = []
        self.move_to(0.0)

    def move_to(self, time_s: float) -> None:
        """Puts every actor where it is at a time."""
        self.actor_poses = []
        for actor in self._actors:
            position, yaw, pitch = resting_place(self.road, actor.motion, time_s)
            mocap = self._mocap[actor.body]
            self.data.mocap_pos[mocap] = position
            self.data.mocap_quat[mocap] = quaternion_wxyz(yaw, pitch * actor.is_vehicle)
            speed = float(np.hypot(actor.motion.speed_mps, actor.motion.lateral_mps))
            if actor.swings:
                angles = swing_angles_rad(speed * time_s + actor.index, is_moving=speed > 0)
                for joint, angle in zip(actor.swings, angles, strict=True):
                    self.data.qpos[self._joint[joint]] = angle
            self.actor_poses.append(
                ActorPose(index=actor.index, position_m=position, yaw_rad=yaw, speed_mps=speed)
            )
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)

    def vehicle_pose(self, time_s: float) -> RigidTransform:
        """World from vehicle: x forward, y left, z up, on the ground under the sensors."""
        position, yaw, pitch = resting_place(self.road, self.ego, time_s)
        wave = np.sin(2 * np.pi * np.array([0.7, 1.3, 0.9, 1.7]) * time_s + self._sway)
        pitch += np.deg2rad(0.25) * wave[0] + np.deg2rad(0.1) * wave[1]
        roll = np.deg2rad(0.25) * wave[2] + np.deg2rad(0.1) * wave[3]
        return RigidTransform(rotation(yaw, pitch, roll), np.asarray(position, dtype=np.float64))


def rotation(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Matrix:
    """World from body: roll about x, then nose up, then yaw about z."""
    cy, sy, cp, sp = np.cos(yaw_rad), np.sin(yaw_rad), np.cos(pitch_rad), np.sin(pitch_rad)
    cr, sr = np.cos(roll_rad), np.sin(roll_rad)
    about_z = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1.0]])
    about_y = np.array([[cp, 0, -sp], [0, 1.0, 0], [sp, 0, cp]])
    about_x = np.array([[1.0, 0, 0], [0, cr, -sr], [0, sr, cr]])
    return np.asarray(about_z @ about_y @ about_x)


def quaternion_wxyz(yaw_rad: float, pitch_rad: float) -> Matrix:
    """The quaternion of a yaw after a nose-up pitch, w first as MuJoCo has it."""
    cy, sy = np.cos(yaw_rad / 2), np.sin(yaw_rad / 2)
    cp, sp = np.cos(pitch_rad / 2), np.sin(pitch_rad / 2)
    return np.array([cy * cp, sy * sp, -cy * sp, sy * cp])
