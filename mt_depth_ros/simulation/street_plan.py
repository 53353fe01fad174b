"""Where houses, gardens, trees and street furniture stand along a road."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.simulation.buildings import (
    add_building_finishes,
    add_house,
    BuildingFinishes,
)
from mt_depth_ros.simulation.facades import draw_house
from mt_depth_ros.simulation.object_classes import ObjectClass
from mt_depth_ros.simulation.road import District, Road
from mt_depth_ros.simulation.scene_builder import SceneBuilder
from mt_depth_ros.simulation.street_furniture import (
    add_fence,
    add_furniture,
    add_guard_rail,
    add_lamp,
    add_sign,
    add_signal,
    add_small_thing,
    Furniture,
)
from mt_depth_ros.simulation.vegetation import add_flora, add_hedge, Flora, plant_tree, TreeModel

LEVEL_ENOUGH_M = 0.25
"""How much the ground may rise under a car that is parked across it."""


@dataclass(slots=True)
class StreetPlan:
    """A street being furnished.

    Attributes:
        builder: takes the meshes.
        road: gives places.
        houses, flora, kit: what to furnish it with.
        driveways: (station, offset) of places where a car may stand off the road.
        lamps_m: positions of street lamps' lights, metres.
    """

    builder: SceneBuilder
    road: Road
    houses: BuildingFinishes
    flora: Flora
    kit: Furniture
    driveways: list[tuple[float, float]] = field(default_factory=list)
    lamps_m: list[Matrix] = field(default_factory=list)

    def path(self, start_m: float, end_m: float, offset_m: float, step_m: float = 1.0) -> Matrix:
        """Ground points between two stations at one offset."""
        stations = np.linspace(start_m, end_m, max(2, round((end_m - start_m) / step_m) + 1))
        return self.road.places(stations, np.full(len(stations), offset_m))

    def yaw(self, station_m: float, side: float) -> float:
        """The yaw that makes a thing's -y face the road from one side (1 left, -1 right)."""
        return float(self.road.heading_rad(station_m)) + (0.0 if side > 0 else np.pi)

    def tree(self, station_m: float, offset_m: float, kinds: tuple[TreeModel, ...]) -> None:
        """Plants one of some kinds of tree unless a side street runs there."""
        if not kinds or self.road.is_junction(station_m, offset_m, 3.0):
            return
        index = self.builder.add_background(ObjectClass.TREE)
        tree = kinds[self.builder.rng.integers(len(kinds))]
        plant_tree(self.builder, tree, index, self.road.place(station_m, offset_m))

    def bush(self, station_m: float, offset_m: float) -> None:
        """Plants a bush unless a side street runs there."""
        if self.road.is_junction(station_m, offset_m, 1.0):
            return
        rng, flora = self.builder.rng, self.flora
        self.builder.place_mesh(
            flora.bushes[rng.integers(len(flora.bushes))],
            flora.leaves[rng.integers(len(flora.leaves))],
            self.builder.add_background(ObjectClass.VEGETATION),
            position_m=self.road.place(station_m, offset_m),
            yaw_rad=rng.uniform(0, 2 * np.pi),
        )


def furnish_street(builder: SceneBuilder, road: Road) -> StreetPlan:
    """Puts everything along the road that does not move."""
    plan = StreetPlan(
        builder,
        road,
        add_building_finishes(builder),
        add_flora(builder),
        add_furniture(builder),
    )
    for side in (1.0, -1.0):
        _furnish_side(plan, side)
        _plant_verge(plan, side)
        _place_poles(plan, side)
    _furnish_side_streets(plan)
    _plant_woods(plan)
    return plan


