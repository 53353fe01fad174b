"""Everything underfoot: carriageway, markings, kerbs, pavements, side streets, land and hills."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.core.arrays import Matrix
from mt_depth_ros.simulation.meshes import merged, Mesh, surface, two_sided
from mt_depth_ros.simulation.object_classes import ObjectClass
from mt_depth_ros.simulation.road import District, GROUND_REACH_M, Junction, Road
from mt_depth_ros.simulation.scene_builder import Finish, SceneBuilder
from mt_depth_ros.simulation.textures import asphalt, grass, paving, random_colour, soil

PAINT_ABOVE_M = 0.006
SIDE_STREET_ABOVE_M = 0.02
PIECE_STATIONS = 48


def sheet(
    road: Road,
    stations_m: Matrix,
    offsets_m: Matrix,
    *,
    above_m: float = 0.0,
    repeats_per_m: float = 0.25,
) -> Mesh:
    """A sheet lying on the ground.

    Args:
        road: gives the ground.
        stations_m: (R,) increasing stations.
        offsets_m: (C,) offsets from left to right, that is decreasing.
        above_m: height above the ground, metres.
        repeats_per_m: how often the texture repeats in a metre.
    """
    station, offset = np.meshgrid(stations_m, offsets_m, indexing='ij')
    uv = np.stack([offset, station], axis=2) * repeats_per_m
    flipped = road.places(station, offset, above_m)[:, ::-1], uv[:, ::-1]
    return surface(*flipped)


def _add_strips(
    builder: SceneBuilder,
    road: Road,
    offsets_m: Matrix,
    finish: Finish,
    object_index: int,
    *,
    step: int = 1,
    repeats_per_m: float = 0.25,
) -> None:
    """Lays a strip along the whole road, in pieces so that those out of sight can be left out."""
    stations = road.stations_m
    for start in range(0, len(stations) - 1, PIECE_STATIONS):
        piece = stations[start : start + PIECE_STATIONS + 1 : step]
        if len(piece) > 1:
            mesh = sheet(road, piece, offsets_m, repeats_per_m=repeats_per_m)
            builder.place_once(mesh, finish, object_index)


def patch(road: Road, start_m: float, end_m: float, left_m: float, right_m: float) -> Mesh:
    """A piece of paint on the carriageway between two stations and two offsets."""
    steps = max(2, int((end_m - start_m) / 2.0) + 2)
    return sheet(
        road,
        np.linspace(start_m, end_m, steps),
        np.array([left_m, right_m]),
        above_m=PAINT_ABOVE_M,
        repeats_per_m=0.5,
    )


def add_ground(builder: SceneBuilder, road: Road) -> None:
    """Lays the street and the land on both sides of it."""
    rng = builder.rng
    section = road.section
    tarmac = builder.add_finish(asphalt(rng), specular=0.1, shininess=0.2)
    slabs = builder.add_finish(paving(rng))
    turf = builder.add_finish((grass if rng.random() < 0.85 else soil)(rng))
    road_object = builder.add_background(ObjectClass.ROAD)
    terrain = builder.add_background(ObjectClass.TERRAIN)
    half, edge = section.road_half_m, section.street_half_m
    _add_strips(builder, road, np.linspace(half, -half, 5), tarmac, road_object, step=2)
    for side in (1.0, -1.0):
        inner = np.array([half, half + 0.101, half + 0.15]) * side
        stone = slabs.coloured((0.9, 0.9, 0.9))
        _add_strips(builder, road, np.sort(inner)[::-1], stone, terrain, repeats_per_m=1.0)
        if section.pavement_m:
            across = np.sort(np.array([half + 0.15, edge]) * side)[::-1]
            _add_strips(builder, road, across, slabs, terrain, repeats_per_m=0.4)
        reach = GROUND_REACH_M - edge
        offsets = edge + reach * np.linspace(0.0, 1.0, 14) ** 2.2
        across = np.sort(offsets * side)[::-1]
        _add_strips(builder, road, across, turf, terrain, step=3, repeats_per_m=0.3)
    for junction in road.junctions:
        _add_side_street(builder, road, junction, tarmac, road_object)
    _add_markings(builder, road, road_object)
    _add_repairs(builder, road, road_object)
    _add_horizon(builder, road, terrain)


def _add_side_street(
    builder: SceneBuilder, road: Road, junction: Junction, tarmac: Finish, road_object: int
) -> None:
    width = junction.half_width_m
    stations = junction.station_m + np.linspace(-width, width, 7)
    offsets = road.section.road_half_m - 0.3 + np.linspace(0.0, 1.0, 30) ** 1.5 * 125.0
    for side, present in ((1.0, junction.on_left), (-1.0, junction.on_right)):
        if present:
            across = np.sort(offsets * side)[::-1]
            street = sheet(road, stations, across, above_m=SIDE_STREET_ABOVE_M)
            builder.place_once(street, tarmac, road_object)


def _lane_lines(road: Road, rng: np.random.Generator) -> list[Mesh]:
    """Centre line, lines between lanes, edge lines, bays for parking."""
    section, stations = road.section, road.stations_m
    first, last = float(stations[0]), float(stations[-1])
    width, pieces = rng.uniform(0.06, 0.09), []

    def solid(offset_m: float) -> None:
        across = np.array([offset_m + width, offset_m - width])
        pieces.append(sheet(road, stations, across, above_m=PAINT_ABOVE_M))

    def dashed(offset_m: float, dash_m: float, gap_m: float) -> None:
        for start in np.arange(first + 1, last - dash_m - 1, dash_m + gap_m):
            pieces.append(patch(road, start, start + dash_m, offset_m + width, offset_m - width))

    dash, gap = rng.uniform(1.5, 6.0), rng.uniform(2.0, 8.0)
    if section.lanes_each_way == 2 or rng.random() < 0.2:
        solid(0.14)
        solid(-0.14)
    elif rng.random() < 0.85:
        dashed(0.0, dash, gap)
    for lane in range(1, section.lanes_each_way):
        dashed(lane * section.lane_m, dash, gap)
        dashed(-lane * section.lane_m, dash, gap)
    if road.district is District.COUNTRY or (section.parking_m == 0 and rng.random() < 0.4):
        solid(section.road_half_m - 0.25)
        solid(-section.road_half_m + 0.25)
    elif section.parking_m:
        for side in (1.0, -1.0):
            inner, outer = section.traffic_half_m * side, section.road_half_m * side
            left, right = max(inner, outer), min(inner, outer)
            pieces += [
                patch(road, start, start + 0.1, left, right)
                for start in np.arange(first + 1, last - 2, 6.0)
            ]
    return pieces


def _crossings(road: Road, rng: np.random.Generator) -> list[Mesh]:
    """Zebra crossings and stop lines at junctions."""
    pieces = []
    half = road.section.road_half_m
    for junction in road.junctions:
        near = junction.station_m - junction.half_width_m - 4.5
        if road.district is not District.COUNTRY and rng.random() < 0.7:
            pieces += [
                patch(road, near, near + 3.0, left, left - 0.5)
                for left in np.arange(half - 0.3, -half + 0.6, -1.0)
            ]
            pieces.append(patch(road, near - 1.2, near - 0.8, -0.2, -half + 0.3))
    return pieces


def _add_markings(builder: SceneBuilder, road: Road, road_object: int) -> None:
    rng = builder.rng
    pieces = _lane_lines(road, rng) + _crossings(road, rng)
    if pieces:
        shade = rng.uniform(0.7, 0.95)
        paint = builder.add_finish(None).coloured((shade, shade, shade * rng.uniform(0.8, 1.0)))
        builder.place_once(merged(pieces), paint, road_object)


def _add_repairs(builder: SceneBuilder, road: Road, road_object: int) -> None:
    """Darker and lighter patches, and manhole covers, so that no stretch looks like another."""
    rng = builder.rng
    pieces = []
    for _ in range(len(road.stations_m) // 14):
        start = rng.uniform(road.stations_m[2], road.stations_m[-20])
        left = rng.uniform(-road.section.road_half_m + 1.5, road.section.road_half_m)
        long, wide = rng.choice([[0.6, 0.6], [3.0, 0.9], [9.0, 0.6], [1.2, 1.4]])
        pieces.append(patch(road, start, start + long, left, left - wide))
    piece = merged(pieces)
    sunk = Mesh(piece.vertices_m - [0.0, 0.0, PAINT_ABOVE_M / 2], piece.faces, piece.uv)
    builder.place_once(sunk, builder.add_finish(asphalt(rng)), road_object)


def _add_horizon(builder: SceneBuilder, road: Road, terrain: int) -> None:
    """A ring of hills, woods or rooftops far away, closing the view."""
    rng = builder.rng
    middle = road.place(road.length_m / 2, 0.0)
    bearing = np.linspace(0.0, 2 * np.pi, 181)
    radius = road.length_m / 2 + rng.uniform(330.0, 480.0)
    waves = sum(
        rng.uniform(0.3, 1.0) / order**0.7 * np.sin(order * bearing + rng.uniform(0, 6.3))
        for order in (2, 3, 5, 9, 17, 29)
    )
    top = np.maximum(rng.uniform(4.0, 22.0) * (1.0 + 0.45 * waves), 2.0)
    levels = np.stack([np.full_like(top, -40.0), np.zeros_like(top), top, top * 0.9], axis=0)
    reach = np.array([-40.0, 0.0, 30.0, 90.0])[:, None] + radius
    points = np.stack([reach * np.cos(bearing), reach * np.sin(bearing), levels], axis=2)
    uv = np.stack([np.broadcast_to(bearing * 12, levels.shape), levels / 25.0], axis=2)
    colour = random_colour(rng, (0.18, 0.42), (0.15, 0.4), (0.3, 0.6))
    woods = builder.add_finish(grass(rng)).coloured(colour)
    builder.place_once(two_sided(surface(points + middle, uv)), woods, terrain)
    land = builder.add_finish(None).coloured(
        random_colour(rng, (0.15, 0.3), (0.3, 0.5), (0.3, 0.45))
    )
    rim = np.stack([np.cos(bearing), np.sin(bearing), np.zeros_like(bearing)], axis=1)
    plate = np.stack([rim * 0.0, rim * (radius + 20.0)]) + middle - [0.0, 0.0, 12.0]
    disc = two_sided(surface(plate, np.zeros((*plate.shape[:2], 2))))
    builder.place_once(disc, land, terrain)
