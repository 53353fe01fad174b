"""Who is on the road: parked and moving vehicles, cyclists and people, and how they move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.simulation.people import add_cyclist, add_pedestrian
from mt_depth_ros.simulation.road import District, Road
from mt_depth_ros.simulation.scene_builder import Finish, SceneBuilder
from mt_depth_ros.simulation.street_plan import StreetPlan
from mt_depth_ros.simulation.vehicles import add_fleet, add_vehicle, Fleet

MAX_INSTANCES = 250


@dataclass(frozen=True, kw_only=True, slots=True)
class Motion:
    """A straight drive in road coordinates.

    Attributes:
        station_m, offset_m: where it is at time 0.
        speed_mps: along the road, metres per second; negative against our direction.
        lateral_mps: to the left.
        yaw_rad: heading against the road's direction.
    """

    station_m: float
    offset_m: float
    speed_mps: float = 0.0
    lateral_mps: float = 0.0
    yaw_rad: float = 0.0

    def at(self, time_s: float) -> tuple[float, float]:
        """Station and offset at a time, metres."""
        return (
            self.station_m + self.speed_mps * time_s,
            self.offset_m + self.lateral_mps * time_s,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Something placed anew in every frame.

    Attributes:
        body: its name in the model.
        index: its object's index.
        motion: how it moves.
        swings: joints of a walker's limbs.
        is_vehicle: whether it leans with the slope of the road.
    """

    body: str
    index: int
    motion: Motion
    swings: tuple[str, ...] = ()
    is_vehicle: bool = True