def _furnish_side(plan: StreetPlan, side: float) -> None:
    """Plot by plot along one side of the road."""
    rng, road = plan.builder.rng, plan.road
    station = float(road.stations_m[0]) + 5.0
    end = float(road.stations_m[-1]) - 15.0
    setback = rng.uniform(0.0, 1.5) if road.district is District.URBAN else rng.uniform(4.0, 9.0)
    while station < end:
        shape = draw_house(rng, road.district)
        wide = shape.width + (0.1 if road.district is District.URBAN else rng.uniform(3.0, 12.0))
        if station + wide > float(road.stations_m[-1]) - 2.0:
            break
        middle = station + wide / 2
        offset = side * (road.section.street_half_m + setback)
        blocked = road.is_junction(middle, offset, wide / 2 + 0.5)
        empty = (
            rng.random()
            < {'urban': 0.12, 'residential': 0.12, 'country': 0.85}[road.district.value]
        )
        if blocked:
            station += 2.0
            continue
        if empty:
            _furnish_open_plot(plan, station, station + wide, side)
        else:
            add_house(
                plan.builder,
                plan.houses,
                shape,
                road.place(middle, offset, 0.12),
                plan.yaw(middle, side),
            )
            if road.district is not District.URBAN:
                _furnish_garden(plan, station, station + wide, side, setback)
        station += wide


def _furnish_garden(
    plan: StreetPlan, start_m: float, end_m: float, side: float, setback_m: float
) -> None:
    """A hedge or fence along the pavement with a gap for the drive, bushes and trees."""
    rng, edge = plan.builder.rng, plan.road.section.street_half_m
    drive = end_m - 1.9
    parked = side * (edge + max(3.2, setback_m * 0.6))
    across = parked + np.array([-2.2, 2.2])
    rise_m = float(np.ptp(plan.road.ground_height_m(np.full(2, drive), across)))
    if rng.random() < 0.6 and rise_m < LEVEL_ENOUGH_M:
        plan.driveways.append((drive, parked))
    boundary = plan.path(start_m + 0.3, end_m - 4.0, side * (edge + 0.45))
    choice = rng.random()
    if choice < 0.35:
        add_hedge(plan.builder, plan.flora, boundary)
    elif choice < 0.75:
        add_fence(plan.builder, plan.kit, boundary)
    for _ in range(int(rng.integers(0, 4))):
        plan.bush(
            rng.uniform(start_m, end_m - 5), side * (edge + rng.uniform(1.2, setback_m - 0.8))
        )
    if rng.random() < 0.45:
        plan.tree(
            rng.uniform(start_m, end_m - 5),
            side * (edge + rng.uniform(2.0, setback_m - 1.0)),
            plan.flora.trees,
        )
    for depth in (setback_m + 16.0, setback_m + 24.0):
        if rng.random() < 0.6:
            plan.tree(rng.uniform(start_m, end_m), side * (edge + depth), plan.flora.woods)


def _furnish_open_plot(plan: StreetPlan, start_m: float, end_m: float, side: float) -> None:
    """A park, field or building gap."""
    rng, edge = plan.builder.rng, plan.road.section.street_half_m
    boundary = plan.path(start_m, end_m, side * (edge + rng.uniform(0.5, 2.0)))
    country = plan.road.district is District.COUNTRY
    choice = rng.random()
    if choice < (0.2 if country else 0.5):
        add_fence(plan.builder, plan.kit, boundary)
    elif choice < (0.35 if country else 0.65):
        add_hedge(plan.builder, plan.flora, boundary)
    elif country and choice < 0.55:
        rail = plan.path(start_m, end_m, side * (edge + 0.6))
        add_guard_rail(plan.builder, plan.kit, rail)
    for _ in range(int(rng.integers(1, 5))):
        plan.bush(rng.uniform(start_m, end_m), side * (edge + rng.uniform(2.0, 14.0)))
    for _ in range(int(rng.integers(1, 4))):
        plan.tree(
            rng.uniform(start_m, end_m), side * (edge + rng.uniform(3.0, 16.0)), plan.flora.trees
        )