class Traffic:
    """Puts actors on the road.

    Args:
        builder: takes their meshes.
        plan: the furnished street.
        ego: the motion of the car that carries the sensors.
    """

    def __init__(self, builder: SceneBuilder, plan: StreetPlan, ego: Motion) -> None:
        self.actors: list[Actor] = []
        self._builder = builder
        self._road: Road = plan.road
        self._fleet: Fleet = add_fleet(builder)
        self._plain: Finish = builder.add_finish(None)
        self._ego = ego
        self._density = float(builder.rng.uniform(0.35, 1.0))
        self._park()
        self._drive()
        self._driveways(plan)
        self._people()

    def _is_full(self) -> bool:
        return len(self.actors) >= MAX_INSTANCES

    def _add_vehicle(self, motion: Motion, *, model: Any = None) -> float:
        """Adds a vehicle; returns its length."""
        rng = self._builder.rng
        model = model or self._fleet.draw(rng)
        if self._is_full():
            return float(model.size_m[2])
        is_moving = motion.speed_mps != 0.0
        body, index = add_vehicle(self._builder, self._fleet, model, is_moving=is_moving)
        self.actors.append(Actor(body=body.name, index=index, motion=motion))
        return float(model.size_m[2])

    def _park(self) -> None:
        """Cars along both kerbs, bumper to bumper here and there."""
        rng, road = self._builder.rng, self._road
        section = road.section
        if section.parking_m == 0:
            return
        for side in (1.0, -1.0):
            fill = rng.uniform(0.15, 0.95)
            station = max(float(road.stations_m[0]) + 60.0, -60.0)
            end = min(float(road.stations_m[-1]) - 170.0, road.length_m + 200.0)
            offset = side * (section.road_half_m - 1.02)
            while station < end:
                model = self._fleet.draw(rng)
                length = model.size_m[2]
                middle = station + length / 2
                clear = not road.is_junction(middle, offset, length / 2 + 2.0)
                if clear and rng.random() < fill and length < 7.5:
                    turned = np.pi if (side > 0) == (rng.random() < 0.9) else 0.0
                    self._add_vehicle(
                        Motion(
                            station_m=middle,
                            offset_m=offset + rng.normal(0, 0.06),
                            yaw_rad=turned + rng.normal(0, 0.015),
                        ),
                        model=model,
                    )
                station += length + rng.uniform(0.5, 1.6)

    def _drive(self) -> None:
        """Lanes of moving vehicles, each lane at a speed of its own, and cyclists at the edge."""
        rng, section = self._builder.rng, self._road.section
        for way in (-1.0, 1.0):
            for lane in range(section.lanes_each_way):
                offset = way * (lane + 0.5) * section.lane_m
                ours = way < 0 and abs(offset - self._ego.offset_m) < 0.5
                speed = self._ego.speed_mps * (1.0 if ours else rng.uniform(0.75, 1.3))
                speed = max(speed, 3.0) * (1.0 if way < 0 else -1.0)
                if ours:
                    speed = self._ego.speed_mps
                starts = self._lane_starts(ours=ours, oncoming=way > 0, speed=abs(speed))
                for station in starts:
                    turn = (0.0 if way < 0 else np.pi) + rng.normal(0, 0.008)
                    self._add_vehicle(
                        Motion(
                            station_m=station,
                            offset_m=offset + rng.normal(0, 0.12),
                            speed_mps=speed,
                            yaw_rad=turn,
                        )
                    )
        for _ in range(int(rng.poisson(1.5 * self._density))):
            way = rng.choice([-1.0, 1.0])
            self._add_cyclist(way)

    def _lane_starts(self, *, ours: bool, oncoming: bool, speed: float) -> list[float]:
        """Stations of a lane's vehicles at time 0, far enough apart."""
        rng = self._builder.rng
        duration = self._road.length_m / max(self._ego.speed_mps, 1.0)
        start = -45.0
        end = (
            self._road.length_m + 150.0 + (duration * speed if oncoming else -self._road.length_m)
        )
        starts = []
        station = start + rng.uniform(0, 20)
        while station < end:
            clear_of_us = not (ours and -13.0 < station < 10.0)
            if clear_of_us and rng.random() < self._density:
                starts.append(float(station))
            station += 13.0 + rng.exponential(16.0)
        return starts

    def _add_cyclist(self, way: float) -> None:
        rng, section = self._builder.rng, self._road.section
        if self._is_full():
            return
        body, index = add_cyclist(self._builder, self._plain)
        motion = Motion(
            station_m=float(rng.uniform(8.0, 90.0)),
            offset_m=way * (section.traffic_half_m - 0.45),
            speed_mps=-way * rng.uniform(3.0, 6.0),
            yaw_rad=0.0 if way < 0 else np.pi,
        )
        self.actors.append(Actor(body=body.name, index=index, motion=motion))

    def _driveways(self, plan: StreetPlan) -> None:
        """Cars on drives, and cars waiting in side streets."""
        rng = self._builder.rng
        for station, offset in plan.driveways:
            if -50 < station < self._road.length_m + 150 and rng.random() < 0.6:
                turn = np.pi / 2 * rng.choice([-1.0, 1.0])
                model = self._fleet.cars[rng.integers(len(self._fleet.cars))]
                parked = Motion(station_m=station, offset_m=offset, yaw_rad=turn)
                self._add_vehicle(parked, model=model)
        for junction in self._road.junctions:
            for side, present in ((1.0, junction.on_left), (-1.0, junction.on_right)):
                if present and rng.random() < 0.45:
                    offset = side * (self._road.section.road_half_m + rng.uniform(4.0, 9.0))
                    station = junction.station_m + side * junction.half_width_m / 2
                    self._add_vehicle(
                        Motion(station_m=station, offset_m=offset, yaw_rad=-side * np.pi / 2)
                    )

    def _people(self) -> None:
        """People on the pavements, and now and then somebody crossing."""
        rng, road = self._builder.rng, self._road
        if road.district is District.COUNTRY:
            return
        for _ in range(int(rng.poisson(0.12 * self._density * (road.length_m + 120.0)))):
            walks = rng.random() < 0.75
            way = float(rng.choice([-1.0, 1.0]))
            side = float(rng.choice([-1.0, 1.0]))
            inset = rng.uniform(0.25, 0.85) * road.section.pavement_m
            self._add_pedestrian(
                Motion(
                    station_m=float(rng.uniform(-20.0, road.length_m + 120.0)),
                    offset_m=side * (road.section.road_half_m + 0.2 + inset),
                    speed_mps=way * rng.uniform(0.8, 1.7) if walks else 0.0,
                    yaw_rad=(0.0 if way > 0 else np.pi) if walks else rng.uniform(0, 2 * np.pi),
                )
            )
        ahead = 30.0
        while ahead < road.length_m + 60.0 and rng.random() < 0.8:
            side = float(rng.choice([-1.0, 1.0]))
            arrives = ahead / max(self._ego.speed_mps, 1.0)
            pace = rng.uniform(1.0, 1.6)
            self._add_pedestrian(
                Motion(
                    station_m=ahead + 12.0,
                    offset_m=side * (road.section.traffic_half_m + 0.5 + pace * (arrives - 4.0)),
                    lateral_mps=-side * pace,
                    yaw_rad=-side * np.pi / 2,
                )
            )
            ahead += rng.uniform(30.0, 90.0)

    def _add_pedestrian(self, motion: Motion) -> None:
        if self._is_full():
            return
        is_moving = motion.speed_mps != 0.0 or motion.lateral_mps != 0.0
        walker = add_pedestrian(self._builder, self._plain, is_moving=is_moving)
        self.actors.append(
            Actor(
                body=walker.body.name,
                index=walker.index,
                motion=motion,
                swings=walker.swings,
                is_vehicle=False,
            )
        )


def resting_place(road: Road, motion: Motion, time_s: float) -> tuple[Matrix, float, float]:
    """Where an actor stands: world position (3,), yaw and pitch (nose up), radians."""
    station, offset = motion.at(time_s)
    yaw = float(road.heading_rad(station)) + motion.yaw_rad
    pitch = float(np.arctan(road.slope(station)) * np.cos(motion.yaw_rad))
    return road.place(station, offset), yaw, pitch