def _plant_verge(plan: StreetPlan, side: float) -> None:
    """An avenue of trees, small things on the pavement."""
    rng, road = plan.builder.rng, plan.road
    section = road.section
    first, last = float(road.stations_m[0]) + 5, float(road.stations_m[-1]) - 5
    if rng.random() < (0.3 if road.district is District.URBAN else 0.4):
        offset = side * (section.road_half_m + (0.8 if section.pavement_m else 2.5))
        for station in np.arange(first, last, rng.uniform(8.0, 18.0)):
            if rng.random() < 0.8:
                plan.tree(float(station), offset, plan.flora.avenue)
    if section.pavement_m:
        for station in np.arange(first, last, 14.0):
            place = float(station + rng.uniform(0, 10))
            near_kerb = rng.random() < 0.5
            inset = 0.5 if near_kerb else section.pavement_m - 0.2
            offset = side * (section.road_half_m + 0.15 + inset)
            if rng.random() < 0.45 and not road.is_junction(place, offset, 1.5):
                yaw = plan.yaw(place, side) - np.pi / 2
                add_small_thing(plan.builder, plan.kit, road.place(place, offset), yaw)


def _place_poles(plan: StreetPlan, side: float) -> None:
    """Street lamps, traffic signs and signals."""
    rng, road, kit = plan.builder.rng, plan.road, plan.kit
    section = road.section
    first, last = float(road.stations_m[0]) + 8, float(road.stations_m[-1]) - 8
    offset = side * (section.road_half_m + 0.45 + (0.0 if section.pavement_m else 1.0))
    if side < 0 or rng.random() < 0.6:
        spacing = rng.uniform(18.0, 38.0)
        for station in np.arange(first + rng.uniform(0, spacing), last, spacing):
            if not road.is_junction(float(station), offset, 0.8):
                yaw = plan.yaw(float(station), side) - np.pi / 2
                place = road.place(float(station), offset)
                plan.lamps_m.append(add_lamp(plan.builder, kit, place, yaw))
    for station in np.arange(first, last, 22.0):
        place_m = float(station + rng.uniform(0, 18.0))
        if rng.random() < 0.4 and not road.is_junction(place_m, offset, 0.8):
            facing = float(road.heading_rad(place_m)) + (0.0 if side < 0 else np.pi)
            add_sign(plan.builder, kit, road.place(place_m, offset * 1.02), facing)
    for junction in road.junctions:
        if road.district is not District.COUNTRY and rng.random() < 0.5:
            before = junction.station_m + side * (junction.half_width_m + 1.2)
            facing = float(road.heading_rad(before)) + (0.0 if side < 0 else np.pi)
            add_signal(plan.builder, kit, road.place(before, offset), facing)


def _furnish_side_streets(plan: StreetPlan) -> None:
    """Houses and trees along the streets that lead away."""
    rng, road = plan.builder.rng, plan.road
    if road.district is District.COUNTRY:
        return
    for junction in road.junctions:
        for side, present in ((1.0, junction.on_left), (-1.0, junction.on_right)):
            if not present:
                continue
            out = road.section.street_half_m + 26.0
            while out < 95.0:
                shape = draw_house(rng, road.district)
                for turn in (1.0, -1.0):
                    front = junction.station_m + turn * (junction.half_width_m + 2.5)
                    middle = side * (out + shape.width / 2)
                    yaw = float(road.heading_rad(front)) - turn * np.pi / 2
                    if rng.random() < 0.75:
                        place = road.place(front, middle, 0.12)
                        add_house(plan.builder, plan.houses, shape, place, yaw)
                out += shape.width + rng.uniform(1.0, 9.0)


def _plant_woods(plan: StreetPlan) -> None:
    """Trees and, in towns, big buildings further off."""
    rng, road = plan.builder.rng, plan.road
    per_metre = {'urban': 0.06, 'residential': 0.14, 'country': 0.5}[road.district.value]
    nearest = 14.0 if road.district is District.COUNTRY else 36.0
    for _ in range(int(per_metre * (road.stations_m[-1] - road.stations_m[0]))):
        side = rng.choice([-1.0, 1.0])
        offset = side * (road.section.street_half_m + nearest + 85.0 * rng.random() ** 1.6)
        plan.tree(
            float(rng.uniform(road.stations_m[0], road.stations_m[-1])), offset, plan.flora.woods
        )
